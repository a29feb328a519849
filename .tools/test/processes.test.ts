/** Child processes that end without a signal. */
import test, {type ExecutionContext} from 'ava';
import {type ChildEndedError, createProcesses} from '../src/processes.ts';

const children = (t: ExecutionContext) => {
  const processes = createProcesses();
  t.teardown(() => processes.stop());
  return processes;
};

/** Ends itself by a signal, as a process does that is killed. */
const dying = {program: process.execPath, parameters: ['-e', "process.kill(process.pid, 'SIGKILL')"]};

test('a child that the others need ends everything', async t => {
  const {start, failure} = children(t);
  const failed = new Promise(resolve => failure.addEventListener('abort', resolve));
  start({name: 'needed', ...dying});
  await failed;
  t.regex(failure.reason.message, /^needed ended by SIGKILL/);
});

test('a child with its own onEnd ends without stopping the others, and its end is reported', async t => {
  const {start, failure} = children(t);
  const error = await new Promise<ChildEndedError>(resolve => {
    start({name: 'spare', ...dying, onEnd: resolve});
  });
  t.regex(error.message, /^spare ended by SIGKILL/);
  t.false(failure.aborted);
});

test('a child that was started has a process id, one that could not be started has none', t => {
  const {start} = children(t);
  const {pid} = start({name: 'waiting', program: process.execPath, parameters: ['-e', 'setInterval(() => {}, 1000)']});
  t.true(process.kill(pid ?? 0, 0));
  const missing = start({name: 'missing', program: 'no-such-program', parameters: [], onEnd: () => {}});
  t.is(missing.pid, undefined);
});

test('a program that does not exist is reported with its name', async t => {
  const {start, failure} = children(t);
  const failed = new Promise(resolve => failure.addEventListener('abort', resolve));
  start({name: 'missing', program: 'no-such-program', parameters: []});
  await failed;
  t.regex(failure.reason.message, /^missing ended .*no-such-program ENOENT/s);
});
