/** The API's server, assembled: who is admitted, what each path does, and what is counted of requests. */
import type {Server} from 'node:http';
import type {Logger} from 'pino';
import type {catalogue, ValueOf} from '../catalogue.ts';
import {requests} from '../catalogue.ts';
import type {EmitterAccounts} from '../emitter-accounts.ts';
import type {History} from '../history.ts';
import type {createInstruments} from '../instruments.ts';
import type {Normalizations} from '../json/validation.ts';
import type {Keyring} from '../keyring.ts';
import type {LabelLimiter} from '../label-limiter.ts';
import type {Lifecycle} from '../lifecycle.ts';
import {createObserver} from '../observe.ts';
import {createOccasionalLog} from '../occasional-log.ts';
import {createExportCounter} from '../otlp/export-counter.ts';
import {createExportReport} from '../otlp/export-report.ts';
import type {Settings} from '../settings.ts';
import {createAuthenticator, createLimiter, originOf} from './admission.ts';
import {createApp} from './app.ts';
import {createBodyReader} from './body.ts';
import type {ErrorLog} from './error-log.ts';
import {createIngest} from './ingest.ts';
import {createOpenApi} from './openapi.ts';
import {createOtherSignals} from './other-signals.ts';
import {createOtlpIngest} from './otlp.ts';
import {createResponseQueue} from './response-queue.ts';
import {createApiServer} from './server.ts';
import type {Timeouts} from './timeouts.ts';

export interface ApiOptions {
  readonly settings: Settings;
  /** The version of the package. */
  readonly version: string;
  readonly lifecycle: Lifecycle;
  readonly metrics: ReturnType<typeof createInstruments>;
  readonly labelLimiter: LabelLimiter;
  readonly accounts: EmitterAccounts;
  readonly keyring: Keyring;
  readonly history: History | undefined;
  readonly timeouts: Timeouts;
  /** Milliseconds of a clock: what flows into the token buckets of emitters. */
  readonly now: () => number;
  readonly log: Logger;
  readonly errorLog: ErrorLog;
}

/** Bodies of the largest size that are in memory at a time. */
const maxLargeBodies = 4;

type Code = ValueOf<(typeof catalogue)['requests']['labels']['code']>;
const codes: ReadonlyMap<number, Code> = new Map(requests.labels.code.map(code => [Number(code), code]));

/** The label for a status; a status that the service never responds with would be a defect of the service. */
const codeOf = (status: number): Code => codes.get(status) ?? '500';

/** Creates what the paths for JSON and OTLP share. */
const createShared = ({settings, lifecycle, metrics, labelLimiter, accounts, keyring, now, errorLog}: ApiOptions) => ({
  lifecycle,
  limiter: createLimiter({
    rateLimit: settings.rateLimit,
    now,
    onLimit: (emitter, request) => accounts.rateLimited(emitter, 'rate_limit', originOf(request)),
  }),
  authenticate: createAuthenticator({
    keyring,
    onFailure: (reason, request) => accounts.unauthenticated(reason, originOf(request)),
  }),
  // One for all routes: its limits hold for all bodies together.
  readBody: createBodyReader({
    maxSize: settings.maxRequestSize,
    maxHeld: maxLargeBodies * settings.maxRequestSize,
  }),
  responses: createResponseQueue(lifecycle),
  maxRequestSize: settings.maxRequestSize,
  budget: {
    chargeTo(emitter: string): void {
      metrics.budget.chargeTo(emitter);
      labelLimiter.chargeTo(emitter);
    },
  },
  accounts,
  onNormalized(normalized: Normalizations): void {
    for (const [reason, values] of normalized) metrics.instruments.normalized.add({reason}, values);
  },
  log: errorLog,
});

export const createApi = (options: ApiOptions): Server => {
  const {settings, version, lifecycle, metrics, labelLimiter, accounts, keyring, history, timeouts, log, errorLog} =
    options;
  const {instruments, clock, byKey} = metrics;
  const shared = createShared(options);
  const {limiter, authenticate, responses, onNormalized} = shared;
  const occasionally = createOccasionalLog(() => performance.now());
  const ingest = createIngest({
    ...shared,
    observe: createObserver({instruments, limiter: labelLimiter, onAccepted: accounts.accept, onNormalized}),
    history,
    maxBatch: settings.maxBatch,
  });
  const otlp = createOtlpIngest({
    ...shared,
    countExport: createExportCounter({families: byKey, limiter: labelLimiter, clock}),
    onExport: createExportReport({instruments, limiter: labelLimiter, accounts, onNormalized, occasionally, log}),
  });
  const app = createApp({
    lifecycle,
    authenticate,
    limiter,
    ingest,
    otlp,
    otherSignals: createOtherSignals({
      authenticate: createAuthenticator({keyring, onFailure: () => {}}),
      occasionally,
      log,
    }),
    history,
    version,
    openapi: createOpenApi({...settings, version}),
    log: errorLog,
  });
  const countRequest = instruments.requests.bindLabels('route', 'code');
  const measureRequest = instruments.requestDuration.bindLabels('route');
  return createApiServer({
    lifecycle,
    ingest,
    otlp,
    koa: app.callback(),
    responses,
    timeouts,
    log: errorLog,
    onResponse(route, status, seconds) {
      countRequest([route, codeOf(status)], 1);
      measureRequest([route], seconds);
    },
  });
};
