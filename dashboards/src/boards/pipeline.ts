/** Is the telemetry itself healthy? From what is sent to metrics-service to what arrives in the workspace. */

import {uids} from '../panels/board-uids.ts';
import type {Scraping} from '../signals/scraping.ts';
import {type Board, line} from './board.ts';
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
  seriesHeld,
  startsWithinHour,
  tasksUp,
} from './pipeline/service-health.ts';

export const pipeline = ({collector = true}: Scraping): Board => ({
  uid: uids.pipeline,
  title: 'Pipeline',
  description:
    'Is the telemetry itself healthy? What metrics-service accepts and rejects, how it performs, and whether it is scraped' +
    (collector ? '; what the collector writes into the workspace.' : '.'),
  variables: [],
  lines: [
    collector
      ? line(5, tasksUp, startsWithinHour, seriesHeld, lastSuccessfulWrite)
      : line(5, tasksUp, startsWithinHour, seriesHeld),
    line(8, ingestedMetrics, rejectedMetrics),
    line(8, emitters),
    line(8, authenticationFailures, rateLimitedRequests),
    line(8, requestP99, foldedLabelValues),
    line(8, eventLoopLag, memory),
    line(8, scrapeHealth, scrapeDuration),
    ...(collector ? [line(8, collectedPoints, remoteWriteFailures), line(8, collectorQueue, collectorMemory)] : []),
  ],
});
