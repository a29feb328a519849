/** Every script of package.json as it is typed: help, misuse. A new script is covered when it is added. */
import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';

const root = fileURLToPath(new URL('../..', import.meta.url));
const {scripts}: {scripts: Readonly<Record<string, string>>} = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);

const env = {...process.env, PATH: [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter)};

/** Runs a script with the shell and the programs that npm gives it. */
const run = (script: string, ...parameters: readonly string[]) =>
  new Promise<{status: number | null; stdout: string; stderr: string}>((resolve, reject) => {
    const child = spawn('sh', ['-c', `${scripts[script]} "$@"`, 'sh', ...parameters], {cwd: root, env});
    const [stdout, stderr]: [string[], string[]] = [[], []];
    child.stdout.setEncoding('utf8').on('data', (text: string) => stdout.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.push(text));
    child.once('error', reject);
    child.once('close', status => resolve({status, stdout: stdout.join(''), stderr: stderr.join('')}));
  });

const typed = (script: string): string => (['start', 'test'].includes(script) ? `npm ${script}` : `npm run ${script}`);

for (const script of Object.keys(scripts)) {
  test.serial(`${typed(script)} -- -h prints the usage`, async t => {
    const {status, stdout, stderr} = await run(script, '-h');
    t.is(status, 0, stderr);
    t.true(stdout.startsWith(`Usage: ${typed(script)} -- `), stdout);
    t.regex(stdout, /^ {2}-h, --help +show this help$/m);
    t.is(stderr, '');
  });

  test.serial(`${typed(script)} -- --nosuch is a misuse`, async t => {
    const {status, stdout, stderr} = await run(script, '--nosuch');
    t.is(status, 2, stderr);
    t.regex(stderr, new RegExp(`^unknown option '--nosuch'\\nUsage: ${typed(script)} -- `));
    t.notRegex(stderr, /^ +at /m);
    t.is(stdout, '');
  });
}

test('the scripts are few', t => {
  t.true(Object.keys(scripts).length <= 20);
});
