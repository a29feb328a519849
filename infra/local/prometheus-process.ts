/** A Prometheus that scrapes the local service and evaluates the rules. */
import {mkdir, writeFile} from 'node:fs/promises';
import {basename, join, resolve} from 'node:path';
import {jobs} from '@mcp-observability/dashboards';
import type {Command} from '@mcp-observability/tools/processes';
import {simulatedTarget} from './simulated-collector.ts';

export interface PrometheusServer {
  /** Path of the server's binary. */
  readonly binary: string;
  readonly port: number;
  /** Host and port of the exposition. */
  readonly target: string;
  /** Host and port of the simulated collector's exposition. @default no collector */
  readonly collector?: string;
  /** Rule files by path. */
  readonly rules: ReadonlyMap<string, string>;
  readonly scrapeIntervalSeconds: number;
  /** Folder for the configuration. */
  readonly temporary: string;
  /** Folder for the data; created if it doesn't exist. */
  readonly data: string;
}

/** Writes the configuration and returns the command that runs it. It listens on 127.0.0.1 only. */
export const preparePrometheus = async (server: PrometheusServer): Promise<Command> => {
  const storage = resolve(server.data);
  await mkdir(storage, {recursive: true});
  const interval = `${server.scrapeIntervalSeconds}s`;
  const configuration = join(server.temporary, 'prometheus.json');
  const rules = [...server.rules].map(([path, text]) => ({file: join(server.temporary, basename(path)), text}));
  await Promise.all(rules.map(({file, text}) => writeFile(file, text)));
  const {job, instance} = simulatedTarget;
  await writeFile(
    configuration,
    JSON.stringify({
      global: {scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval},
      rule_files: rules.map(({file}) => file),
      scrape_configs: [
        {job_name: jobs.service, static_configs: [{targets: [server.target]}]},
        ...(server.collector === undefined
          ? []
          : [{job_name: job, static_configs: [{targets: [server.collector], labels: {instance}}]}]),
      ],
    }),
  ); // JSON is YAML
  return {
    name: 'Prometheus',
    program: server.binary,
    parameters: [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${storage}`,
      `--web.listen-address=127.0.0.1:${server.port}`,
    ],
  };
};
