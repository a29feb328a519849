import test from 'ava';
import {startGroup} from '../src/process-group.ts';

test('the lines of both streams arrive before the end, which has the status', async t => {
  const lines: string[] = [];
  const {ended} = startGroup('sh', ['-c', 'echo one; echo two >&2; printf three; exit 4'], {
    onLine: (line, stream) => lines.push(`${stream}: ${line}`),
  });
  t.is(await ended, 4);
  t.deepEqual(lines.sort(), ['stderr: two', 'stdout: one', 'stdout: three']);
});

test('what the child leaves behind ends with it', async t => {
  const {ended} = startGroup('sh', ['-c', 'sleep 600 & echo started']);
  t.is(await ended, 0); // the sleep holds the output open
});

test('a signal ends the whole group', async t => {
  const group = startGroup('sh', ['-c', 'sleep 600 & echo ready; wait'], {onLine: () => group.signal('SIGTERM')});
  t.is(await group.ended, undefined);
});

test('a program that does not exist is an error', async t => {
  await t.throwsAsync(startGroup('no-such-program', []).ended, {code: 'ENOENT'});
});
