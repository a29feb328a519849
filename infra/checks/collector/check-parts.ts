/** The processes of one check: metrics-service, a Prometheus and a collector, on free ports of this machine. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {apiKeyVariable, headers, paths, variables} from '@mcp-observability/metrics-service/contract';
import {freePort} from '@mcp-observability/tools/ports';
import {type Processes, typescriptFlags} from '@mcp-observability/tools/processes';
import {reasonOf} from '@mcp-observability/tools/reason';
import {waitUntilReady} from '@mcp-observability/tools/wait';
import {stringify} from 'yaml';

const key = 'verify-collector-key-0123456789';

export type Parts = {
  readonly processes: Processes;
  /** Folder for configuration and data. */
  readonly folder: string;
  /** Ends every wait with its reason. */
  readonly signal: AbortSignal;
};

export type RunningService = {
  /** URL of its API. */
  readonly url: string;
  /** Host and port of its exposition. */
  readonly target: string;
};

export const startService = async ({processes, signal}: Parts, root: string): Promise<RunningService> => {
  const [api, exposition] = [await freePort(), await freePort()];
  processes.start({
    name: 'metrics-service',
    program: process.execPath,
    parameters: [...typescriptFlags, join(root, 'metrics-service/src/main.ts')],
    env: {
      PATH: process.env['PATH'],
      [variables.host]: '127.0.0.1',
      [variables.apiPort]: String(api),
      [variables.expositionPort]: String(exposition),
      [apiKeyVariable('verify')]: key,
    },
  });
  const url = `http://127.0.0.1:${api}`;
  await waitUntilReady({name: 'metrics-service', url: `${url}${paths.health}`, signal});
  return {url, target: `127.0.0.1:${exposition}`};
};

/** Scrapes the service itself as `job`, and accepts remote writes. @returns its URL */
export const startPrometheus = async (
  {processes, folder, signal}: Parts,
  {program, job, target, scrapeInterval}: {program: string; job: string; target: string; scrapeInterval: number},
): Promise<string> => {
  const port = await freePort();
  const file = join(folder, 'prometheus.yaml');
  writeFileSync(
    file,
    stringify({
      global: {scrape_interval: `${scrapeInterval}s`},
      scrape_configs: [{job_name: job, static_configs: [{targets: [target]}]}],
    }),
  );
  processes.start({
    name: `Prometheus (${program})`,
    program,
    parameters: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
    ],
    env: {PATH: process.env['PATH']},
  });
  const url = `http://127.0.0.1:${port}`;
  await waitUntilReady({name: `Prometheus (${program})`, url: `${url}/-/ready`, signal});
  return url;
};

const event = {
  type: 'tool_execution',
  value: 1,
  duration_ms: 20,
  dimensions: {method: 'tools/call', success: true, tool_name: 'one'},
};

const postTimeoutMs = 5_000;

/** How the posts of the traffic ended. */
export type TrafficTally = {
  /** Posts, of which each has one event. */
  readonly posts: number;
  readonly failed: number;
  /** Why the first of them failed; undefined if none did. */
  readonly reason: string | undefined;
};

/**
 * Sends an event each second, so that series change.
 *
 * @param intervalMs @default 1000
 * @returns a function that stops it, and resolves when every post has ended
 */
export const startTraffic = ({url}: Pick<RunningService, 'url'>, intervalMs = 1000): (() => Promise<TrafficTally>) => {
  let posts = 0;
  const failures: string[] = [];
  const pending = new Set<Promise<void>>();
  const post = async (): Promise<void> => {
    try {
      const response = await fetch(`${url}${paths.metrics}`, {
        method: 'POST',
        headers: {'Content-Type': 'application/json', [headers.apiKey]: key},
        body: JSON.stringify({service: 'verify', metrics: [event]}),
        signal: AbortSignal.timeout(postTimeoutMs),
      });
      const text = await response.text();
      if (!response.ok) failures.push(`status ${response.status}: ${text.slice(0, 200)}`);
    } catch (error) {
      failures.push(reasonOf(error));
    }
  };
  const send = (): void => {
    posts += 1;
    const posted = post().finally(() => pending.delete(posted));
    pending.add(posted);
  };
  send();
  const timer = setInterval(send, intervalMs);
  return async () => {
    clearInterval(timer);
    await Promise.all(pending);
    return {posts, failed: failures.length, reason: failures[0]};
  };
};
