/**
 * `npm test`: runs the type check, the linter and every test. The last line is `N passed, N failed`, where types and
 * lint count as one each; the exit status is 0 only if nothing failed. With `--fuzz` the service's API is fuzzed too.
 * Other arguments after `npm test --` are passed to AVA: a file, or `--match=…`.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {ensureInstalled} from '@mcp-observability/dashboards/preview/install';
import {findPrometheus} from '@mcp-observability/infra/find-prometheus';

const root = join(import.meta.dirname, '..');
/** The folders that the import rules cover. */
const sourceFolders = ['.tools', 'metrics-service', 'dashboards', 'infra', '.ci'] as const;

const running = new Set<ChildProcess>();
const failures: string[] = [];
const interrupted = new AbortController();
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
const providePrometheus = async (): Promise<void> => {
  try {
    const {prometheus, promtool} = await findPrometheus({log: print, signal: interrupted.signal});
    process.env['PROMETHEUS_BIN'] = prometheus;
    process.env['PROMTOOL_BIN'] = promtool;
  } catch (error) {
    print(error instanceof Error ? error.message : String(error)); // the tests that need it fail
  }
};

/** The same for the preview's packages. */
const providePreview = async (): Promise<void> => {
  try {
    await ensureInstalled(print, interrupted.signal);
  } catch (error) {
    print(error instanceof Error ? error.message : String(error)); // the tests that need them fail
  }
};

/** Starts a tool from the lockfile in its own process group; resolves to its exit status, null if it was killed. */
const start = (tool: string, parameters: readonly string[], onLine: (line: string) => void): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const child = spawn(join(root, 'node_modules', '.bin', tool), parameters, {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) createInterface({input: stream}).on('line', onLine);
    child.once('error', reject);
    // Kill what a crashed test left behind: while it keeps the output open, `close` never fires.
    child.once('exit', () => killGroup(child, 'SIGKILL'));
    child.once('close', code => {
      running.delete(child);
      resolve(code);
    });
  });

const killGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // nobody is left in it
  }
};

/** A tool that prints nothing on success. */
const check = async (title: string, tool: string, parameters: readonly string[]): Promise<void> => {
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
  if (status === unavailable) return print(`- ${title} # SKIP ${last}`);
  if (status !== 0) for (const line of lines) print(line);
  settle(`${title}: ${last}`, status === 0);
};

/** The exit status of a program whose requirements can't be installed. */
const unavailable = 3;

/** More than there are cores: the longest tests mostly wait for a scrape or a timeout. */
const concurrency = 4;

/** Reads AVA's TAP: `ok`, `not ok` with a block that gives the reason, and comments. */
const testAll = async (parameters: readonly string[]): Promise<void> => {
  const before = failures.length;
  let ran = 0;
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
      ran += 1;
      settle(title, not === undefined);
    }
  });
  if (ran === 0) settle('AVA ran no test', false);
  else if (!complete) settle(`AVA was interrupted with status ${status}: tests are missing above`, false);
  else if (status !== 0 && failures.length === before) settle(`AVA exited with status ${status}`, false);
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted.abort();
    for (const child of running) killGroup(child, 'SIGTERM');
    setTimeout(() => {
      for (const child of running) killGroup(child, 'SIGKILL');
      process.exit(1);
    }, 1_000);
  });
}

await Promise.all([
  check('types: tsc --noEmit', 'tsc', ['--noEmit']),
  check('lint: biome check', 'biome', ['check', '--error-on-warnings']),
  check('lint: imports', 'depcruise', ['--config', '.dependency-cruiser.cjs', ...sourceFolders]),
  check('lint: language', 'tsx', ['.ci/language.ts']),
  providePrometheus(),
  providePreview(),
]);
const parameters = process.argv.slice(2);
await testAll(parameters.filter(parameter => parameter !== '--fuzz'));
if (parameters.includes('--fuzz')) await fuzz();
if (failures.length > 0) print(`\nFailed:\n${failures.map(title => `  ✘ ${title}`).join('\n')}`);
print(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
