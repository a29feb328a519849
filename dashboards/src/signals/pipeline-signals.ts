/** The signals of the telemetry itself: metrics-service, the collector and the scrapes. */
import {
  authenticationFailures,
  eventLoopStall,
  foldedLabels,
  ingested,
  rateLimited,
  rejected,
  series,
} from '@mcp-observability/metrics-service/catalogue';
import {
  absent,
  add,
  instant,
  narrow,
  orZero,
  type PromQL,
  processStarts,
  rate,
  ratio,
  type Scope,
  timeSince,
  type Window,
} from '../promql/promql.ts';
import {counterSignal, histogramSignal} from './raw-readings.ts';
import {
  acceptedPoints,
  collectorMemory,
  eventLoopLag,
  failedPoints,
  firingAlerts,
  heapUsed,
  jobs,
  processStart,
  queueCapacity,
  queueSize,
  refusedPoints,
  residentMemory,
  scrapeDuration,
  sentPoints,
  unqueuedPoints,
  up,
} from './third-party-metrics.ts';

type At<S extends Scope> = {readonly at: {readonly scope: S}};
type Over<S extends Scope> = {readonly over: Window<S>};

export const ingestion = counterSignal(ingested);
export const rejections = counterSignal(rejected);
export const unauthenticated = counterSignal(authenticationFailures);
export const rateLimiting = counterSignal(rateLimited);
/** Label values counted as `_other`, because the label has reached its limit. */
export const folding = counterSignal(foldedLabels);
export const stall = histogramSignal(eventLoopStall);

export const seriesInMemory = <S extends Scope>({at}: At<S>) => instant(series, {at});
export const loopLag = <S extends Scope>({at}: At<S>) =>
  instant(narrow(eventLoopLag, {job: jobs.service}), {at, by: ['instance'], as: 'max'});
export const memory = <S extends Scope>({at}: At<S>) =>
  instant(narrow(residentMemory, {job: jobs.service}), {at, by: ['instance'], as: 'max'});
export const heap = <S extends Scope>({at}: At<S>) =>
  instant(narrow(heapUsed, {job: jobs.service}), {at, by: ['instance'], as: 'max'});

/** The number of tasks of the service whose last scrape succeeded; 0 when there is no series. */
export const tasksUp = <S extends Scope>({at}: At<S>): PromQL<S, 'flag', never> =>
  orZero(instant(narrow(up, {job: jobs.service}), {at}));
/** A Prometheus may scrape other jobs too. */
const ofPipeline = {job: {oneOf: [jobs.service, jobs.collector]}} as const;
export const targetsUp = <S extends Scope>({at}: At<S>) =>
  instant(narrow(up, ofPipeline), {at, by: ['job', 'instance'], as: 'min'});
export const scrapeTime = <S extends Scope>({at}: At<S>) =>
  instant(narrow(scrapeDuration, ofPipeline), {at, by: ['job'], as: 'max'});

const serviceStart = narrow(processStart, {job: jobs.service});
/** The number of task starts. Each task has its own address, so most of the counted series belong to stopped tasks. */
export const taskStarts = <S extends Scope>({over}: Over<S>) => processStarts(serviceStart, {over});
/** The start time of each task, in Unix seconds. */
export const taskStartTime = <S extends Scope>({at}: At<S>) => instant(serviceStart, {at, by: ['instance'], as: 'max'});

/** Data points that the collector accepted, rejected and sent. */
export const collected = {
  accepted: counterSignal(acceptedPoints),
  refused: counterSignal(refusedPoints),
  sent: counterSignal(sentPoints),
} as const;

/** Data points that never reached the workspace: dropped after a failed write, or because the queue was full. */
export const lostPoints = <S extends Scope>({over}: Over<S>): PromQL<S, 'events per second', never> =>
  add(orZero(rate(failedPoints, {over})), orZero(rate(unqueuedPoints, {over})));
export const failedWrites = <S extends Scope>({over}: Over<S>) => orZero(rate(failedPoints, {over}));
export const queueOverflow = <S extends Scope>({over}: Over<S>) => orZero(rate(unqueuedPoints, {over}));

/** The share of the fullest queue that is in use. */
export const queueUsage = <S extends Scope>({at}: At<S>): PromQL<S, 'ratio', 'instance'> =>
  ratio<S, 'rows', 'instance'>(
    instant(queueSize, {at, by: ['instance'], as: 'max'}),
    instant(queueCapacity, {at, by: ['instance'], as: 'max'}),
    {idle: 'absent'},
  );
/** 1 while nothing from the collector arrives: it always exposes the capacity of its queue. */
export const collectorSilent = <S extends Scope>({over}: Over<S>) => absent(queueCapacity, {over});
export const collectorResidentMemory = <S extends Scope>({at}: At<S>) =>
  instant(collectorMemory, {at, by: ['instance'], as: 'max'});
/** Seconds since the newest sample that the collector wrote. */
export const lastWrite = <S extends Scope>({over}: Over<S>) => timeSince(sentPoints, {over});

export const firingAlertsByName = <S extends Scope>({at}: At<S>) =>
  instant(narrow(firingAlerts, {alertstate: 'firing'}), {at, by: ['alertname', 'severity', 'service'], as: 'max'});
