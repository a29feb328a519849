import {spawnSync} from 'node:child_process';
import test from 'ava';

const source = (body: string): string => `
  import {createProgram, runProgram, UsageError, integerOption} from '@mcp-observability/tools/command-line';
  const program = createProgram('npm run demo --', 'Shows how programs behave.')
    .option('--count <n>', 'how many', integerOption({min: 1, max: 3}), 1)
    .action(async ({count}) => { ${body} });
  await runProgram(program, process.argv.slice(1));
`;

const runSource = (text: string, args: readonly string[]) => {
  const {status, stdout, stderr} = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', text, '--', ...args],
    {encoding: 'utf8', cwd: import.meta.dirname},
  );
  return {status, stdout, stderr};
};

const run = (body: string, ...args: string[]) => runSource(source(body), args);

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

const sourceOfTexts = `
  import {createProgram, runProgram} from '@mcp-observability/tools/command-line';
  const program = createProgram('npm run demo --', 'Shows how empty values are rejected.')
    .argument('[files...]').option('--json <file>').option('--match <titles...>').action(() => console.log('ran'));
  await runProgram(program, process.argv.slice(1));
`;
for (const [args, name] of [
  [['--json', ''], '--json'],
  [['--json='], '--json'],
  [['--match', 'a', ''], '--match'],
  [['a', ''], 'files'],
] as const)
  test(`an empty value is misuse: ${args.map(arg => JSON.stringify(arg)).join(' ')}`, t => {
    const {status, stdout, stderr} = runSource(sourceOfTexts, args);
    t.is(stderr, `${name}: expected a value, found nothing\nUsage: npm run demo -- [options] [files...]\n`);
    t.is(stdout, '');
    t.is(status, 2);
  });

const subcommands = `
  import {createProgram, runProgram} from '@mcp-observability/tools/command-line';
  const program = createProgram('npm run demo --', 'Shows how subcommands behave.');
  program.command('draw').requiredOption('--out <dir>', 'where to').action(() => {});
  program.command('compare').argument('<reference>').action(() => {});
  await runProgram(program, process.argv.slice(1));
`;
for (const [args, message] of [
  [[], 'expected one of draw, compare, found nothing\nUsage: npm run demo -- [options] [command]\n'],
  [[''], 'expected one of draw, compare, found nothing\nUsage: npm run demo -- [options] [command]\n'],
  [
    ['drew'],
    'expected one of draw, compare, found drew\n(Did you mean draw?)\nUsage: npm run demo -- [options] [command]\n',
  ],
  [['draw'], '--out: expected a value, found nothing\nUsage: npm run demo -- draw [options]\n'],
  [['draw', '--oat', 'x'], "unknown option '--oat'\n(Did you mean --out?)\nUsage: npm run demo -- draw [options]\n"],
  [['compare'], "missing required argument 'reference'\nUsage: npm run demo -- compare [options] <reference>\n"],
] as const)
  test(`a subcommand is named with its own usage: demo ${JSON.stringify(args)}`, t => {
    const {status, stderr} = runSource(subcommands, args);
    t.is(stderr, message);
    t.is(status, 2);
  });

test('the option that was probably meant is named', t => {
  const {status, stderr} = run('', '--cont', '2');
  t.is(status, 2);
  t.regex(stderr, /^unknown option '--cont'\n\(Did you mean --count\?\)\nUsage: /);
});

test("an option's problem has the form of every other: name, expected, found", t => {
  t.regex(run('', '--count', '7').stderr, /^--count: expected an integer from 1 to 3, found 7\n/);
  t.regex(run('', '--count').stderr, /^--count: expected a value, found nothing\n/);
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
