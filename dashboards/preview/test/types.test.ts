import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {ensureInstalled, previewFolder, repository} from '../src/install.ts';

test('the preview compiles against Grafana’s own types', async t => {
  t.timeout(300_000, 'the first run installs packages');
  await ensureInstalled(console.log);
  const compiler = join(repository, 'node_modules/typescript/bin/tsc');
  await t.notThrowsAsync(
    promisify(execFile)(process.execPath, [compiler, '--noEmit', '--project', previewFolder]).catch(error => {
      throw new Error(error.stdout);
    }),
  );
});
