import {execFile} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test from 'ava';
import {artefacts} from '../src/artefacts.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const generate = (...parameters: string[]) =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', 'dashboards/src/generate.ts', ...parameters], {cwd: root});

test('npm run generate writes exactly the generated files to the output folder', async t => {
  const out = await mkdtemp(path.join(tmpdir(), 'generate-'));
  t.teardown(() => rm(out, {recursive: true}));
  const {stdout} = await generate('--out', out);
  const files = (await readdir(out, {recursive: true, withFileTypes: true})).filter(entry => entry.isFile());
  t.is(files.length, artefacts().size);
  // Relative to here, the path of a folder elsewhere would start with `..`.
  t.deepEqual(
    stdout.trim().split('\n'),
    [...artefacts().keys()].map(name => path.join(out, name)),
  );
  for (const [name, text] of artefacts()) {
    t.is(await readFile(path.join(out, name), 'utf8'), text);
  }
});

test('npm run generate --help prints the usage', async t => {
  const {stdout} = await generate('--help');
  t.regex(stdout, /^Usage: npm run generate/);
});

test('npm run generate rejects unknown options and prints the usage', async t => {
  const error = await t.throwsAsync<Error & {code: number; stderr: string}>(generate('--dir', 'x'));
  t.is(error?.code, 2);
  t.regex(error?.stderr ?? '', /'--dir'\nUsage: npm run generate/);
});

test('npm run generate --job --no-collector writes files for another job and without the collector', async t => {
  const out = await mkdtemp(path.join(tmpdir(), 'generate-'));
  t.teardown(() => rm(out, {recursive: true}));
  await generate('--out', out, '--job', 'gateway', '--no-collector');
  for (const [name, text] of artefacts({job: 'gateway', collector: false}))
    t.is(await readFile(path.join(out, name), 'utf8'), text);
});

test('npm run generate rejects a job name that Grafana would read as a variable', async t => {
  const error = await t.throwsAsync<Error & {code: number; stderr: string}>(generate('--job', '$job'));
  t.is(error?.code, 2);
  t.regex(error?.stderr ?? '', /^--job: expected a job name of .*, found "\$job"\n/);
});
