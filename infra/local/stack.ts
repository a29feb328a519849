/**
 * The whole pipeline on one machine: metrics-service, a Prometheus that scrapes it, live traffic. `npm start`. However
 * it ends (Ctrl-C, a child's death, an error, a kill), it leaves no process, port or temporary folder behind.
 */

import {join} from 'node:path';
import {setInterval as ticks} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {ruleFiles} from '@mcp-observability/dashboards';
import {verifyBoards} from '@mcp-observability/dashboards/verify';
import {defaultScrapeIntervalSeconds, paths, variables} from '@mcp-observability/metrics-service/contract';
import {runProgram} from '@mcp-observability/tools/command-line';
import {Interruption, listenForInterruption} from '@mcp-observability/tools/interruption';
import {requireFree} from '@mcp-observability/tools/ports';
import {createProcesses, type Processes, typescriptFlags} from '@mcp-observability/tools/processes';
import {waitUntilReady} from '@mcp-observability/tools/wait';
import {type Addresses, banner} from './banner.ts';
import {lockData} from './data-folder.ts';
import {findPrometheus} from './find-prometheus/find-prometheus.ts';
import {announceArrivals, hasData, lineOf, logAfter, watchPanels} from './panels.ts';
import {drawBoards, installPreview} from './preview-process.ts';
import {preparePrometheus} from './prometheus-process.ts';
import {serveCollector} from './simulated-collector.ts';
import {prependHistory} from './simulated-history.ts';
import {createStartProgram, type Flags, type Options, readOptions} from './start-options.ts';
import {startTraffic, type Tally} from './traffic.ts';

/** The same interval as on AWS. */
/** With `--once` a user waits for the result; the boards' queries work with every interval up to the one above. */
const scrapeIntervalSecondsOnce = 1;
const panelTimeoutMs = 150_000;
const boardWindow = '15m';
/** All reporters send from this process, and an MCP request is reported by several POSTs. */
const postsPerRequest = 10;
const tallyEveryMs = 10_000;

const log = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Runs until `signal` aborts, or with `--once` until all panels have data. Returns the exit status. */
const run = async (options: Options, processes: Processes, signal: AbortSignal): Promise<number> => {
  const {ports, host, keys} = options;
  await requireFree(Object.values(ports), host);
  const found = await findPrometheus({log, signal});
  const {prometheus, promtool} = found;
  const service = reachable(host);
  const addresses: Addresses = {
    api: `http://${service}:${ports.api.port}`,
    exposition: `http://${service}:${ports.exposition.port}${paths.metrics}`,
    prometheus: `http://127.0.0.1:${ports.prometheus.port}`,
    ...(ports.boards === undefined ? {} : {boards: `http://127.0.0.1:${ports.boards.port}`}),
  };

  log(`Starting metrics-service and Prometheus ${found.version ?? 'of unknown version'} (${found.from}) …`);
  startService(options, processes);
  const temporary = processes.temporaryFolder('mcp-observability-');
  const data = options.data ?? join(temporary, 'data');
  const target = `${service}:${ports.exposition.port}`;
  // The boards read recorded series, which would take minutes at the usual interval; nothing here receives the alerts.
  const rules = ruleFiles({interval: options.once ? '1s' : '15s'});
  const server = await preparePrometheus({
    binary: prometheus,
    port: ports.prometheus.port,
    target,
    collector: await serveCollector({since: Date.now() - options.historyMs, signal}),
    rules,
    scrapeIntervalSeconds: options.once ? scrapeIntervalSecondsOnce : defaultScrapeIntervalSeconds,
    temporary,
    data,
  });
  await prependHistory(options, {
    prometheus,
    promtool,
    data,
    temporary,
    rules,
    instance: target,
    processes,
    signal,
    log,
  });
  processes.start(server);
  await Promise.all([
    waitUntilReady({name: 'metrics-service', url: addresses.api + paths.health, signal}),
    waitUntilReady({name: "metrics-service's exposition", url: addresses.exposition, signal}),
    waitUntilReady({name: 'Prometheus', url: `${addresses.prometheus}/-/ready`, signal}),
  ]);
  sendTraffic(options, addresses.api, signal);
  log(banner(addresses, keys));
  const {boards} = ports;
  const installed = boards === undefined ? Promise.resolve(false) : installPreview({log, signal});
  const [status] = await Promise.all([
    // The list of panels follows the progress of the installation.
    followPanels(options, {prometheus: addresses.prometheus, log: logAfter(installed, log), signal}),
    installed.then(
      async isInstalled =>
        boards && isInstalled && drawBoards(boards, {prometheus: addresses.prometheus, processes, log, signal}),
    ),
  ]);
  return status;
};

/** The address to call for the one that is bound, as part of a URL. */
const reachable = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
};

const startService = ({ports, host, keys, traffic}: Options, processes: Processes): void => {
  const rate = traffic === 'off' ? 0 : traffic;
  processes.start({
    name: 'metrics-service',
    program: process.execPath,
    parameters: [...typescriptFlags, fileURLToPath(import.meta.resolve('../../metrics-service/src/main.ts'))],
    env: {
      [variables.rateLimit]: String(Math.max(10_000, Math.ceil(rate * 60 * postsPerRequest))),
      ...process.env,
      ...keys.environment,
      [variables.host]: host,
      [variables.apiPort]: String(ports.api.port),
      [variables.expositionPort]: String(ports.exposition.port),
      [variables.expositionEnabled]: 'true',
    },
    stopSignal: 'SIGINT', // don't wait for a last scrape: the scraper ends as well
  });
};

const sendTraffic = ({traffic, gateway, keys}: Options, url: string, signal: AbortSignal): void => {
  if (traffic === 'off') return;
  log(`Sending simulated traffic of gateway version ${gateway}: ${traffic} MCP requests per second.`);
  const {tally} = startTraffic({
    url,
    keys: {registry: keys.of('registry'), 'auth-server': keys.of('auth-server'), library: keys.of('library')},
    rate: traffic,
    gateway,
    seed: Date.now(),
    signal,
  });
  void reportFailures(tally, signal).catch(() => {}); // rejects when the signal aborts
};

/** Logs one line per interval in which posts failed, not one per post. */
const reportFailures = async (tally: Readonly<Tally>, signal: AbortSignal): Promise<void> => {
  let reported = 0;
  for await (const _ of ticks(tallyEveryMs, undefined, {signal})) {
    if (tally.failed > reported)
      log(`Traffic: ${tally.failed - reported} posts failed, the last with ${tally.lastFailure}.`);
    reported = tally.failed;
  }
};

/** Lists the panels once all have data or the timeout has passed; continues until `signal` aborts, unless `--once`. */
const followPanels = async (
  {once, traffic, ports}: Options,
  {prometheus, log, signal}: {prometheus: string; log: (line: string) => void; signal: AbortSignal},
): Promise<number> => {
  if (traffic === 'off') log('No traffic (--traffic off): panels show only the events that you send.');
  log('Panels with data:');
  const watch = {
    verify: () => verifyBoards({url: prometheus, window: boardWindow}),
    onLook: announceArrivals(log),
    signal,
  };
  const panels = await watchPanels({...watch, timeoutMs: panelTimeoutMs});
  const missing = panels.filter(panel => !hasData(panel));
  log('');
  for (const panel of panels.filter(hasData)) log(lineOf(panel));
  if (missing.length > 0) {
    log(`\nWithout data after ${panelTimeoutMs / 1000} s:`);
    for (const panel of missing) log(lineOf(panel));
  }
  if (once) return missing.length === 0 ? 0 : 1;
  if (missing.length > 0) await watchPanels(watch);
  const boards = ports.boards === undefined ? '' : ` Boards, ready shortly: http://127.0.0.1:${ports.boards.port}`;
  log(`\nEvery panel has data.${boards} Ctrl-C stops everything.`);
  return aborted(signal);
};

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), {once: true});
  });

/** Runs the pipeline until it is interrupted, or with `--once` until every panel has data. Returns the exit status. */
const runPipeline = async (flags: Flags): Promise<number> => {
  const options = readOptions(flags, process.env);
  const releaseData = await lockData(options.data);
  const processes = createProcesses();
  const interrupted = listenForInterruption(() => processes.kill());
  // Traffic stops on Ctrl-C, when a child ends, and when the run has finished.
  const finished = new AbortController();
  const signal = AbortSignal.any([interrupted, processes.failure, finished.signal]);
  try {
    return await Promise.race([run(options, processes, signal), aborted(signal)]);
  } catch (error) {
    const reason: unknown = signal.aborted ? signal.reason : error;
    if (!(reason instanceof Interruption)) throw reason;
    log(`\n${reason.message}; stopping everything …`);
    // With `--once` an interrupted check has no result; otherwise Ctrl-C is the normal way to stop.
    return options.once ? 130 : 0;
  } finally {
    finished.abort();
    await processes.stop();
    releaseData();
  }
};

const program = createStartProgram().action(async flags => {
  process.exitCode = await runPipeline(flags);
});

await runProgram(program);
// Connections of the traffic may be open.
process.exit();
