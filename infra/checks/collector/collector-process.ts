/** Finds a real collector on this machine and reads its configuration from a plan. */
import {execFileSync, spawnSync} from 'node:child_process';
import {accessSync, constants} from 'node:fs';
import {delimiter, join} from 'node:path';
import {jobs} from '@mcp-observability/dashboards';
import {parse, stringify} from 'yaml';
import type {Plan} from '../../plan/plan.ts';
import type {CollectorConfig} from '../../src/collector-config.ts';

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
  if (!container) throw new Error('the plan: expected a task definition of the collector, found none');
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

/** The planned configuration with the workspace's origin and the task's address replaced by local ones. */
export const redirected = (text: string, to: {workspace: string; target: string}): string => {
  const config: CollectorConfig = parse(text);
  const {prometheus} = config.receivers;
  const exporter = config.exporters.prometheus_remote_write;
  return stringify({
    ...config,
    receivers: {
      prometheus: {
        ...prometheus,
        config: {
          ...prometheus.config,
          scrape_configs: prometheus.config.scrape_configs.map(scrape =>
            scrape.job_name === jobs.service
              ? {job_name: scrape.job_name, metrics_path: scrape.metrics_path, static_configs: [{targets: [to.target]}]}
              : scrape,
          ),
        },
      },
    },
    exporters: {prometheus_remote_write: {...exporter, endpoint: `${to.workspace}${remoteWritePath(text)}`}},
  });
};

export type FoundCollector = {
  readonly from: string;
  readonly program: string;
  /** The part of this process's environment that the program needs; nothing else may reach the collector. */
  readonly environment: NodeJS.ProcessEnv;
  /** Stops what a killed program would leave running. */
  readonly clear: () => void;
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

const taken = (...names: readonly string[]): NodeJS.ProcessEnv =>
  Object.fromEntries(names.map(name => [name, process.env[name]]));

const asBinary = (program: string, from: string): FoundCollector => ({
  from,
  program,
  environment: taken('PATH'),
  clear: () => {},
  // The AWS distribution reads AOT_CONFIG_CONTENT by default; others need the flag.
  parameters: (_, command) => ['--config=env:AOT_CONFIG_CONTENT', ...command],
});

/** COLLECTOR_BIN, then PATH, then Docker with the planned image. */
export const findCollector = (image: string): FoundCollector => {
  const chosen = process.env['COLLECTOR_BIN'];
  if (chosen) {
    if (executable(chosen)) return asBinary(chosen, 'COLLECTOR_BIN');
    throw new Error(`COLLECTOR_BIN: expected the path of an executable collector, found ${chosen}`);
  }
  for (const folder of (process.env['PATH'] ?? '').split(delimiter))
    for (const name of ['aws-otel-collector', 'otelcol-contrib'])
      if (executable(join(folder, name))) return asBinary(join(folder, name), 'PATH');
  try {
    execFileSync('docker', ['version'], {stdio: 'ignore'});
  } catch {
    throw new Error(
      'A real collector is required: set COLLECTOR_BIN, put aws-otel-collector or otelcol-contrib on PATH, or start Docker. ' +
        'infra/README.md describes how to build one with Go.',
    );
  }
  const name = `verify-collector-${process.pid}`;
  return {
    from: `Docker, ${image}`,
    program: 'docker',
    // A context or a variable may set the address of the Docker engine.
    environment: taken(
      'PATH',
      'HOME',
      'DOCKER_HOST',
      'DOCKER_CONTEXT',
      'DOCKER_CONFIG',
      'DOCKER_CERT_PATH',
      'DOCKER_TLS_VERIFY',
    ),
    // The container belongs to the Docker engine and continues without the client.
    clear: () => void spawnSync('docker', ['rm', '--force', name], {stdio: 'ignore', timeout: 20_000}),
    parameters: (environment, command) => [
      ...['run', '--rm', '--name', name, '--network', 'host'],
      ...Object.keys(environment).flatMap(name => ['--env', name]),
      image,
      ...command,
    ],
  };
};
