/** Every script of package.json and every subcommand as it is typed: help, misuse. A new one is covered when it is added. */
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

/** The subcommands that are separate programs; those of the other scripts share one program. */
const subprograms: Readonly<Record<string, readonly string[]>> = {
  check: ['engine', 'collector', 'soak', 'fuzz'],
  smoke: ['aws'],
};

const commands = Object.keys(scripts).flatMap(script => [
  {script, sub: []},
  ...(subprograms[script] ?? []).map(name => ({script, sub: [name]})),
]);

for (const {script, sub} of commands) {
  const command = [`${typed(script)} --`, ...sub].join(' ');
  test.serial(`${command} -h prints the usage`, async t => {
    for (const flag of ['-h', '--help']) {
      const {status, stdout, stderr} = await run(script, ...sub, flag);
      t.is(status, 0, stderr);
      t.true(stdout.startsWith(`Usage: ${command} `), stdout);
      t.regex(stdout, /^ {2}-h, --help +show this help$/m);
      t.is(stderr, '');
    }
  });

  test.serial(`${command} --nosuch is a misuse`, async t => {
    const {status, stdout, stderr} = await run(script, ...sub, '--nosuch');
    t.is(status, 2, stderr);
    t.regex(stderr, new RegExp(`^unknown option '--nosuch'\\nUsage: ${command} `));
    t.notRegex(stderr, /^ +at /m);
    t.is(stdout, '');
  });
}

test('the list of subprograms is complete', async t => {
  for (const [script, names] of Object.entries(subprograms)) {
    const {stdout} = await run(script, '-h');
    for (const name of names) t.regex(stdout, new RegExp(`^  ${name} `, 'm'));
  }
});

test('the scripts are few', t => {
  t.true(Object.keys(scripts).length <= 15);
});
