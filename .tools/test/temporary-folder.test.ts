import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {createTemporaryFolder} from '../src/temporary-folder.ts';

const source = `
  import {createTemporaryFolder} from '@mcp-observability/tools/temporary-folder';
  const {path} = await createTemporaryFolder('left-behind-');
  console.log(path);
  setInterval(() => {}, 1000);`;

test('the folder of a killed process is removed by the next one, that of a running process is not', async t => {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  const left = String(line).trim();
  const foreign = mkdtempSync(join(tmpdir(), 'left-behind-'));
  t.teardown(() => rmSync(foreign, {recursive: true}));

  const first = await createTemporaryFolder('left-behind-');
  t.true(existsSync(left), 'its process runs');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const second = await createTemporaryFolder('left-behind-');
  t.false(existsSync(left), 'its process was killed');
  t.true(existsSync(first.path), 'of this process');
  t.true(existsSync(foreign), 'without an owner in its name');
  await first.remove();
  await second.remove();
  t.false(existsSync(first.path));
});
