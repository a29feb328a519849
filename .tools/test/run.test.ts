import test from 'ava';
import {ProgramError, run, runToEnd} from '../src/run.ts';

const node = (source: string): [string, string[]] => [process.execPath, ['--eval', source]];

test('run passes the input to the program and resolves to its output', async t => {
  const {stdout, stderr} = await run(...node("process.stdin.pipe(process.stdout); console.error('and this')"), {
    input: 'hello',
  });
  t.is(stdout, 'hello');
  t.is(stderr, 'and this');
});

test('a status other than 0 is an error with the last line of its standard error', async t => {
  const error = await t.throwsAsync(run(...node("console.error('why'); process.exitCode = 3")), {
    instanceOf: ProgramError,
    code: 'ERR_PROGRAM',
  });
  t.is(error?.message, `${process.execPath} --eval: why`);
  t.is(error?.status, 3);
});

test('runToEnd resolves to any status', async t => {
  t.like(await runToEnd(...node('process.exitCode = 3')), {status: 3, stdout: '', stderr: ''});
});

test('a program that does not exist is reported by name', async t => {
  await t.throwsAsync(runToEnd('no-such-program', []), {instanceOf: ProgramError, message: /no-such-program.*ENOENT/});
});

test('the program gets only the configured environment', async t => {
  const {stdout} = await run(...node("process.stdout.write([process.env.HOME, process.env.ONE].join(' '))"), {
    env: {ONE: '1'},
  });
  t.is(stdout, ' 1');
});

test('a signal and the time limit end the program', async t => {
  const controller = new AbortController();
  const ended = runToEnd(...node('setInterval(() => {}, 1000)'), {signal: controller.signal});
  controller.abort(new Error('enough'));
  const error = await t.throwsAsync(ended, {instanceOf: ProgramError});
  t.is((error?.cause as Error | undefined)?.message, 'enough'); // the reason given to abort
  t.is((await runToEnd(...node('setInterval(() => {}, 1000)'), {timeoutMs: 200})).status, undefined);
});

test('the time limit holds for a program whose own child keeps its output open', async t => {
  const source = `
    const {spawn} = require('node:child_process');
    console.log(spawn(process.execPath, ['--eval', 'setTimeout(() => {}, 60_000)'], {stdio: 'inherit'}).pid);`;
  const {timedOut, stdout} = await runToEnd(...node(source), {timeoutMs: 2_000});
  t.true(timedOut);
  t.true(process.kill(Number(stdout), 'SIGKILL')); // it still runs
});
