/** Creates the service from its settings: two HTTP servers that can be started and drained. */
import {readFileSync} from 'node:fs';
import type {Server} from 'node:http';
import {setTimeout as delay} from 'node:timers/promises';
import type {Logger} from 'pino';
import type {ApiKey} from './api-keys.ts';
import {type BoundedLabel, catalogue, type ValueOf} from './catalogue.ts';
import {variables} from './contract.ts';
import {createEmitterAccounts} from './emitter-accounts.ts';
import type {History} from './history.ts';
import {createAuthenticator, createLimiter, originOf} from './http/admission.ts';
import {createApp} from './http/app.ts';
import {createBodyReader} from './http/body.ts';
import {createErrorLog} from './http/error-log.ts';
import {createExpositionListener} from './http/exposition.ts';
import {defaultTimeouts, type Timeouts} from './http/http-server.ts';
import {createIngest} from './http/ingest.ts';
import {createOpenApi} from './http/openapi.ts';
import {createOtherSignals} from './http/other-signals.ts';
import {createOtlpIngest} from './http/otlp.ts';
import {createApiServer, createExpositionServer, ListenError, listen} from './http/server.ts';
import {createInstruments} from './instruments.ts';
import type {Normalizations} from './json/validation.ts';
import {createKeyring} from './keyring.ts';
import {createLabelLimiter} from './label-limiter.ts';
import {createLifecycle} from './lifecycle.ts';
import {createObserver} from './observe.ts';
import {createOccasionalLog} from './occasional-log.ts';
import {createExportCounter} from './otlp/export-counter.ts';
import {createExportReport} from './otlp/export-report.ts';
import {createRejectionLog} from './rejection-log.ts';
import {createScrapers} from './scrapers.ts';
import {expireSeries, periodsPerExpiry} from './series-expiry.ts';
import type {Settings} from './settings.ts';

export interface ServiceOptions {
  readonly settings: Settings;
  readonly log: Logger;
  /** For slow clients; the default suits the clients that exist. */
  readonly timeouts?: Timeouts;
  /**
   * Milliseconds since 1970: when emitters were seen, and what flows into their buckets.
   *
   * @default the system's clock; a rate limit then goes by one that never jumps
   */
  readonly now?: () => number;
}

export interface Service {
  /** Binds both ports. Rejects with ListenError, which names each that can't be; then neither is bound. */
  listen(): Promise<{readonly apiPort: number; readonly expositionPort: number | undefined}>;
  /**
   * Accepts nothing new, finishes what is in progress, flushes the history and, if `awaitScrape`, keeps the exposition up
   * until each scraper that matters has collected all that got status 200. Ends at DRAIN_TIMEOUT_SECONDS at the latest.
   */
  drain(options: {readonly awaitScrape: boolean}): Promise<void>;
  /** Only these keys are valid from now on. Requests whose key was checked before are finished. */
  replaceKeys(keys: readonly ApiKey[]): void;
}

/** The version of the package, in responses and build info. */
export const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;

/** Interval, in milliseconds, at which the event loop is measured. A shorter stall may not be noticed. */
const stallInterval = 100;

/** Milliseconds between two log lines about the same emitter and reason. */
const rejectionLogMs = 60_000;

/** Bodies of the largest size that are held in memory at a time. */
const bodiesHeld = 4;

/** Milliseconds that clients have to close their side: a reset could discard data that they have not read yet. */
const closeMs = 500;

const emittersOf = (keys: readonly ApiKey[]): readonly string[] => [...new Set(keys.map(({emitter}) => emitter))];

/** Closes a server: idle connections immediately, all others after `closeMs`. */
const close = (server: Server): Promise<void> =>
  new Promise(resolve => {
    const cutOff = setTimeout(() => server.closeAllConnections(), closeMs);
    server.close(() => {
      clearTimeout(cutOff);
      resolve();
    });
    server.closeIdleConnections();
  });

export const createService = async ({
  settings,
  log,
  timeouts = defaultTimeouts,
  now,
}: ServiceOptions): Promise<Service> => {
  const lifecycle = createLifecycle();
  const errorLog = createErrorLog(log);
  const onFold = (label: string): void => {
    // Only open labels of the gateway's families can fold: these are the list's members.
    instruments.foldedLabels.add({label: label as BoundedLabel});
  };
  const {instruments, exposition, budget, clock, families, byKey} = createInstruments({
    boundaries: settings.boundaries,
    maxSeries: settings.maxSeries,
    emitters: emittersOf(settings.keys),
    onFold,
    processMetrics: true,
    createdTimestamps: settings.createdTimestamps,
  });
  const scrapers = createScrapers({
    lifecycle,
    clock,
    now: () => performance.now(),
    onTooMany: () =>
      log.warn(
        'more scrapers than the service can remember: new ones see counts without a 0 first, and a drain does not wait for them',
      ),
  });
  const labelLimiter = createLabelLimiter({
    clock,
    maxValues: settings.maxLabelCardinality,
    maxLength: settings.maxLabelLength,
    onFold,
  });
  const rejections = createRejectionLog(log);
  const rejectionTimer = setInterval(() => rejections.endMinute(), rejectionLogMs).unref();
  const accounts = createEmitterAccounts({instruments, limiter: labelLimiter, log: rejections, now: now ?? Date.now});
  const keyring = createKeyring({keys: settings.keys, onUsed: accounts.keyUsed});
  accounts.open(keyring.keys);
  instruments.buildInfo.set(
    {version: labelLimiter.trust('version', version), name: labelLimiter.trust('name', settings.serviceName)},
    1,
  );

  const limiter = createLimiter({
    perMinute: settings.rateLimit,
    now: now ?? (() => performance.now()),
    onLimit: (emitter, request) => accounts.rateLimited(emitter, 'rate_limit', originOf(request)),
  });
  const authenticate = createAuthenticator({
    keyring,
    onFailure: (reason, request) => accounts.unauthenticated(reason, originOf(request)),
  });
  const history = await openHistory();
  // One for all routes: its limits hold for all bodies together.
  const readBody = createBodyReader({
    maxSize: settings.maxRequestSize,
    maxHeld: bodiesHeld * settings.maxRequestSize,
  });
  const charged = {
    chargeTo(emitter: string): void {
      budget.chargeTo(emitter);
      labelLimiter.chargeTo(emitter);
    },
  };
  const onNormalized = (normalized: Normalizations): void => {
    for (const [reason, values] of normalized) instruments.normalized.add({reason}, values);
  };
  const ingest = createIngest({
    lifecycle,
    authenticate,
    limiter,
    observe: createObserver({instruments, limiter: labelLimiter, onAccepted: accounts.accept, onNormalized}),
    budget: charged,
    history,
    readBody,
    maxRequestSize: settings.maxRequestSize,
    maxBatch: settings.maxBatch,
    accounts,
    onNormalized,
    log: errorLog,
  });
  const occasionally = createOccasionalLog(() => performance.now());
  const otlp = createOtlpIngest({
    lifecycle,
    authenticate,
    limiter,
    readBody,
    maxRequestSize: settings.maxRequestSize,
    countExport: createExportCounter({families: byKey, limiter: labelLimiter, clock}),
    budget: charged,
    onExport: createExportReport({
      instruments,
      limiter: labelLimiter,
      accounts,
      onNormalized,
      occasionally,
      log,
    }),
    accounts,
    log: errorLog,
  });
  const otherSignals = createOtherSignals({
    authenticate: createAuthenticator({keyring, onFailure: () => {}}),
    occasionally,
    log,
  });
  const openapi = createOpenApi({...settings, version});
  const app = createApp({
    lifecycle,
    authenticate,
    limiter,
    ingest,
    otlp,
    otherSignals,
    history,
    version,
    openapi,
    log: errorLog,
  });
  const countRequest = instruments.requests.bindLabels('route', 'code');
  const measureRequest = instruments.requestDuration.bindLabels('route');
  const api = createApiServer({
    lifecycle,
    ingest,
    otlp,
    koa: app.callback(),
    timeouts,
    log: errorLog,
    onResponse(route, status, seconds) {
      countRequest([route, codeOf(status)], 1);
      measureRequest([route], seconds);
    },
  });
  const scrapes =
    settings.expositionPort === undefined
      ? undefined
      : createExpositionServer(
          createExpositionListener({exposition, scrapers, lifecycle, timeoutMs: timeouts.timeout, log: errorLog}),
          timeouts,
          errorLog,
        );

  let due = performance.now() + stallInterval;
  const stallTimer = setInterval(() => {
    const now = performance.now();
    instruments.eventLoopStall.observe({}, Math.max(0, now - due) / 1000);
    due = now + stallInterval;
  }, stallInterval).unref();

  const {seriesExpirySeconds} = settings;
  const expire = (): void => {
    if (lifecycle.phase !== 'serving') return;
    expireSeries({
      families,
      clock,
      limiter: labelLimiter,
      // Without an exposition there are no counts to collect.
      collected: () =>
        scrapes === undefined
          ? {period: Number.POSITIVE_INFINITY, number: Number.POSITIVE_INFINITY}
          : scrapers.collectedSeries(),
      onExpired: series => instruments.expiredSeries.add({}, series),
    }).catch((error: unknown) => log.error({err: error}, 'expired series could not be removed'));
  };
  const expiryTimer =
    seriesExpirySeconds === 0
      ? undefined
      : setInterval(expire, (seriesExpirySeconds * 1000) / periodsPerExpiry).unref();

  async function openHistory(): Promise<History | undefined> {
    if (settings.historyPath === undefined) return undefined;
    // Loaded only where it is wanted: the native library takes longer to load than all the rest.
    const {createHistory} = await import('./history.ts');
    return createHistory({
      path: settings.historyPath,
      retentionDays: settings.retentionDays,
      maxSize: settings.historyMaxSize,
      flushIntervalSeconds: settings.flushIntervalSeconds,
      flushBatch: settings.flushBatch,
      log,
      onWritten: rows => instruments.historyRows.add({result: 'written'}, rows),
      onDropped: rows => instruments.historyRows.add({result: 'dropped'}, rows),
      onBuffered: rows => instruments.historyBufferRows.set({}, rows),
    });
  }

  return {
    async listen() {
      const {host, apiPort, expositionPort} = settings;
      const outcomes = await Promise.allSettled([
        listen(api, {host, port: apiPort, variable: variables.apiPort}),
        scrapes === undefined || expositionPort === undefined
          ? undefined
          : listen(scrapes, {host, port: expositionPort, variable: variables.expositionPort}),
      ]);
      const [ofApi, ofExposition] = outcomes;
      if (ofApi.status === 'fulfilled' && ofExposition.status === 'fulfilled') {
        return {apiPort: ofApi.value, expositionPort: ofExposition.value};
      }
      await Promise.all([close(api), ...(scrapes === undefined ? [] : [close(scrapes)])]);
      const failures = outcomes.flatMap(outcome =>
        outcome.status === 'rejected' ? [outcome.reason as ListenError] : [],
      ); // listen rejects with nothing else
      throw new ListenError(failures.map(({message}) => message).join('; '), {cause: failures});
    },

    replaceKeys(keys) {
      keyring.replace(keys);
      accounts.open(keyring.keys);
      budget.shareAmong(emittersOf(keys));
    },

    async drain({awaitScrape}) {
      const ended = new AbortController();
      const timeoutMs = settings.drainTimeoutSeconds * 1000;
      const deadline = delay(timeoutMs, undefined, {signal: ended.signal}).catch(() => {});
      const expired = AbortSignal.timeout(timeoutMs);
      scrapers.endAt(performance.now() + timeoutMs);
      instruments.draining.set({}, 1);
      lifecycle.enter('lame-duck');
      if (awaitScrape) await delay(settings.drainGraceSeconds * 1000);
      lifecycle.enter('draining');
      // The scrapers that matter have until then to read the last counts.
      log.info({timeout_seconds: Math.ceil(timeoutMs / 1000)}, 'no new events are accepted');
      await Promise.race([lifecycle.idle(), deadline]);
      await history?.close();
      if (awaitScrape && scrapes !== undefined) await scrapers.allCollected(expired);
      // Scrapes in progress are finished: a reader that comes late loses nothing because another was quicker.
      if (awaitScrape) await Promise.race([scrapers.idle(), deadline]);
      ended.abort();
      clearInterval(stallTimer);
      clearInterval(expiryTimer);
      clearInterval(rejectionTimer);
      rejections.endMinute();
      // The phase is still `draining`: requests on open connections get 503 until the connections are closed.
      await Promise.all([close(api), ...(scrapes === undefined ? [] : [close(scrapes)])]);
      lifecycle.enter('ended');
    },
  };
};

type Code = ValueOf<(typeof catalogue)['requests']['labels']['code']>;
const codes: ReadonlyMap<number, Code> = new Map(catalogue.requests.labels.code.map(code => [Number(code), code]));

/** The label for a status; a status that the service never responds with would be a defect of the service. */
const codeOf = (status: number): Code => codes.get(status) ?? '500';
