/** `npm test`: runs the type check, the linter and every test; the exit status is 0 only if nothing failed. */
import {existsSync} from 'node:fs';
import {createProgram, exitCodes, runProgram, UsageError} from '@mcp-observability/tools/command-line';
import {listenForInterruption} from '@mcp-observability/tools/interruption';
import {type ProcessGroup, startGroup} from '@mcp-observability/tools/process-group';
import {reasonOf} from '@mcp-observability/tools/reason';
import {type Check, lintChecks, previewTypeCheck, typeCheck} from './checks.ts';
import {root, toolPath} from './run-checks.ts';

const running = new Set<ProcessGroup>();
const failures: string[] = [];
let passed = 0;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const settle = (title: string, ok: boolean): void => {
  if (ok) passed += 1;
  else failures.push(title);
  print(`${ok ? '✔' : '✘'} ${title}`);
};

/** Downloads Prometheus once, with visible progress, before the first test that needs it. */
const providePrometheus = async (signal: AbortSignal): Promise<void> => {
  try {
    const {findPrometheus} = await import('@mcp-observability/infra/find-prometheus');
    const {prometheus, promtool} = await findPrometheus({log: print, signal});
    process.env['PROMETHEUS_BIN'] = prometheus;
    process.env['PROMTOOL_BIN'] = promtool;
  } catch (error) {
    print(reasonOf(error)); // the tests that need it fail
  }
};

/** Installs the preview's packages before the tests that need them, then checks its types. */
const providePreview = async (signal: AbortSignal): Promise<void> => {
  try {
    const {ensureInstalled} = await import('@mcp-observability/dashboards/preview/install');
    await ensureInstalled(print, signal);
  } catch (error) {
    return print(reasonOf(error)); // the tests that need them fail
  }
  await check(previewTypeCheck);
};

/** Runs a tool from the lockfile in its own process group; resolves to its exit status, undefined if it was killed. */
const start = async (
  tool: string,
  parameters: readonly string[],
  onLine: (line: string) => void,
): Promise<number | undefined> => {
  const group = startGroup(toolPath(tool), parameters, {cwd: root, onLine});
  running.add(group);
  return group.ended.finally(() => running.delete(group));
};

/** A tool that prints nothing on success. */
const check = async ({title, tool, parameters}: Check): Promise<void> => {
  const lines: string[] = [];
  const status = await start(tool, parameters, line => lines.push(line));
  if (status !== 0) for (const line of lines) print(line);
  settle(title, status === 0);
};

/** Fuzzes the service by its OpenAPI document; skipped if the fuzzer can't be installed. */
const fuzz = async (): Promise<void> => {
  const title = 'fuzz: schemathesis';
  const lines: string[] = [];
  const status = await start('tsx', ['metrics-service/fuzz/fuzz-command.ts'], line => lines.push(line));
  const last = lines.at(-1) ?? '';
  if (status === exitCodes.unavailable) return print(`- ${title} # SKIP ${last}`);
  if (status !== 0) for (const line of lines) print(line);
  settle(`${title}: ${last}`, status === 0);
};

/** More than there are cores: the longest tests mostly wait for a scrape or a timeout. */
const concurrency = 4;

/** Reads AVA's TAP: `ok`, `not ok` with a block that gives the reason, and comments. */
const testAll = async (parameters: readonly string[]): Promise<void> => {
  const before = failures.length;
  let testCount = 0;
  let complete = false;
  const status = await start('ava', ['--tap', `--concurrency=${concurrency}`, ...parameters], line => {
    const result = /^(not )?ok \d+ - (.*?)( # (?:SKIP|TODO).*)?$/.exec(line);
    if (result === null) {
      // TAP's plan comes last, so it is missing if AVA was killed or crashed.
      if (/^1\.\.\d+$/.test(line)) complete = true;
      if (!/^(TAP version|1\.\.|# (tests|pass|skip|todo|fail) |\s*$)/.test(line)) print(line);
      return;
    }
    const [, not, title = '', skipped] = result;
    if (skipped !== undefined) print(`- ${title}${skipped}`);
    else {
      testCount += 1;
      settle(title, not === undefined);
    }
  });
  if (testCount === 0) settle('AVA ran no test', false);
  else if (!complete) settle(`AVA was interrupted with status ${status}: tests are missing above`, false);
  else if (status !== 0 && failures.length === before) settle(`AVA exited with status ${status}`, false);
};

/** Stops the running program when the user interrupts. */
const stopWhenInterrupted = (): AbortSignal => {
  const end = (name: NodeJS.Signals): void => {
    for (const group of running) group.signal(name);
  };
  const signal = listenForInterruption(() => end('SIGKILL'));
  signal.addEventListener('abort', () => {
    end('SIGTERM');
    setTimeout(() => {
      end('SIGKILL');
      process.exit(exitCodes.failure);
    }, 1_000);
  });
  return signal;
};

const program = createProgram(
  'npm test --',
  'Runs the type check, the linter and every test. The last line is `N passed, N failed`, where types and the linters count as one each.',
)
  .argument('[files...]', 'only these test files')
  .option('--match <titles...>', 'only tests whose titles match these patterns, such as "*latency*"')
  .option('-u, --update-snapshots', 'write the snapshots that differ')
  .option('--fuzz', "also fuzz the service's API by its OpenAPI document")
  .action(async (files, {match = [], updateSnapshots, fuzz: isFuzzed}) => {
    const missing = files.filter(file => !/[*?{[]/.test(file) && !existsSync(file));
    if (missing.length > 0) throw new UsageError(`files: expected files that exist, found ${missing.join(', ')}`);
    const signal = stopWhenInterrupted();
    await Promise.all([...[typeCheck, ...lintChecks].map(check), providePrometheus(signal), providePreview(signal)]);
    await testAll([
      ...match.map(pattern => `--match=${pattern}`),
      ...(updateSnapshots ? ['--update-snapshots'] : []),
      ...files,
    ]);
    if (isFuzzed) await fuzz();
    if (failures.length > 0) print(`\nFailed:\n${failures.map(title => `  ✘ ${title}`).join('\n')}`);
    print(`${passed} passed, ${failures.length} failed`);
    process.exitCode = failures.length === 0 ? exitCodes.success : exitCodes.failure;
  });

await runProgram(program);
