/**
 * Metrics that others expose and we read: Prometheus's own, Node's by prom-client, the collector's. Names and labels
 * are as they arrive: the collector (v0.158, ADOT v0.50) exposes its counters without `_total`, and with the translation
 * strategy UnderscoreEscapingWithoutSuffixes its exporter adds none. Seen on a collector of these parts.
 */
import {type Counter, gauge, type Labels, open} from '@mcp-observability/metrics-service/catalogue';
import {scrapeJob} from '@mcp-observability/metrics-service/contract';
import {severities} from './severities.ts';

/** Values of the label `job`: the service's series and the collector's own. */
export const jobs = {service: scrapeJob, collector: 'adot-collector'} as const;

/** A counter under the name its owner gave it. */
const foreignCounter = <const Name extends string, const L extends Labels>(
  name: Name,
  entry: {readonly help: string; readonly labels: L},
): Counter<Name, L, 'events'> => ({kind: 'counter', unit: 'events', name, ...entry});

const scraped = {job: [jobs.service, jobs.collector], instance: open} as const;

/** Written with each scrape by who scrapes. */
export const up = gauge('up', {help: '1 when the last scrape succeeded, else 0.', labels: scraped, unit: 'flag'});
export const scrapeDuration = gauge('scrape_duration_seconds', {
  help: 'Time the last scrape took.',
  labels: scraped,
  unit: 'seconds',
});

/** Of a process of metrics-service. */
export const processStart = gauge('process_start_time_seconds', {
  help: 'When the process started, in seconds since 1970.',
  labels: scraped,
  unit: 'seconds',
});
export const residentMemory = gauge('process_resident_memory_bytes', {
  help: 'Memory the process holds.',
  labels: scraped,
  unit: 'bytes',
});
export const heapUsed = gauge('nodejs_heap_size_used_bytes', {
  help: "The part of Node's heap that is used.",
  labels: scraped,
  unit: 'bytes',
});
export const eventLoopLag = gauge('nodejs_eventloop_lag_p99_seconds', {
  help: 'How late the event loop ran since the last scrape, 99th percentile.',
  labels: scraped,
  unit: 'seconds',
});

/** Of the collector's exporter: the way into the workspace. */
const written = {...scraped, exporter: open} as const;
const queued = {...written, data_type: open} as const;
export const pointsSent = foreignCounter('otelcol_exporter_sent_metric_points', {
  help: 'Data points written.',
  labels: written,
});
/** There is no such series until a write has failed for good. */
export const pointsFailed = foreignCounter('otelcol_exporter_send_failed_metric_points', {
  help: 'Data points that could not be written and were dropped.',
  labels: written,
});
/** There is no such series until the queue was full once. */
export const pointsNotQueued = foreignCounter('otelcol_exporter_enqueue_failed_metric_points', {
  help: 'Data points dropped because the queue was full.',
  labels: written,
});
export const queueSize = gauge('otelcol_exporter_queue_size', {
  help: 'Batches that wait to be written.',
  labels: queued,
  unit: 'rows',
});
export const queueCapacity = gauge('otelcol_exporter_queue_capacity', {
  help: 'Batches that may wait.',
  labels: queued,
  unit: 'rows',
});

/** Of the collector's receiver: what it scraped. */
const received = {...scraped, receiver: open, transport: open} as const;
export const pointsAccepted = foreignCounter('otelcol_receiver_accepted_metric_points', {
  help: 'Data points scraped and taken.',
  labels: received,
});
export const pointsRefused = foreignCounter('otelcol_receiver_refused_metric_points', {
  help: 'Data points scraped and refused, as for want of memory.',
  labels: received,
});
export const collectorMemory = gauge('otelcol_process_memory_rss', {
  help: 'Memory the collector holds.',
  labels: scraped,
  unit: 'bytes',
});

/** What only a collector exposes: there is none where Prometheus itself scrapes. */
export const collectorMetrics = [
  pointsSent,
  pointsFailed,
  pointsNotQueued,
  queueSize,
  queueCapacity,
  pointsAccepted,
  pointsRefused,
  collectorMemory,
] as const;

/** Written by who evaluates the alerting rules. */
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
