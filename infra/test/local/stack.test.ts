import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {mkdir, mkdtemp, readdir, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {apiKeyVariable, headers, paths, ports, variables} from '@mcp-observability/metrics-service/contract';
import {freePort, requireFree} from '@mcp-observability/tools/ports';
import {ChildEndedError, createProcesses, typescriptFlags} from '@mcp-observability/tools/processes';
import test, {type ExecutionContext} from 'ava';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';
import {logAfter} from '../../local/panels.ts';

const withResolvers = () => {
  let [resolve, reject] = [() => {}, () => {}];
  const promise = new Promise<void>((onResolve, onReject) => {
    [resolve, reject] = [onResolve, () => onReject(new Error('failed'))];
  });
  return {promise, resolve, reject};
};

const stack = fileURLToPath(import.meta.resolve('../../local/stack.ts'));

/** Boards and simulated history have separate tests. */
const pipelineAlone = ['--no-boards', '--history', '0'];

/** `npm start` in a separate process, with free ports and a temporary folder that shows what it leaves behind. */
const startStack = async (t: ExecutionContext, parameters: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const scratch = await mkdtemp(join(tmpdir(), 'stack-test-'));
  const temporary = join(scratch, 'tmp');
  await mkdir(temporary);
  t.teardown(() => rm(scratch, {recursive: true, force: true}));
  const portOf = {
    [variables.apiPort]: await freePort(),
    [variables.expositionPort]: await freePort(),
    PROMETHEUS_PORT: await freePort(),
  };
  const child = spawn(process.execPath, [...typescriptFlags, stack, ...pipelineAlone, ...parameters], {
    cwd: scratch,
    env: {
      ...process.env,
      TMPDIR: temporary,
      ...Object.fromEntries(Object.entries(portOf).map(([variable, port]) => [variable, String(port)])),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL')); // its watchdog does the rest
  let output = '';
  let wake = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      wake();
    });
  }
  const closed = once(child, 'close').then(([code, signal]: unknown[]) => {
    wake();
    return code ?? signal;
  });
  const until = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(output);
      if (found !== null) return found[1] ?? found[0];
      if (child.exitCode !== null) return t.fail(`expected ${pattern}, ended with ${child.exitCode}:\n${output}`);
      await new Promise<void>(resolve => (wake = resolve));
    }
  };
  /** Processes, ports and folders are gone. After a kill the watchdog cleans up, with a delay. */
  const leavesNothing = async () => {
    const left = async () => {
      const folders = (await readdir(temporary)).filter(name => name.startsWith('mcp-observability-'));
      const processes = processList().filter(line => line.includes(scratch));
      return [...folders, ...processes];
    };
    for (let tries = 0; tries < 100 && (await left()).length > 0; tries += 1) await delay(50);
    t.deepEqual(await left(), []);
    const checked = Object.entries(portOf).map(([variable, port]) => ({variable, port, purpose: variable}));
    await t.notThrowsAsync(requireFree(checked, '127.0.0.1'));
  };
  return {child, scratch, portOf, closed, until, leavesNothing, output: () => output};
};

/** `id command line environment` of every process: a stack's children carry its temporary folder in theirs. */
const processList = (): readonly string[] => {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['axeww', '-o', 'pid=,command='], {encoding: 'utf8', maxBuffer: 64e6}).stdout.split('\n');
  }
  return readdirSync('/proc').flatMap(pid => {
    try {
      const [command, environment] = ['cmdline', 'environ'].map(file => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
      return [`${pid} ${command} ${environment}`];
    } catch {
      return []; // not a process, or gone
    }
  });
};

const running = /Panels with data:/;

test('lines about panels wait for the end of an installation, even if it fails', async t => {
  for (const end of ['resolve', 'reject'] as const) {
    const {promise, ...settle} = withResolvers();
    const lines: string[] = [];
    const log = logAfter(promise, line => lines.push(line));
    log('first');
    t.deepEqual(lines, []);
    settle[end]();
    await promise.catch(() => {});
    log('second');
    t.deepEqual(lines, ['first', 'second']);
  }
});

test.serial('npm start -- --once exits with 0 once every panel has data, and prints each with its value', async t => {
  const {closed, output, leavesNothing} = await startStack(t, ['--once', '--traffic', '40']);
  t.is(await closed, 0, output());
  const lines = output().split('\n');
  for (const title of ['Authentication Success Rate', 'Most Popular Tool', 'Session Activity by Client']) {
    t.is(lines.filter(line => new RegExp(`✔ mcp-analytics +\\d+ ${title}: .+`).test(line)).length, 1, title);
  }
  t.false(output().includes('✘'));
  t.deepEqual(
    lines.filter(line => line.length > 120),
    [],
  );
  await leavesNothing();
});

test.serial(
  'a running stack accepts the key it prints, exposes valid metrics and keeps its data in --data',
  async t => {
    const {child, scratch, portOf, until, closed, leavesNothing} = await startStack(t, [
      '--data',
      'kept',
      '--traffic',
      'off',
    ]);
    await until(running);
    const url = await until(/API +(http:\S+)/);
    const key = await until(/API key +(\S+)/);
    const body = await until(/^ {2}curl [^']*'[^']*' \\\n {4}-d '([^']*)'$/m);
    const answer = await fetch(url, {
      method: 'POST',
      headers: {[headers.apiKey]: key, 'content-type': 'application/json'},
      body,
    });
    t.is(answer.status, 200, await answer.text());

    const exposition = await fetch(`http://127.0.0.1:${portOf[variables.expositionPort]}${paths.metrics}`);
    const text = await exposition.text();
    t.regex(text, /^mcp_tool_executions_total\{.*tool_name="my-tool".*\} 1$/m);
    const {promtool} = await findPrometheus();
    const {status, stderr} = spawnSync(promtool, ['check', 'metrics'], {input: text, encoding: 'utf8'});
    t.is(status, 0, stderr);

    child.kill('SIGINT');
    t.is(await closed, 0);
    await leavesNothing();
    t.true((await readdir(join(scratch, 'kept'))).includes('wal'));
  },
);

test.serial('Ctrl-C stops everything, pressed once, and sent again by npm at the same moment', async t => {
  const {child, until, closed, leavesNothing} = await startStack(t, []);
  await until(running);
  child.kill('SIGINT');
  child.kill('SIGINT');
  t.is(await closed, 0);
  await leavesNothing();
});

test.serial('Ctrl-C during the start stops everything', async t => {
  const {child, until, closed, leavesNothing} = await startStack(t, []);
  await until(/Starting metrics-service/);
  child.kill('SIGINT');
  t.is(await closed, 0);
  await leavesNothing();
});

test.serial('a killed stack leaves nothing behind either', async t => {
  const {child, until, closed, leavesNothing} = await startStack(t, []);
  await until(running);
  child.kill('SIGKILL');
  t.is(await closed, 'SIGKILL');
  await leavesNothing();
});

test.serial('a child that dies is reported with its last lines and ends the rest', async t => {
  const {scratch, until, closed, output, leavesNothing} = await startStack(t, []);
  await until(running);
  const prometheus = processList().find(line => line.includes('--config.file=') && line.includes(scratch)) ?? '';
  process.kill(Number.parseInt(prometheus, 10), 'SIGKILL');
  t.is(await closed, 1);
  t.regex(output(), /Prometheus ended by SIGKILL\. Its last lines:\n {2}\S/);
  await leavesNothing();
});

test.serial('a service that does not start gives the reason', async t => {
  const {closed, output, leavesNothing} = await startStack(t, [], {[variables.maxSeries]: 'plenty'});
  t.is(await closed, 1);
  t.regex(
    output(),
    new RegExp(`metrics-service ended with status 1\\. Its last lines:[^]*${variables.maxSeries}: expected`),
  );
  await leavesNothing();
});

test.serial('keys from the environment are used and not shown', async t => {
  const key = 'a-key-of-my-own-0123456789';
  const {child, until, closed, output} = await startStack(t, [], {[apiKeyVariable('my-gateway')]: `${key},${key}-old`});
  t.is(await until(/API key +from (\S+)/), apiKeyVariable('my-gateway'));
  const url = await until(/API +(http:\S+)/);
  const answer = await fetch(url.replace(paths.metrics, paths.rateLimit), {headers: {[headers.apiKey]: key}});
  t.is(answer.status, 200);
  t.false(output().includes(key));
  child.kill('SIGINT');
  t.is(await closed, 0);
});

test('a port in use is named with the variable that changes it', async t => {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const taken = typeof address === 'object' ? String(address?.port) : '';
  const {closed, output, leavesNothing, portOf} = await startStack(t, [], {PROMETHEUS_PORT: taken});
  t.is(await closed, 1);
  t.regex(output(), new RegExp(`PROMETHEUS_PORT: port ${taken}, where Prometheus listens, is in use`));
  t.false(output().includes(variables.apiPort));
  portOf.PROMETHEUS_PORT = await freePort();
  await leavesNothing();
});

test('an invalid port is named, with what was found', async t => {
  const {closed, output} = await startStack(t, [], {[variables.apiPort]: 'http', PROMETHEUS_PORT: '70000'});
  t.is(await closed, 2);
  t.regex(output(), new RegExp(`${variables.apiPort}: expected a port from 1 to 65535, found "http"`));
  t.regex(output(), /PROMETHEUS_PORT: expected a port from 1 to 65535, found "70000"/);
});

test.serial(
  'a second run on one --data folder is an error that identifies the first, until that was killed',
  async t => {
    const first = await startStack(t, ['--data', 'kept', '--traffic', 'off']);
    await first.until(/Prometheus/);
    const data = ['--data', join(first.scratch, 'kept'), '--traffic', 'off'];
    const second = await startStack(t, data);
    t.is(await second.closed, 1);
    t.regex(
      second.output(),
      new RegExp(
        `^--data: expected a folder that no other npm start uses, found \\S+/kept, used by process ${first.child.pid} since \\S+Z\\. `,
      ),
    );
    first.child.kill('SIGKILL');
    await first.closed;
    await first.leavesNothing();
    const third = await startStack(t, data);
    await third.until(running);
    third.child.kill('SIGTERM');
    t.is(await third.closed, 0);
    t.false(existsSync(join(first.scratch, 'kept/npm-start.lock')));
  },
);

test('an unknown flag prints the usage and the nearest flag', async t => {
  const {closed, output} = await startStack(t, ['--onec']);
  t.is(await closed, 2);
  t.regex(output(), /unknown option '--onec'/);
  t.regex(output(), /Did you mean --once\?/);
  t.regex(output(), /Usage: npm start -- /);
});

test('an invalid traffic rate is rejected', async t => {
  const {closed, output} = await startStack(t, ['--traffic', 'fast']);
  t.is(await closed, 2);
  t.regex(output(), /^--traffic: expected off or a number from 0\.1 to 500, found fast\n/);
});

test('--help lists flags, ports and their variables', async t => {
  const {closed, output} = await startStack(t, ['--help']);
  t.is(await closed, 0);
  for (const word of [
    '--traffic <off|N>',
    '--no-boards',
    '--history <TIME>',
    '--once',
    'BOARDS_PORT',
    '--data <DIR>',
    variables.apiPort,
    `${ports.api}`,
  ]) {
    t.true(output().includes(word), word);
  }
});

test('a child that ends is reported immediately, even if a process it left behind keeps its output open', async t => {
  const processes = createProcesses();
  t.teardown(() => processes.stop());
  processes.start({name: 'A part', program: 'sh', parameters: ['-c', 'sleep 60 & echo broken; exit 3']});
  const stillWaiting = AbortSignal.timeout(30_000);
  await once(AbortSignal.any([processes.failure, stillWaiting]), 'abort');
  const error: unknown = processes.failure.reason;
  t.true(error instanceof ChildEndedError);
  t.is(String(error), 'ChildEndedError: A part ended with status 3. Its last lines:\n  broken');
});
