/** `npm run preview` as it is typed: help, and misuse. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';

const command = async (args: readonly string[]) => {
  const source = new URL('../src/preview-command.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', source, ...args], {stdio: ['ignore', 'pipe', 'pipe']});
  let [out, err] = ['', ''];
  child.stdout.on('data', chunk => {
    out += String(chunk);
  });
  child.stderr.on('data', chunk => {
    err += String(chunk);
  });
  const [status] = await once(child, 'close');
  return {status, out, err};
};

for (const args of [['-h'], ['--help'], ['serve', '-h'], ['pictures', '--help'], ['compare', '-h']])
  test(`preview ${args.join(' ')} prints the usage`, async t => {
    const {status, out} = await command(args);
    t.is(status, 0);
    t.regex(out, /^Usage: npm run preview --/);
  });

for (const [args, message] of [
  [[], /^expected one of serve, pictures, compare, found nothing\nUsage: /],
  [['pitcures'], /^expected one of serve, pictures, compare, found pitcures\n\(Did you mean pictures\?\)\nUsage: /],
  [['pictures'], /--out.*\nUsage: npm run preview -- pictures/s],
  [['pictures', '--out', 'x', '--width', '10'], /expected an integer from 320 to 4000, found 10/],
  [['pictures', '--out', 'x', '--theme', 'blue'], /--theme: expected one of dark, light, found blue/],
  [['serve', '--prometheus', 'nowhere'], /^--prometheus: expected http:\/\/host:port, found nowhere/],
  [['serve', '--scrape-interval', 'often'], /--scrape-interval: expected a duration such as 15s or 1m, found often/],
  [['serve', '--boards', 'no/such/folder'], /found nothing at no\/such\/folder/],
  [['compare', '--out', 'x'], /missing required argument 'reference'/],
  [
    ['compare', 'no-such-reference', '--out', 'x'],
    /^reference: expected a git reference or a folder, found no-such-reference/,
  ],
] as const)
  test(`preview ${args.join(' ')} is a misuse`, async t => {
    const {status, err} = await command(args);
    t.is(status, 2, err);
    t.regex(err, message);
  });

test('preview pictures --board with a uid that no board has is a misuse', async t => {
  t.timeout(300_000, 'the first run installs packages');
  const folder = await mkdtemp(join(tmpdir(), 'preview-misuse-'));
  t.teardown(() => rm(folder, {recursive: true}));
  await writeFile(join(folder, 'one.json'), JSON.stringify({uid: 'one', title: 'One', panels: []}));
  const args = ['--boards', folder, '--prometheus', 'http://127.0.0.1:1', '--out', folder, '--board', 'two'];
  const {status, err} = await command(['pictures', ...args]);
  t.is(status, 2, err);
  t.is(err, '--board: expected one of one, found two\nUsage: npm run preview -- pictures [options]\n');
});
