import {execFile} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {ensureInstalled, previewFolder, repository} from '../../src/preview/install.ts';
import {startChecker} from '../src/live-boards.ts';

test('the preview compiles against Grafana’s own types', async t => {
  t.timeout(300_000, 'the first run installs packages');
  await ensureInstalled(console.log);
  const compiler = join(repository, 'node_modules/.bin/tsc');
  await t.notThrowsAsync(
    promisify(execFile)(compiler, ['--noEmit', '--project', previewFolder]).catch(error => {
      throw new Error(error.stdout || error.message);
    }),
  );
});

test('each request to the compiler gets its own response, for the sources at that time', async t => {
  const root = mkdtempSync(join(tmpdir(), 'checked-'));
  t.teardown(() => rmSync(root, {recursive: true}));
  writeFileSync(join(root, 'tsconfig.json'), '{"compilerOptions": {"strict": true, "types": [], "lib": ["es5"]}}');
  mkdirSync(join(root, 'dashboards/src'), {recursive: true});
  const source = join(root, 'dashboards/src/board.ts');
  writeFileSync(source, 'export const title: string = "A";\n');
  const checker = startChecker(root);
  t.teardown(() => checker.stop());
  const [first, second] = await Promise.all([checker.check(), checker.check()]);
  t.deepEqual([first, second], [[], []]);
  t.not(first, second);
  writeFileSync(source, '\nexport const title: string = 1;\n');
  const [problem] = await checker.check();
  t.like(problem, {kind: 'types', file: 'dashboards/src/board.ts', line: 2});
});
