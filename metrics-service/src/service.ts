/** Creates the service from its settings: two HTTP servers that can be started and drained. */
import {readFileSync} from 'node:fs';
import type {Logger} from 'pino';
import type {ApiKey} from './api-keys.ts';
import type {BoundedLabel} from './catalogue.ts';
import {variables} from './contract.ts';
import {closeAll, drain} from './drain.ts';
import {createEmitterAccounts} from './emitter-accounts.ts';
import type {History} from './history.ts';
import {createApi} from './http/api.ts';
import {createErrorLog} from './http/error-log.ts';
import {createExpositionListener} from './http/exposition.ts';
import {createExpositionServer, ListenError, listen} from './http/server.ts';
import {defaultTimeouts, type Timeouts} from './http/timeouts.ts';
import {createInstruments, type Instruments} from './instruments.ts';
import {createKeyring} from './keyring.ts';
import {createLabelLimiter} from './label-limiter.ts';
import {createLifecycle} from './lifecycle.ts';
import {startPeriodicWork} from './periodic-work.ts';
import {createRejectionLog} from './rejection-log.ts';
import {createScrapers} from './scrapers.ts';
import type {Settings} from './settings.ts';

export interface ServiceOptions {
  readonly settings: Settings;
  readonly log: Logger;
  /**
   * Timeouts for slow clients.
   *
   * @default suits the clients that exist
   */
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

const emittersOf = (keys: readonly ApiKey[]): readonly string[] => [...new Set(keys.map(({emitter}) => emitter))];

const openHistory = async (
  {historyPath, retentionDays, historyMaxSize, flushIntervalSeconds, flushBatch}: Settings,
  {historyRows, historyBufferRows}: Instruments,
  log: Logger,
): Promise<History | undefined> => {
  if (historyPath === undefined) return undefined;
  // Loaded only where it is wanted: the native library takes longer to load than all the rest.
  const {createHistory} = await import('./history.ts');
  return createHistory({
    path: historyPath,
    retentionDays,
    maxSize: historyMaxSize,
    flushIntervalSeconds,
    flushBatch,
    log,
    onWritten: rows => historyRows.add({result: 'written'}, rows),
    onDropped: rows => historyRows.add({result: 'dropped'}, rows),
    onBuffered: rows => historyBufferRows.set({}, rows),
  });
};

/** Creates the metrics, and the accounts and keys of emitters. */
const createCounting = ({settings, log, now = Date.now}: ServiceOptions) => {
  const onFold = (label: string): void => {
    // Only open labels of the gateway's families can fold: these are the list's members.
    metrics.instruments.foldedLabels.add({label: label as BoundedLabel});
  };
  const metrics = createInstruments({
    bucketBoundaries: settings.bucketBoundaries,
    maxSeries: settings.maxSeries,
    emitters: emittersOf(settings.keys),
    onFold,
    processMetrics: true,
    createdTimestamps: settings.createdTimestamps,
  });
  const {instruments, clock} = metrics;
  const labelLimiter = createLabelLimiter({
    clock,
    maxValues: settings.maxLabelCardinality,
    maxLength: settings.maxLabelLength,
    onFold,
  });
  const rejections = createRejectionLog(log);
  const accounts = createEmitterAccounts({instruments, limiter: labelLimiter, log: rejections, now});
  const keyring = createKeyring({keys: settings.keys, onUsed: accounts.keyUsed});
  accounts.open(keyring.keys);
  instruments.buildInfo.set(
    {version: labelLimiter.trust('version', version), name: labelLimiter.trust('name', settings.serviceName)},
    1,
  );
  return {metrics, labelLimiter, rejections, accounts, keyring};
};

export const createService = async (options: ServiceOptions): Promise<Service> => {
  const {settings, log, timeouts = defaultTimeouts, now = () => performance.now()} = options;
  const lifecycle = createLifecycle();
  const errorLog = createErrorLog(log);
  const counting = createCounting(options);
  const {metrics, labelLimiter, rejections, accounts, keyring} = counting;
  const {instruments, exposition, clock} = metrics;
  const scrapers = createScrapers({
    lifecycle,
    clock,
    now: () => performance.now(),
    onTooMany: () =>
      log.warn(
        'more scrapers than the service can remember: new ones see counts without a 0 first, and a drain does not wait for them',
      ),
  });
  const history = await openHistory(settings, instruments, log);
  const api = createApi({...counting, settings, version, lifecycle, history, timeouts, now, log, errorLog});
  const scrapes =
    settings.expositionPort === undefined
      ? undefined
      : createExpositionServer(
          createExpositionListener({exposition, scrapers, lifecycle, timeoutMs: timeouts.timeout, log: errorLog}),
          timeouts,
          errorLog,
        );
  const servers = scrapes === undefined ? [api] : [api, scrapes];
  const periodicWork = startPeriodicWork({
    seriesExpirySeconds: settings.seriesExpirySeconds,
    metrics,
    labelLimiter,
    rejections,
    lifecycle,
    // Without an exposition there are no counts to collect.
    scrapers: scrapes === undefined ? undefined : scrapers,
    log,
  });

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
      await closeAll(servers);
      const failures = outcomes.flatMap(outcome =>
        outcome.status === 'rejected' ? [outcome.reason as ListenError] : [],
      ); // listen rejects with nothing else
      throw new ListenError(failures.map(({message}) => message).join('; '), {cause: failures});
    },

    replaceKeys(keys) {
      keyring.replace(keys);
      accounts.open(keyring.keys);
      metrics.budget.shareAmong(emittersOf(keys));
    },

    drain: ({awaitScrape}) =>
      drain({
        timeoutSeconds: settings.drainTimeoutSeconds,
        graceSeconds: settings.drainGraceSeconds,
        awaitScrape,
        lifecycle,
        scrapers: scrapes === undefined ? undefined : scrapers,
        history,
        servers,
        onDraining: () => instruments.draining.set({}, 1),
        onLastScrape: () => periodicWork.stop(),
        log,
      }),
  };
};
