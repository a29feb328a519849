/** A Prometheus that scrapes the local service, and nothing else. */
import {mkdir, writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import type {Command} from './processes.ts';

/** What Prometheus calls the service's tasks, here as in AWS. */
export const scrapeJob = 'metrics-service';

export interface PrometheusServer {
  /** Path of the server's binary. */
  readonly binary: string;
  readonly port: number;
  /** Host and port of the exposition. */
  readonly target: string;
  readonly scrapeIntervalSeconds: number;
  /** Gets the configuration, and the data where `data` is undefined. */
  readonly temporary: string;
  /** A folder that outlives it; made where it doesn't exist. */
  readonly data: string | undefined;
}

/** Writes the configuration and returns the command that runs it. It listens on this machine alone. */
export const preparePrometheus = async (server: PrometheusServer): Promise<Command> => {
  const storage = server.data === undefined ? join(server.temporary, 'data') : resolve(server.data);
  await mkdir(storage, {recursive: true});
  const interval = `${server.scrapeIntervalSeconds}s`;
  const configuration = join(server.temporary, 'prometheus.json');
  await writeFile(
    configuration,
    JSON.stringify({
      global: {scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval},
      scrape_configs: [{job_name: scrapeJob, static_configs: [{targets: [server.target]}]}],
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
