/** Finds a real collector on this machine and reads its configuration from a plan. */
import {accessSync, constants} from 'node:fs';
import {delimiter, join} from 'node:path';
import {jobs} from '@mcp-observability/dashboards';
import {reasonOf} from '@mcp-observability/tools/reason';
import {run, runToEnd} from '@mcp-observability/tools/run';
import {parse, stringify} from 'yaml';
import {InfraError} from '../../infra-error.ts';
import type {Plan} from '../../plan/plan.ts';
import {PlanError} from '../../plan/project.ts';
import {type CollectorConfig, healthCheck, ownTelemetry} from '../../src/collector-config.ts';
import type {ScrapeInterval} from '../../src/timing.ts';

/** No collector is available on this machine. */
export class NoCollectorError extends InfraError {
  override readonly name = 'NoCollectorError';
  readonly code = 'ERR_NO_COLLECTOR';
}

/** The collector as its task definition describes it. */
export type PlannedCollector = {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

type ContainerDefinition = {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment: readonly {readonly name: string; readonly value: string}[];
};

export const plannedCollector = ({resources}: Plan): PlannedCollector => {
  const definition = resources.find(
    ({type, name}) => type === 'aws:ecs/taskDefinition:TaskDefinition' && name === 'collector-definition',
  );
  const [container]: ContainerDefinition[] = JSON.parse(String(definition?.inputs['containerDefinitions'] ?? '[]'));
  if (!container) throw new PlanError('the plan: expected a task definition of the collector, found none');
  return {
    image: container.image,
    command: container.command ?? [],
    environment: Object.fromEntries(container.environment.map(({name, value}) => [name, value])),
  };
};

const remoteWritePath = (text: string): string => {
  const {exporters}: CollectorConfig = parse(text);
  return new URL(exporters.prometheus_remote_write.endpoint).pathname;
};

/** Path of the workspace that the planned configuration writes to, without the host. */
export const workspacePath = (text: string): string => remoteWritePath(text).replace(/\/api\/v1\/remote_write$/, '');

/** Values that replace the planned addresses and the profile's scrape interval. */
export type LocalAddresses = {
  /** Origin of the workspace. */
  readonly workspace: string;
  /** Host and port of the only task's exposition. */
  readonly target: string;
  /** Ports of the collector's own metrics and of its health check. */
  readonly telemetryPort: number;
  readonly healthPort: number;
  readonly scrapeInterval: ScrapeInterval;
};

/** The planned configuration with local addresses, at the given scrape interval. All else stays as it is planned. */
export const redirectConfig = (text: string, to: LocalAddresses): string => {
  const config: CollectorConfig = parse(text);
  const {prometheus} = config.receivers;
  const exporter = config.exporters.prometheus_remote_write;
  const telemetry = {...ownTelemetry, port: to.telemetryPort};
  const targets: Readonly<Record<string, string>> = {
    [jobs.service]: to.target,
    [jobs.collector]: `${telemetry.host}:${telemetry.port}`,
  };
  return stringify({
    ...config,
    extensions: {...config.extensions, health_check: {endpoint: `${healthCheck.host}:${to.healthPort}`}},
    receivers: {
      prometheus: {
        ...prometheus,
        config: {
          ...prometheus.config,
          global: {...prometheus.config.global, scrape_interval: `${to.scrapeInterval}s`},
          // The only task belongs to this collector, whichever shard its address falls to.
          scrape_configs: prometheus.config.scrape_configs.map(scrape => ({
            job_name: scrape.job_name,
            ...('metrics_path' in scrape && {metrics_path: scrape.metrics_path}),
            static_configs: [{targets: [targets[scrape.job_name]]}],
          })),
        },
      },
    },
    exporters: {prometheus_remote_write: {...exporter, endpoint: `${to.workspace}${remoteWritePath(text)}`}},
    service: {
      ...config.service,
      telemetry: {...config.service.telemetry, metrics: {readers: [{pull: {exporter: {prometheus: telemetry}}}]}},
    },
  });
};

export type FoundCollector = {
  readonly from: string;
  readonly program: string;
  /** The part of this process's environment that the program needs; nothing else may reach the collector. */
  readonly environment: NodeJS.ProcessEnv;
  /** Stops what a killed program would leave running. */
  readonly clear: () => Promise<void>;
  readonly parameters: (environment: Readonly<Record<string, string>>, command: readonly string[]) => readonly string[];
};

const executable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const selectedEnvironment = (...names: readonly string[]): NodeJS.ProcessEnv =>
  Object.fromEntries(names.map(name => [name, process.env[name]]));

const asBinary = (program: string, from: string): FoundCollector => ({
  from,
  program,
  environment: selectedEnvironment('PATH'),
  clear: async () => {},
  // The AWS distribution reads AOT_CONFIG_CONTENT by default; others need the flag.
  parameters: (_, command) => ['--config=env:AOT_CONFIG_CONTENT', ...command],
});

export type CollectorSearch = {
  /** @default this process's */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds that the Docker engine may take to respond, or to remove the container. @default 20000 */
  readonly dockerTimeoutMs?: number;
};

/**
 * Tries COLLECTOR_BIN, then PATH, then Docker. The caller passes the image to the result later, because finding a
 * collector is fast, but planning the image is slow.
 *
 * @throws {NoCollectorError} with Docker's reason if only Docker is left, and does not work
 */
export const findCollector = async ({
  env = process.env,
  dockerTimeoutMs = 20_000,
}: CollectorSearch = {}): Promise<(image: string) => FoundCollector> => {
  const chosen = env['COLLECTOR_BIN'];
  if (chosen) {
    if (executable(chosen)) return () => asBinary(chosen, 'COLLECTOR_BIN');
    throw new NoCollectorError(`COLLECTOR_BIN: expected the path of an executable collector, found ${chosen}`);
  }
  for (const folder of (env['PATH'] ?? '').split(delimiter))
    for (const name of ['aws-otel-collector', 'otelcol-contrib'])
      if (executable(join(folder, name))) return () => asBinary(join(folder, name), 'PATH');
  const docker = {env, timeoutMs: dockerTimeoutMs};
  await run('docker', ['version'], docker).catch((cause: unknown) => {
    throw new NoCollectorError(
      'collector: expected COLLECTOR_BIN, aws-otel-collector or otelcol-contrib on PATH, or Docker, ' +
        `found none (${reasonOf(cause)}). infra/changing.md describes how to build one with Go.`,
      {cause},
    );
  });
  const name = `verify-collector-${process.pid}`;
  return image => ({
    from: `Docker, ${image}`,
    program: 'docker',
    // A context or a variable may set the address of the Docker engine.
    environment: selectedEnvironment(
      'PATH',
      'HOME',
      'DOCKER_HOST',
      'DOCKER_CONTEXT',
      'DOCKER_CONFIG',
      'DOCKER_CERT_PATH',
      'DOCKER_TLS_VERIFY',
    ),
    // The container belongs to the Docker engine and continues without the client.
    clear: async () => void (await runToEnd('docker', ['rm', '--force', name], docker)),
    parameters: (environment, command) => [
      ...['run', '--rm', '--name', name, '--network', 'host'],
      ...Object.keys(environment).flatMap(name => ['--env', name]),
      image,
      ...command,
    ],
  });
};
