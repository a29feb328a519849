/**
 * A Prometheus that always has the same data, for screenshots that can be compared: a little more than an hour of
 * simulated traffic from a fixed seed, ending at a fixed time. Started with an IPC channel, it sends `{url, now}` and
 * exits when the channel closes.
 */
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {ruleFiles} from '@mcp-observability/dashboards';
import {freePort} from '@mcp-observability/tools/ports';
import {createProcesses} from '@mcp-observability/tools/processes';
import {waitUntilReady} from '@mcp-observability/tools/wait';
import {findPrometheus} from './find-prometheus/find-prometheus.ts';
import {keepForever} from './recorded-history.ts';
import {loadHistory} from './simulated-history.ts';

/** Any fixed time works; at a full hour the time axis would end within a label. */
const now = Date.UTC(2026, 0, 15, 12, 3);
/** Longer than the hour that boards show, so that rates at the first point have earlier samples. */
const lengthMs = 66 * 60_000;

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const main = async (): Promise<void> => {
  const closed = new AbortController();
  process.once('disconnect', () => closed.abort());
  if (process.connected === false) closed.abort(); // while this module was loading
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => closed.abort());
  const processes = createProcesses();
  const signal = AbortSignal.any([closed.signal, processes.failure]);
  try {
    const {prometheus, promtool} = await findPrometheus({log, signal});
    const temporary = processes.temporaryFolder('mcp-observability-fixed-');
    const data = join(temporary, 'data');
    await mkdir(data);
    log('Generating an hour of simulated traffic (about half a minute) …');
    const traffic = {seed: 1, from: now - lengthMs, to: now, rate: 5, instance: '127.0.0.1:9465'};
    await loadHistory({prometheus, promtool, data, temporary, rules: ruleFiles(), processes, signal, ...traffic});
    const configuration = join(temporary, 'prometheus.json');
    await writeFile(configuration, '{"global": {"scrape_interval": "15s"}}'); // JSON is YAML
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    processes.start({
      name: 'Prometheus',
      program: prometheus,
      parameters: [
        `--config.file=${configuration}`,
        `--storage.tsdb.path=${data}`,
        keepForever,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
    });
    await waitUntilReady({name: 'Prometheus', url: `${url}/-/ready`, signal});
    process.send?.({url, now});
    if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve, {once: true}));
    if (processes.failure.aborted) throw processes.failure.reason;
  } finally {
    await processes.stop();
  }
};

main().then(
  () => process.exit(0),
  (error: unknown) => {
    log(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
