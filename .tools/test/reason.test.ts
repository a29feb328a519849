import {writeFileSync} from 'node:fs';
import test from 'ava';
import {reasonOf} from '../src/reason.ts';
import {TimeoutError, waitFor} from '../src/wait.ts';

test('a full disk is named with its path and a remedy', t => {
  const error = t.throws(() => writeFileSync('/dev/full', 'x'));
  t.regex(reasonOf(error), /^ENOSPC: no space left on device, write.*: free some space on that disk, or set TMPDIR/);
});

test('a failed fetch gives the reason of its cause', async t => {
  const error = await t.throwsAsync(fetch('http://127.0.0.1:1/'));
  t.regex(reasonOf(error), /ECONNREFUSED|bad port/);
});

test('waiting resolves to the result, or rejects with the condition and the last reason', async t => {
  let probes = 0;
  t.is(await waitFor('three', () => (++probes === 3 ? 'third' : undefined), {intervalMs: 1}), 'third');
  const error = await t.throwsAsync(
    waitFor('a rainbow', () => Promise.reject(new Error('no sun')), {timeoutMs: 5, intervalMs: 1}),
    {instanceOf: TimeoutError},
  );
  t.regex(error.message, /^waited 0\.005s for a rainbow \(no sun\)$/);
});
