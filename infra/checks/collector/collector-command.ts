/** `npm run check -- collector`: the planned configuration on a real collector; see collector-check.ts. */
import {fileURLToPath} from 'node:url';
import {createProgram, exitCodes, InvalidArgumentError, runProgram} from '@mcp-observability/tools/command-line';
import {listenForInterruption} from '@mcp-observability/tools/interruption';
import {createProcesses} from '@mcp-observability/tools/processes';
import {readProject} from '../../plan/project.ts';
import {requireStack} from '../../plan/stack-argument.ts';
import {type ScrapeInterval, scrapeIntervals} from '../../src/timing.ts';
import {checkCollector} from './collector-check.ts';
import {NoCollectorError} from './collector-process.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const scrapeIntervalOption = (text: string): ScrapeInterval => {
  const found = scrapeIntervals.find(seconds => String(seconds) === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`expected ${scrapeIntervals.join(', ')}, found ${text || 'nothing'}`);
};

const program = createProgram(
  'npm run check -- collector',
  `Runs a real collector with the configuration from the plan of a stack. It scrapes a real metrics-service and writes to a real Prometheus through a stand-in for the workspace that checks signatures; Prometheus also scrapes the service directly, for comparison. The stand-in then responds with 503, for at least two scrapes, and with 429, for one. Takes about 4 minutes at a scrape interval of 15 s, 7 at 30 s, 13 at 60 s.

COLLECTOR_BIN   path of the collector; else aws-otel-collector or otelcol-contrib on PATH, else Docker
PROMETHEUS_BIN  path of Prometheus; else found or downloaded as by npm start

Exit status: 0 if every check passed, 1 if one failed, 3 if no collector is available.`,
)
  .argument('[stack]', 'a stack that has a file in infra/stacks', 'dev')
  .option(
    '--scrape-interval <seconds>',
    `instead of the profile's: ${scrapeIntervals.join(', ')}`,
    scrapeIntervalOption,
  );

const print = (line: string): void => console.log(line);

program.action(async (stack, {scrapeInterval}) => {
  requireStack(readProject(root), stack);
  const interrupted = listenForInterruption(() => processes.kill());
  const processes = createProcesses();
  const signal = AbortSignal.any([interrupted, processes.failure]);
  const failed: string[] = [];
  let passed = 0;
  const check = (claim: string, holds: boolean, found = ''): void => {
    if (holds) passed += 1;
    else failed.push(claim);
    print(`${holds ? 'passed' : 'FAILED'}  ${claim}${found ? `: ${found}` : ''}`);
  };
  try {
    const folder = processes.temporaryFolder('verify-collector-');
    await checkCollector({root, stack, scrapeInterval, processes, folder, signal, log: print, check});
    print(`${passed} passed, ${failed.length} failed`);
    if (failed.length > 0) process.exitCode = exitCodes.failure;
  } catch (error) {
    if (error instanceof NoCollectorError) {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = exitCodes.unavailable;
      return;
    }
    // After an interruption, a wait may reject with another error than the signal's reason.
    signal.throwIfAborted();
    throw error;
  } finally {
    await processes.stop();
  }
});

await runProgram(program);
// The listener for a closed terminal would keep the process alive.
process.exit();
