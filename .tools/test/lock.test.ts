import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {mkdtemp, readdir, readFile, rm, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {acquireLock, LockedError, type LockWait, requireLock} from '../src/lock.ts';
import {typescriptFlags} from '../src/processes.ts';
import {runToEnd} from '../src/run.ts';

const temporary = async (t: ExecutionContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'lock-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  return folder;
};

const acquire = (path: string, options: Partial<LockWait> = {}) =>
  acquireLock(path, {activity: 'is installing', report: () => {}, ...options});

const abandoned = test.macro(async (t, content: string) => {
  const path = join(await temporary(t), 'lock');
  await writeFile(path, content);
  const release = await acquire(path, {signal: AbortSignal.timeout(60_000)});
  t.is(JSON.parse(await readFile(path, 'utf8')).pid, process.pid);
  release();
  t.false(existsSync(path));
});
test('an empty lock is replaced', abandoned, '');
test('a lock with only a process id is replaced', abandoned, '1');
test('a lock of a process that has ended is replaced', abandoned, '{"pid":4194304,"startedAt":"1","token":"a"}');
if (process.platform === 'linux')
  test(
    'a lock of an earlier process with the same id is replaced',
    abandoned,
    JSON.stringify({pid: process.pid, startedAt: '1', token: 'a'}),
  );

/** A lock of a process that this one can't see: one of another container, or from before the machine started. */
const unseen = async (t: ExecutionContext, age: 'new' | 'old') => {
  const path = join(await temporary(t), 'lock');
  await writeFile(path, JSON.stringify({pid: 4_194_304, startedAt: '1', token: 'a', boot: 'another', namespace: '1'}));
  if (age === 'old') await utimes(path, new Date(0), new Date(0));
  return path;
};

test('a lock of a process of another container is kept while it is updated', async t => {
  await t.throwsAsync(
    requireLock(await unseen(t, 'new'), ({pid}) => `held by ${pid}`),
    {message: 'held by 4194304'},
  );
});

test('a lock of another container that is not updated is replaced', async t => {
  const path = await unseen(t, 'old');
  (await requireLock(path, () => ''))();
  t.false(existsSync(path));
});

test('an old lock is kept if its process, which was suspended, updates it again', async t => {
  const path = await unseen(t, 'old');
  const required = requireLock(path, () => 'held');
  await utimes(path, new Date(), new Date());
  await t.throwsAsync(required, {message: 'held'});
});

if (process.platform === 'linux')
  test('a lock of a running process is kept, however old it is', async t => {
    const path = join(await temporary(t), 'lock');
    const release = await acquire(path);
    await utimes(path, new Date(0), new Date(0));
    await t.throwsAsync(
      requireLock(path, () => 'held'),
      {message: 'held'},
    );
    const waiting = new AbortController();
    const acquired = acquire(path, {
      signal: waiting.signal,
      report: () => {
        waiting.abort(new Error('waited'));
      },
    });
    await t.throwsAsync(acquired, {code: 'ABORT_ERR'});
    release();
  });

test('of several processes that find the same abandoned lock, only one gets it', async t => {
  const path = join(await temporary(t), 'lock');
  // Each round leaves an abandoned lock to the others. Only one process may be between the two lines of the marker.
  const source = `
    import {renameSync, rmSync, writeFileSync} from 'node:fs';
    import {acquireLock} from '@mcp-observability/tools/lock';
    const [path] = process.argv.slice(-1);
    let left = 150;
    for (; left > 0; left -= 1) {
      await acquireLock(path, {activity: 'runs', report: () => {}});
      writeFileSync(path + '-marker', '', {flag: 'wx'});
      rmSync(path + '-marker');
      writeFileSync(path + process.pid, JSON.stringify({pid: 4194304, startedAt: '1', token: process.pid + '-' + left}));
      renameSync(path + process.pid, path);
    }
    process.exit();`;
  const parameters = [...typescriptFlags, '--input-type=module', '--eval', source, '--', path];
  const ended = await Promise.all(
    [1, 2, 3].map(() => runToEnd(process.execPath, parameters, {cwd: import.meta.dirname})),
  );
  t.deepEqual(
    ended.map(({status, stderr}) => ({status, stderr})),
    ended.map(() => ({status: 0, stderr: ''})),
  );
});

test('a claim that a killed process left does not block the lock', async t => {
  const path = join(await temporary(t), 'lock');
  const dead = (token: string) => JSON.stringify({pid: 4_194_304, startedAt: '1', token});
  await writeFile(path, dead('a'));
  await writeFile(`${path}.a`, dead('b'));
  (await requireLock(path, () => ''))();
  t.deepEqual(await readdir(join(path, '..')), []);
});

test('a waiting process logs the holder, and continues when the lock is released', async t => {
  const path = join(await temporary(t), 'lock');
  const release = await acquire(path);
  const reports: string[] = [];
  const waiting = acquire(path, {
    report: line => {
      reports.push(line);
      release();
    },
  });
  (await waiting)();
  t.is(reports.length, 1);
  t.regex(reports[0] ?? '', new RegExp(`^Waiting for process ${process.pid}, which is installing`));
});

test('only one of several concurrent callers gets the lock', async t => {
  const path = join(await temporary(t), 'lock');
  await writeFile(path, '');
  let holders = 0;
  let maxHolders = 0;
  const use = async () => {
    const release = await acquire(path);
    holders += 1;
    maxHolders = Math.max(maxHolders, holders);
    await new Promise(done => setImmediate(done));
    holders -= 1;
    release();
  };
  await Promise.all(Array.from({length: 4}, use));
  t.is(maxHolders, 1);
});

test('a lock that another process holds is an error that identifies the process', async t => {
  const path = join(await temporary(t), 'lock');
  const release = await requireLock(path, () => '');
  const error = await t.throwsAsync(
    requireLock(path, ({pid, since}) => `held by ${pid} since ${since}`),
    {
      instanceOf: LockedError,
      code: 'ERR_LOCKED',
    },
  );
  t.regex(error?.message ?? '', new RegExp(`^held by ${process.pid} since \\d{4}-\\d\\d-\\d\\dT`));
  release();
  (await requireLock(path, () => ''))();
});

test('a lock is free after its holder was killed', async t => {
  const path = join(await temporary(t), 'lock');
  const source = `
    import {requireLock} from '@mcp-observability/tools/lock';
    await requireLock(process.argv[1], () => '');
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source, '--', path], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await t.throwsAsync(
    requireLock(path, ({pid}) => String(pid)),
    {message: String(child.pid)},
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.true(existsSync(path));
  (await requireLock(path, () => ''))();
  t.false(existsSync(path));
});

if (process.platform === 'linux')
  test('a lock is free after its holder was killed, although no process waited for its exit', async t => {
    const path = join(await temporary(t), 'lock');
    // The shell becomes a program that never waits for the child it inherits.
    const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'], {stdio: ['ignore', 'pipe', 'inherit']});
    t.teardown(() => parent.kill('SIGKILL'));
    const [printed] = await once(parent.stdout, 'data');
    const pid = Number(printed);
    const state = async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ');
    const startedAt = (await state())?.[19];
    await writeFile(path, JSON.stringify({pid, startedAt, token: 'a'}));
    await t.throwsAsync(
      requireLock(path, holder => String(holder.pid)),
      {message: String(pid)},
    );
    process.kill(pid, 'SIGKILL');
    while ((await state())?.[0] !== 'Z') await new Promise(done => setImmediate(done));
    (await requireLock(path, () => ''))();
    t.false(existsSync(path));
  });
