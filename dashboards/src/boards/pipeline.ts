/** Is the telemetry itself healthy? From what is sent to metrics-service to what arrives in the workspace. */

import {uids} from '../panels/board-uids.ts';
import {minStepVariable, resolutionVariable} from '../panels/resolution-variables.ts';
import type {Scraping} from '../signals/scraping.ts';
import {board, row} from './board.ts';
import {
  collectedPoints,
  collectorMemory,
  collectorQueue,
  lastSuccessfulWrite,
  remoteWriteFailures,
} from './pipeline/collection.ts';
import {emitters} from './pipeline/emitters.ts';
import {
  authenticationFailures,
  foldedLabelValues,
  ingestedMetrics,
  rateLimitedRequests,
  rejectedMetrics,
  requestP99,
} from './pipeline/ingestion.ts';
import {
  eventLoopLag,
  memory,
  scrapeDuration,
  scrapeHealth,
  seriesInMemory,
  startsWithinHour,
  tasksUp,
} from './pipeline/service-health.ts';

export const pipeline = ({collector = true}: Scraping) =>
  board({
    uid: uids.pipeline,
    title: 'Pipeline',
    description:
      'Is the telemetry itself healthy? What metrics-service accepts and rejects, how it performs, and whether it is scraped' +
      (collector ? '; what the collector writes into the workspace.' : '.'),
    variables: [resolutionVariable, minStepVariable],
    rows: [
      collector
        ? row(5, tasksUp, startsWithinHour, seriesInMemory, lastSuccessfulWrite)
        : row(5, tasksUp, startsWithinHour, seriesInMemory),
      row(8, ingestedMetrics, rejectedMetrics),
      row(8, emitters),
      row(8, authenticationFailures, rateLimitedRequests),
      row(8, requestP99, foldedLabelValues),
      row(8, eventLoopLag, memory),
      row(8, scrapeHealth, scrapeDuration),
      ...(collector ? [row(8, collectedPoints, remoteWriteFailures), row(8, collectorQueue, collectorMemory)] : []),
    ],
  });
