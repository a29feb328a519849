/**
 * The settings from environment variables. Every variable is read, defaulted and checked here and nowhere else; with a
 * malformed one the service does not start, and all problems are reported together.
 */
import {getHeapStatistics} from 'node:v8';
import type {ApiKey, Environment} from './api-keys.ts';
import {defaultBoundaries} from './catalogue.ts';
import {apiKeyPrefix, defaultScrapeIntervalSeconds, nginxBatch, ports, variables} from './contract.ts';
import {readAllKeys} from './keys-file.ts';
import {MetricsServiceError} from './metrics-service-error.ts';
import {
  isParseError,
  type LogLevel,
  logLevels,
  type Parse,
  parseBoolean,
  parseBoundaries,
  parseFileSize,
  parseHost,
  parseInteger,
  parseLogLevel,
  parseName,
  parsePath,
  parseRequestSize,
  parseSeconds,
} from './setting-formats.ts';

export interface Settings {
  readonly host: string;
  readonly apiPort: number;
  /** Undefined when OTEL_PROMETHEUS_ENABLED is false. */
  readonly expositionPort: number | undefined;
  readonly keys: readonly ApiKey[];
  /** A file with more keys, read again on SIGHUP. Undefined means that all keys are in the environment. */
  readonly keysFile: string | undefined;
  /** Requests per minute and emitter. */
  readonly rateLimit: number;
  /** Bytes. */
  readonly maxRequestSize: number;
  readonly maxBatch: number;
  /** Seconds, ascending. */
  readonly bucketBoundaries: readonly number[];
  readonly maxLabelCardinality: number;
  readonly maxLabelLength: number;
  /** Series as Prometheus stores them. */
  readonly maxSeries: number;
  /** Seconds without an event after which a series leaves the exposition; 0: never. */
  readonly seriesExpirySeconds: number;
  /** Whether OpenMetrics includes the created timestamp of each series. */
  readonly createdTimestamps: boolean;
  /** Undefined means no history: metrics are only exposed. */
  readonly historyPath: string | undefined;
  readonly retentionDays: number;
  /** Bytes of the history's file. */
  readonly historyMaxSize: number;
  readonly flushIntervalSeconds: number;
  readonly flushBatch: number;
  readonly serviceName: string;
  readonly drainTimeoutSeconds: number;
  readonly drainGraceSeconds: number;
  readonly logLevel: LogLevel;
  /** Problems with which the service starts nevertheless; each is logged at the start. */
  readonly warnings: readonly string[];
}

/** The environment variables are invalid. `problems` has one line for each problem. */
export class SettingsError extends MetricsServiceError {
  override readonly name = 'SettingsError';
  readonly code = 'ERR_SETTINGS';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `The environment has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map(problem => `  - ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

interface Variable<Value> {
  readonly name: string;
  readonly parse: Parse<Value>;
  readonly defaultValue: Value;
  readonly meaning: string;
}
const variable = <Value>(name: string, parse: Parse<Value>, defaultValue: Value, meaning: string): Variable<Value> => ({
  name,
  parse,
  defaultValue,
  meaning,
});

/** Upper bound of the default of MAX_REQUEST_SIZE, in bytes. */
const maxDefaultRequestSize = 10e6;
/** Lower bound of that default, however small the heap is: an nginx batch of 1,024 events has about 300,000 bytes. */
const minDefaultRequestSize = 1e6;
/** Bytes of heap for each byte of a body: its string, its parsed values, and those of a few waiting requests. */
const heapPerByte = 64;
const defaultRequestSize = Math.floor(
  Math.min(maxDefaultRequestSize, Math.max(minDefaultRequestSize, getHeapStatistics().heap_size_limit / heapPerByte)),
);

const port = parseInteger(0, 65_535);
const day = 86_400;

/** Every setting except the keys: its variable, how it is parsed, its default and its meaning. */
const table = {
  host: variable(variables.host, parseHost, '0.0.0.0', 'address that both ports bind'),
  apiPort: variable(variables.apiPort, port, ports.api, 'HTTP API; 0: any free port'),
  expositionEnabled: variable(variables.expositionEnabled, parseBoolean, true, 'whether the exposition is served'),
  expositionPort: variable(variables.expositionPort, port, ports.exposition, 'Prometheus exposition; 0: any free port'),
  rateLimit: variable(variables.rateLimit, parseInteger(1, 1e9), 1000, 'requests per minute and emitter'),
  maxRequestSize: variable(
    variables.maxRequestSize,
    parseRequestSize,
    defaultRequestSize,
    'largest body: bytes, KB MB GB or KiB MiB GiB; the default depends on the heap, at most 10MB',
  ),
  maxBatch: variable(variables.maxBatch, parseInteger(1, 1e6), nginxBatch, 'maximum number of events in one request'),
  bucketBoundaries: variable<readonly number[]>(
    variables.bucketBoundaries,
    parseBoundaries,
    defaultBoundaries,
    'upper bounds of every _seconds histogram',
  ),
  maxLabelCardinality: variable(
    variables.maxLabelCardinality,
    parseInteger(1, 1e6),
    150,
    'distinct values of a label that one emitter can introduce',
  ),
  maxLabelLength: variable(
    variables.maxLabelLength,
    parseInteger(1, 1024),
    128,
    'maximum number of characters of a label value',
  ),
  maxSeries: variable(
    variables.maxSeries,
    parseInteger(1, 1e7),
    20_000,
    "maximum number of series of the gateway's families; a histogram's label set is its bucket boundaries + 3",
  ),
  seriesExpirySeconds: variable(
    variables.seriesExpiry,
    parseSeconds(0, 365 * day),
    day,
    'seconds without an event after which a series leaves the exposition; 0: never',
  ),
  createdTimestamps: variable(
    variables.createdTimestamps,
    parseBoolean,
    true,
    'whether OpenMetrics contains the creation time of each series (_created)',
  ),
  historyPath: variable<string | undefined>(
    variables.historyPath,
    parsePath,
    undefined,
    'SQLite file of the history; unset: no history',
  ),
  retentionDays: variable(variables.retentionDays, parseInteger(1, 36_500), 7, 'days the history is kept'),
  historyMaxSize: variable(
    variables.historyMaxSize,
    parseFileSize,
    1e9,
    'maximum size of the history file; over it the oldest rows are deleted',
  ),
  flushIntervalSeconds: variable(
    variables.flushInterval,
    parseSeconds(0.01, 3600),
    5,
    'seconds between writes of the history',
  ),
  flushBatch: variable(
    variables.flushBatch,
    parseInteger(1, 1e6),
    100,
    'number of waiting rows that are written before the interval has passed',
  ),
  serviceName: variable(variables.serviceName, parseName, 'mcp-metrics-service', 'the service in logs and build info'),
  drainTimeoutSeconds: variable(
    variables.drainTimeout,
    parseSeconds(0, day),
    30,
    'maximum number of seconds from SIGTERM to the end of the process',
  ),
  drainGraceSeconds: variable(
    variables.drainGrace,
    parseSeconds(0, day),
    0,
    'first part of the drain, in seconds, in which events are still accepted',
  ),
  keysFile: variable<string | undefined>(
    variables.keysFile,
    parsePath,
    undefined,
    'file of keys, one variable per line, read again on SIGHUP; unset: no file',
  ),
  logLevel: variable(variables.logLevel, parseLogLevel, 'info', `one of ${logLevels.join(', ')}`),
};

/** Reads the environment. An empty variable counts as not set. Throws SettingsError with every problem. */
export const readSettings = (environment: Environment): Settings => {
  const problems: string[] = [];
  const read = <Value>({name, parse, defaultValue}: Variable<Value>): Value => {
    const text = environment[name]?.trim() ?? '';
    if (text === '') return defaultValue;
    const outcome = parse(text);
    if (!isParseError(outcome)) return outcome;
    problems.push(`${name}: expected ${outcome.expected}, found ${JSON.stringify(text.slice(0, 100))}`);
    return defaultValue;
  };
  const keysFile = read(table.keysFile);
  const keys = readAllKeys(environment, keysFile, problems);
  const settings = {
    host: read(table.host),
    apiPort: read(table.apiPort),
    expositionPort: read(table.expositionEnabled) ? read(table.expositionPort) : undefined,
    keys,
    keysFile,
    rateLimit: read(table.rateLimit),
    maxRequestSize: read(table.maxRequestSize),
    maxBatch: read(table.maxBatch),
    bucketBoundaries: read(table.bucketBoundaries),
    maxLabelCardinality: read(table.maxLabelCardinality),
    maxLabelLength: read(table.maxLabelLength),
    maxSeries: read(table.maxSeries),
    seriesExpirySeconds: read(table.seriesExpirySeconds),
    createdTimestamps: read(table.createdTimestamps),
    historyPath: read(table.historyPath),
    retentionDays: read(table.retentionDays),
    historyMaxSize: read(table.historyMaxSize),
    flushIntervalSeconds: read(table.flushIntervalSeconds),
    flushBatch: read(table.flushBatch),
    serviceName: read(table.serviceName),
    drainTimeoutSeconds: read(table.drainTimeoutSeconds),
    drainGraceSeconds: read(table.drainGraceSeconds),
    logLevel: read(table.logLevel),
  };
  if (settings.apiPort !== 0 && settings.apiPort === settings.expositionPort) {
    problems.push(
      `${variables.expositionPort}: expected another port than ${variables.apiPort}'s, found ${settings.apiPort} for both`,
    );
  }
  if (settings.drainGraceSeconds > settings.drainTimeoutSeconds) {
    problems.push(
      `${variables.drainGrace}: expected at most ${variables.drainTimeout}'s ${settings.drainTimeoutSeconds}, found ${settings.drainGraceSeconds}`,
    );
  }
  if (problems.length > 0) throw new SettingsError(problems);
  const warnings: string[] = [];
  if (settings.maxBatch < nginxBatch) {
    warnings.push(
      `${variables.maxBatch} is ${settings.maxBatch}: the nginx client sends up to ${nginxBatch} events in one request and keeps retrying a batch that is too large`,
    );
  }
  const scrapeSeconds = settings.drainTimeoutSeconds - settings.drainGraceSeconds;
  if (settings.expositionPort !== undefined && scrapeSeconds < defaultScrapeIntervalSeconds) {
    warnings.push(
      `${variables.drainTimeout} leaves ${scrapeSeconds} s after ${variables.drainGrace}: the last accepted events are lost unless a scrape comes within that time`,
    );
  }
  return {...settings, warnings};
};

/** Every variable with its default and meaning, one line each. */
export const describeSettings = (): string => {
  const rows = Object.values<Variable<unknown>>(table).map(({name, defaultValue, meaning}) => ({
    name,
    text: `${meaning} (${defaultValue === undefined ? 'unset' : String(defaultValue)})`,
  }));
  const keys = {
    name: `${apiKeyPrefix}<SERVICE>`,
    text: 'keys of an emitter, separated by commas; at least one is needed',
  };
  const width = Math.max(...[keys, ...rows].map(({name}) => name.length));
  return [keys, ...rows].map(({name, text}) => `  ${name.padEnd(width)}  ${text}`).join('\n');
};
