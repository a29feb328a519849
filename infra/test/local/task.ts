/** A task of metrics-service as a deployment starts and stops it. */
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {apiKeyVariable, paths, variables} from '@mcp-observability/metrics-service/contract';
import {freePort} from '@mcp-observability/tools/ports';
import {createProcesses, type Processes, typescriptFlags} from '@mcp-observability/tools/processes';
import {waitUntilReady} from '@mcp-observability/tools/wait';
import type {ExecutionContext} from 'ava';

const main = fileURLToPath(import.meta.resolve('../../../metrics-service/src/main.ts'));
export const key = 'a-key-for-this-test-alone';
const timeoutMs = 30_000;

export const until = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
    await delay(50);
  }
};

export interface Task {
  readonly url: string;
  readonly target: string;
  readonly stop: () => Promise<void>;
  /** Whether the task exited after SIGTERM without being killed. */
  drained: boolean;
}

/** @param host what both ports bind; `::` is reached by IPv4 and by IPv6 */
export const startTask = async (t: ExecutionContext, {host = '127.0.0.1'} = {}): Promise<Task> => {
  const [api, exposition] = [await freePort(), await freePort()];
  const processes: Processes = createProcesses();
  t.teardown(async () => {
    processes.kill();
    await processes.stop();
  });
  processes.start({
    name: 'metrics-service',
    program: process.execPath,
    parameters: [...typescriptFlags, main],
    env: {
      [variables.host]: host,
      [variables.apiPort]: String(api),
      [variables.expositionPort]: String(exposition),
      [variables.rateLimit]: '1000000',
      // Tests bring more names than a gateway does.
      [variables.maxLabelCardinality]: '100000',
      [variables.maxSeries]: '1000000',
      [variables.drainGrace]: '1',
      // Longer than the test: a drain that ends has been scraped.
      [variables.drainTimeout]: '3600',
      [apiKeyVariable('test')]: key,
    },
  });
  const url = `http://127.0.0.1:${api}`;
  await waitUntilReady({name: 'metrics-service', url: `${url}${paths.health}`, signal: processes.failure});
  const task: Task = {
    url,
    target: `127.0.0.1:${exposition}`,
    drained: false,
    stop: async () => {
      const asked = Date.now();
      await processes.stop(timeoutMs);
      task.drained = Date.now() - asked < timeoutMs; // then it would have been killed
    },
  };
  return task;
};
