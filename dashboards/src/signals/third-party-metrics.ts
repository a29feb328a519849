/**
 * Metrics that other programs expose: Prometheus, Node.js through prom-client, and the collector. Names and labels are those
 * in the workspace: the collector (v0.158, ADOT v0.50) exposes its counters without `_total`, and with the translation
 * strategy UnderscoreEscapingWithoutSuffixes its exporter adds none. Verified against a collector of these versions.
 */
import {type Counter, gauge, type Labels, open} from '@mcp-observability/metrics-service/catalogue';
import {scrapeJob} from '@mcp-observability/metrics-service/contract';
import {severities} from './severities.ts';

/** Values of the label `job`, for the series of the service and of the collector itself. */
export const jobs = {service: scrapeJob, collector: 'adot-collector'} as const;

/** A counter whose name does not follow this project's conventions. */
const foreignCounter = <const Name extends string, const L extends Labels>(
  name: Name,
  entry: {readonly help: string; readonly labels: L},
): Counter<Name, L, 'events'> => ({kind: 'counter', unit: 'events', name, ...entry});

const scraped = {job: [jobs.service, jobs.collector], instance: open} as const;

/** Prometheus or the collector writes these with each scrape. */
export const up = gauge('up', {help: '1 when the last scrape succeeded, else 0.', labels: scraped, unit: 'flag'});
export const scrapeDuration = gauge('scrape_duration_seconds', {
  help: 'Duration of the last scrape.',
  labels: scraped,
  unit: 'seconds',
});

/** Exposed by each process of metrics-service. */
export const processStart = gauge('process_start_time_seconds', {
  help: 'Start time of the process, in Unix seconds.',
  labels: scraped,
  unit: 'seconds',
});
export const residentMemory = gauge('process_resident_memory_bytes', {
  help: 'Resident memory of the process.',
  labels: scraped,
  unit: 'bytes',
});
export const heapUsed = gauge('nodejs_heap_size_used_bytes', {
  help: 'Used heap of Node.js.',
  labels: scraped,
  unit: 'bytes',
});
export const eventLoopLag = gauge('nodejs_eventloop_lag_p99_seconds', {
  help: 'Event loop delay since the last scrape, 99th percentile.',
  labels: scraped,
  unit: 'seconds',
});

/** Exposed by the collector's exporter, which writes to the workspace. */
const exporterLabels = {...scraped, exporter: open} as const;
const queueLabels = {...exporterLabels, data_type: open} as const;
export const sentPoints = foreignCounter('otelcol_exporter_sent_metric_points', {
  help: 'Data points written.',
  labels: exporterLabels,
});
/** The series does not exist until a write has failed permanently. */
export const failedPoints = foreignCounter('otelcol_exporter_send_failed_metric_points', {
  help: 'Data points that could not be written and were dropped.',
  labels: exporterLabels,
});
/** The series does not exist until the queue has been full. */
export const unqueuedPoints = foreignCounter('otelcol_exporter_enqueue_failed_metric_points', {
  help: 'Data points dropped because the queue was full.',
  labels: exporterLabels,
});
export const queueSize = gauge('otelcol_exporter_queue_size', {
  help: 'Batches in the queue.',
  labels: queueLabels,
  unit: 'rows',
});
export const queueCapacity = gauge('otelcol_exporter_queue_capacity', {
  help: 'Maximum number of batches in the queue.',
  labels: queueLabels,
  unit: 'rows',
});

/** Exposed by the collector's receiver, which scrapes. */
const received = {...scraped, receiver: open, transport: open} as const;
export const acceptedPoints = foreignCounter('otelcol_receiver_accepted_metric_points', {
  help: 'Data points scraped and accepted.',
  labels: received,
});
export const refusedPoints = foreignCounter('otelcol_receiver_refused_metric_points', {
  help: 'Data points scraped and rejected, for example for lack of memory.',
  labels: received,
});
export const collectorMemory = gauge('otelcol_process_memory_rss', {
  help: 'Resident memory of the collector.',
  labels: scraped,
  unit: 'bytes',
});

/** Written by the server that evaluates the alerting rules. */
export const firingAlerts = gauge('ALERTS', {
  help: '1 while an alert is pending or firing.',
  labels: {
    alertname: open,
    alertstate: ['pending', 'firing'],
    severity: severities,
    service: open,
  },
  unit: 'flag',
});
