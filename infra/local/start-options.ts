/** The command line and environment of `npm start`, validated, with defaults applied. */
import {randomBytes} from 'node:crypto';
import {
  apiKeyPrefix,
  apiKeyVariable,
  ports as servicePorts,
  variables,
} from '@mcp-observability/metrics-service/contract';
import {
  createProgram,
  InvalidArgumentError,
  nonEmptyOption,
  Option,
  UsageError,
} from '@mcp-observability/tools/command-line';
import type {Port} from '@mcp-observability/tools/ports';
import {type GatewayVersion, gatewayVersions} from './traffic/gateway-version.ts';
import {rateBounds} from './traffic.ts';

/** The options of `npm start`. */
export interface Options {
  /** MCP requests per second, or off. */
  readonly traffic: number | 'off';
  /** The release of the gateway whose traffic is simulated. */
  readonly gateway: GatewayVersion;
  /** Whether the boards are drawn; false with `--once`. */
  readonly boards: boolean;
  /** Length of the simulated history before the start, in milliseconds; 0 for none. */
  readonly historyMs: number;
  /** Exit as soon as every panel has data. */
  readonly once: boolean;
  /** Prometheus's data folder; undefined for a temporary folder. */
  readonly data: string | undefined;
  readonly ports: {
    readonly api: Port;
    readonly exposition: Port;
    readonly prometheus: Port;
    /** Port of the boards; undefined if they are not drawn. */
    readonly boards?: Port;
  };
  /** Address that the service listens on. */
  readonly host: string;
  readonly keys: Keys;
}

/** Keys of the emitters that send to this service. */
export interface Keys {
  /** Returns the key of an emitter. */
  readonly of: (emitter: string) => string;
  /** Environment variables that the service gets in addition. */
  readonly environment: Readonly<Record<string, string>>;
  /** The key to print if it was generated here; otherwise the variable it was read from. */
  readonly shown: {readonly key: string} | {readonly variable: string};
}

const parseTraffic = (text: string): number | 'off' => {
  if (text === 'off') return 'off';
  const rate = Number(text);
  if (text.trim() !== '' && rate >= rateBounds.min && rate <= rateBounds.max) return rate;
  throw new InvalidArgumentError(
    `expected off or a number from ${rateBounds.min} to ${rateBounds.max}, found ${text || 'nothing'}`,
  );
};

const minuteMs = 60_000;
const historyBounds = {maxMs: 360 * minuteMs, defaultMs: 60 * minuteMs};

const parseHistory = (text: string): number => {
  const [, amount, unit] = /^(\d{1,4})([mh])$/.exec(text) ?? [];
  const ms = text === '0' ? 0 : Number(amount) * (unit === 'h' ? 60 : 1) * minuteMs;
  if (ms <= historyBounds.maxMs) return ms;
  throw new InvalidArgumentError(`expected 0 or a time such as 30m or 1h, 6h at most, found ${text || 'nothing'}`);
};

/** The command line of `npm start`; the caller adds the action. */
export const createStartProgram = () =>
  createProgram(
    'npm start --',
    'Runs the whole pipeline on this machine: metrics-service, a Prometheus that scrapes it, simulated traffic of an MCP gateway, and the boards. Ctrl-C stops everything.',
  )
    .addOption(
      new Option('--traffic <off|N>', 'MCP requests per second').argParser(parseTraffic).default(rateBounds.default),
    )
    .addOption(
      new Option(
        '--gateway <VERSION>',
        'release of the simulated gateway: from 1.25 on it exports OTLP, before that JSON only',
      )
        .choices(gatewayVersions)
        .default(gatewayVersions[0]),
    )
    .option('--no-boards', "don't draw the boards")
    .addOption(
      new Option(
        '--history <TIME>',
        'length of the simulated history before the start: 0, 30m, 1h, at most 6h (default: 1h, 0 with --once or --data)',
      ).argParser(parseHistory),
    )
    .option('--once', 'exit 0 as soon as every panel has data, 1 with the list of those that have none')
    .option('--data <DIR>', 'keep the Prometheus data in DIR instead of a temporary folder', nonEmptyOption)
    .addHelpText('after', `\nEnvironment:\n${environmentHelp()}`);

/** The flags of `npm start`, parsed. */
export interface Flags {
  readonly traffic: number | 'off';
  readonly gateway: GatewayVersion;
  readonly boards: boolean;
  /** Length of the simulated history, in milliseconds. */
  readonly history?: number | undefined;
  readonly once?: true | undefined;
  readonly data?: string | undefined;
}

const portVariables = {
  api: {variable: variables.apiPort, default: servicePorts.api, purpose: 'the API of metrics-service'},
  exposition: {
    variable: variables.expositionPort,
    default: servicePorts.exposition,
    purpose: 'the exposition of metrics-service',
  },
  prometheus: {variable: 'PROMETHEUS_PORT', default: 9090, purpose: 'Prometheus'},
  boards: {variable: 'BOARDS_PORT', default: 3000, purpose: 'the boards'},
} as const;

const environmentHelp = (): string =>
  [
    ...Object.values(portVariables).map(port => [port.variable, `port of ${port.purpose} (default: ${port.default})`]),
    [`${apiKeyPrefix}*`, 'API keys; generated if none is set'],
    ['PROMETHEUS_BIN', 'path of prometheus; found or downloaded if not set'],
    ['PROMTOOL_BIN', 'path of promtool (default: beside PROMETHEUS_BIN)'],
  ]
    .map(([name = '', text = '']) => `  ${name.padEnd(22)} ${text}`)
    .join('\n');

/**
 * The options of a run: the flags, and what the environment sets.
 *
 * @throws {UsageError} naming every invalid variable
 */
export const readOptions = (flags: Flags, env: NodeJS.ProcessEnv): Options => {
  const once = flags.once ?? false;
  const boards = flags.boards && !once;
  // --once must wait for live data, and kept data must not get another history at every start.
  const live = once || flags.data !== undefined;
  const {boards: boardsPort, ...ports} = readPorts(env);
  return {
    traffic: flags.traffic,
    gateway: flags.gateway,
    boards,
    historyMs: flags.history ?? (live ? 0 : historyBounds.defaultMs),
    once,
    data: flags.data,
    ports: boards ? {...ports, boards: boardsPort} : ports,
    host: env[variables.host] || '127.0.0.1',
    keys: readKeys(env),
  };
};

const readPorts = (env: NodeJS.ProcessEnv): Required<Options['ports']> => {
  const problems: string[] = [];
  const read = ({variable, default: standard, purpose}: (typeof portVariables)[keyof typeof portVariables]): Port => {
    const text = env[variable] || String(standard);
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > 65_535)
      problems.push(`${variable}: expected a port from 1 to 65535, found ${JSON.stringify(text)}`);
    return {variable, port, purpose};
  };
  const {api, exposition, prometheus, boards} = portVariables;
  const ports = {api: read(api), exposition: read(exposition), prometheus: read(prometheus), boards: read(boards)};
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  return ports;
};

const emitters = ['registry', 'auth-server', 'library'];

const readKeys = (env: NodeJS.ProcessEnv): Keys => {
  const configured = new Map(
    Object.entries(env).flatMap(([variable, value]) => {
      const first = value?.split(',', 1)[0]?.trim(); // the others are there for rotation
      return variable.startsWith(apiKeyPrefix) && first ? [[variable, first] as const] : [];
    }),
  );
  const [firstConfigured] = configured;
  if (firstConfigured !== undefined) {
    const [variable, key] = firstConfigured;
    return {of: emitter => configured.get(apiKeyVariable(emitter)) ?? key, environment: {}, shown: {variable}};
  }
  const generated = new Map(emitters.map(emitter => [emitter, randomBytes(18).toString('base64url')]));
  const personal = randomBytes(18).toString('base64url');
  return {
    of: emitter => generated.get(emitter) ?? personal,
    environment: Object.fromEntries(
      [...generated, ['local', personal] as const].map(([emitter, key]) => [apiKeyVariable(emitter), key]),
    ),
    shown: {key: personal},
  };
};
