import {existsSync, readFileSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {reasonOf} from '../src/reason.ts';
import {writeText} from '../src/write-text.ts';

test('a file is written with the folders above it', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'write-text-'));
  t.teardown(() => rm(folder, {recursive: true}));
  await writeText(join(folder, 'a/b.txt'), 'text');
  t.is(readFileSync(join(folder, 'a/b.txt'), 'utf8'), 'text');
});

// Every write to this device fails as on a full disk.
(existsSync('/dev/full') ? test : test.skip)('the error about a full disk names the file and the remedy', async t => {
  const error = await t.throwsAsync(writeText('/dev/full', 'text'), {code: 'ENOSPC'});
  t.regex(reasonOf(error), /^ENOSPC: .* \(\/dev\/full\): free some space on that disk/);
});
