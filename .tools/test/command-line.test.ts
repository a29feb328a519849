import {spawnSync} from 'node:child_process';
import test from 'ava';

const source = (body: string): string => `
  import {createProgram, runProgram, UsageError, integerOption} from '@mcp-observability/tools/command-line';
  const program = createProgram('npm run demo --', 'Shows how programs behave.')
    .option('--count <n>', 'how many', integerOption({min: 1, max: 3}), 1)
    .action(async ({count}) => { ${body} });
  await runProgram(program, process.argv.slice(1));
`;

const run = (body: string, ...args: string[]) => {
  const {status, stdout, stderr} = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', source(body), '--', ...args],
    {encoding: 'utf8', cwd: import.meta.dirname},
  );
  return {status, stdout, stderr};
};

for (const flag of ['-h', '--help'])
  test(`${flag} prints the usage and exits with 0`, t => {
    const {status, stdout} = run('', flag);
    t.is(status, 0);
    t.regex(stdout, /^Usage: npm run demo -- \[options\]/);
  });

for (const args of [['--nonsense'], ['--count', '7'], ['--count'], ['one-too-many']])
  test(`misuse exits with 2 and the usage line: ${args.join(' ')}`, t => {
    const {status, stderr} = run('', ...args);
    t.is(status, 2, stderr);
    t.regex(stderr, /\nUsage: npm run demo -- \[options\]\n$/);
    t.notRegex(stderr, /at file:/);
  });

test('a usage error of the action exits with 2', t => {
  const {status, stderr} = run("throw new UsageError('--count: expected less than --most, found more');");
  t.is(status, 2);
  t.regex(stderr, /^--count: expected less than --most, found more\nUsage: /);
});

test('an error with a code is one line, a defect shows its stack', t => {
  const known = run("throw Object.assign(new Error('no such stack'), {code: 'ERR_PLAN'});");
  t.is(known.status, 1);
  t.is(known.stderr, 'no such stack\n');
  const defect = run('null.property;');
  t.is(defect.status, 1);
  t.regex(defect.stderr, /TypeError[\s\S]*at /);
});

test('a reader that closes the pipe is not an error', t => {
  const {status, stderr} = spawnSync(
    'sh',
    [
      '-c',
      `"${process.execPath}" --import tsx --input-type=module --eval "$0" | head -n 1`,
      source("for (let i = 0; i < 1e5; i++) console.log('line');"),
    ],
    {encoding: 'utf8', cwd: import.meta.dirname},
  );
  t.is(status, 0);
  t.is(stderr, '');
});
