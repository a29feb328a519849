/** `npm run review`: a pull request's whole comment, made on any machine: boards, rules and the AWS program of then and now. */
import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {checkOut} from '@mcp-observability/dashboards/preview/git-worktree';
import {planColumns} from '../plan/markdown.ts';
import {readProject, stackNames} from '../plan/project.ts';
import {endVerbs, runVerb} from './child-commands.ts';
import {type Part, toComment, toPage} from './comment.ts';
import {compareRules, rulesMarkdown, rulesSummary} from './rule-changes.ts';

const help = `Usage: npm run review -- <git reference> --out DIR [options]

Compares this checkout with a commit and writes what a reviewer wants to know:
  DIR/comment.md   for the pull request: resources, exposure, permissions, cost, rules, boards
  DIR/index.html   the same as a page; DIR/boards has the pictures before and after

  <git reference>  main, HEAD~3, a tag
  --out DIR        where it goes
  --pictures URL   in the comment, pictures are linked to from there rather than by their paths
  --no-boards      leaves out the boards, which need a Chromium
  --no-aws         leaves out the AWS program
  --help           this text

Needs neither AWS nor Docker. Exits 1 when a part could not be made of this checkout.
`;

const now = fileURLToPath(new URL('../..', import.meta.url));

type Request = {
  readonly base: string;
  readonly out: string;
  readonly pictures: string | undefined;
  readonly boards: boolean;
  readonly aws: boolean;
};

/** @throws Error naming the flag, what was expected and what was found. */
const readRequest = (): Request | undefined => {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {
      out: {type: 'string'},
      pictures: {type: 'string'},
      'no-boards': {type: 'boolean', default: false},
      'no-aws': {type: 'boolean', default: false},
      help: {type: 'boolean', short: 'h', default: false},
    },
  });
  if (values.help) return undefined;
  const [base, ...more] = positionals;
  if (base === undefined || more.length > 0)
    throw new Error(`expected one git reference, found ${positionals.join(' ') || 'nothing'}`);
  if (!values.out) throw new Error('--out: expected a folder, found nothing');
  if (values.pictures !== undefined && !URL.canParse(values.pictures))
    throw new Error(`--pictures: expected an address such as https://example.org/7, found ${values.pictures}`);
  return {
    base,
    out: resolve(values.out),
    pictures: values.pictures,
    boards: !values['no-boards'],
    aws: !values['no-aws'],
  };
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const failures: string[] = [];
let interrupted = false;

/** What the earlier tree couldn't do: told, but no failure of this checkout. */
class EarlierTreeError extends Error {
  override readonly name = 'EarlierTreeError';
}

const ofEarlier = <T>(made: Promise<T>): Promise<T> =>
  made.catch((error: unknown) => {
    throw new EarlierTreeError(`At the commit it is compared with: ${reason(error)}`, {cause: error});
  });

/** A part that can't be made costs no other. */
const attempt = async (title: string, make: () => Promise<Part>): Promise<Part> => {
  say(`${title} …`);
  try {
    return await make();
  } catch (error) {
    if (interrupted) throw new Error('interrupted', {cause: error});
    if (!(error instanceof EarlierTreeError)) failures.push(title);
    say(`  ${reason(error)}`);
    return {title, summary: 'could not be compared', details: ['```', reason(error), '```'].join('\n')};
  }
};

type Trees = {readonly earlier: string; readonly scratch: string};

type Generated = {readonly rules: readonly string[]; readonly routing: string};

/** Before there were rules there was no folder for them. */
const generated = async (root: string, folder: string): Promise<Generated> => {
  await runVerb({root, source: 'dashboards/src/generate.ts', parameters: ['--out', folder]});
  const [rules, routing] = [join(folder, 'rules'), join(folder, 'alertmanager.yaml')];
  const files = existsSync(rules) ? (await readdir(rules)).sort() : [];
  return {
    rules: await Promise.all(files.map(file => readFile(join(rules, file), 'utf8'))),
    routing: existsSync(routing) ? await readFile(routing, 'utf8') : '',
  };
};

const reviewRules = async ({earlier, scratch}: Trees): Promise<Part> => {
  const before = await ofEarlier(generated(earlier, join(scratch, 'before')));
  const after = await generated(now, join(scratch, 'after'));
  const changes = compareRules(before.rules, after.rules);
  const routing = before.routing === after.routing ? '' : "Alertmanager's definition changes too.";
  return {
    title: 'Rules and alerts',
    summary: [rulesSummary(changes), routing && 'routing'].filter(Boolean).join('; '),
    details: [...(changes.length > 0 ? [rulesMarkdown(changes)] : []), routing].filter(Boolean).join('\n\n'),
  };
};

const planSource = 'infra/plan/plan-command.ts';

/** The stack as the tree of then plans it, in a file; a stack that it didn't have is empty. */
const planThen = async (stack: string, {earlier, scratch}: Trees): Promise<string> => {
  const path = join(scratch, `${stack}.json`);
  const exists = existsSync(join(earlier, planSource)) && stackNames(readProject(earlier)).includes(stack);
  const text = exists
    ? await ofEarlier(runVerb({root: earlier, source: planSource, parameters: [stack, '--json']}))
    : JSON.stringify({stack, resources: [], outputs: {}, cost: {dollars: 0, lines: []}});
  await writeFile(path, text);
  return path;
};

/** The row of the table that `plan --markdown` prints, and what follows it. */
const reviewStack = async (stack: string, trees: Trees) => {
  const printed = await runVerb({
    root: now,
    source: planSource,
    parameters: [stack, '--against', await planThen(stack, trees), '--markdown'],
  });
  const [, , summary = '', , ...details] = printed.split('\n');
  return {
    row: summary
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map(cell => cell.trim()),
    details: details.join('\n').trim(),
  };
};

const reviewBoards = async ({base, out}: Request): Promise<Part> => {
  const folder = join(out, 'boards');
  await runVerb({
    root: now,
    source: 'dashboards/preview/src/compare-command.ts',
    parameters: [base, '--out', folder],
    onLine: line => say(`  ${line}`),
  });
  // The first two lines are its heading, the third says in a sentence what follows.
  const [, , summary = '', ...details] = (await readFile(join(folder, 'summary.md'), 'utf8')).split('\n');
  return {
    title: 'Boards',
    summary,
    details: details.join('\n').replaceAll(/^### /gm, '#### ').replaceAll('](pictures/', '](boards/pictures/').trim(),
  };
};

const review = async (request: Request): Promise<void> => {
  const scratch = await mkdtemp(join(tmpdir(), 'review-'));
  const tree = await checkOut(request.base).catch(async (error: unknown) => {
    await rm(scratch, {recursive: true});
    throw error;
  });
  try {
    const trees = {earlier: tree.root, scratch};
    await mkdir(request.out, {recursive: true});
    const rows: (readonly string[])[] = [];
    const parts: Part[] = [];
    for (const stack of request.aws ? stackNames(readProject(now)) : [])
      parts.push(
        await attempt(`AWS, ${stack}`, async () => {
          const {row, details} = await reviewStack(stack, trees);
          rows.push(row);
          return {title: `AWS, ${stack}`, summary: '', details};
        }),
      );
    parts.push(await attempt('Rules and alerts', () => reviewRules(trees)));
    if (request.boards) parts.push(await attempt('Boards', () => reviewBoards(request)));
    const made = {base: request.base, commit: tree.commit, parts, stacks: {columns: planColumns, rows}};
    await writeFile(join(request.out, 'comment.md'), toComment(made, request.pictures));
    await writeFile(join(request.out, 'index.html'), await toPage(toComment(made)));
    say(`${join(request.out, 'comment.md')}\n${join(request.out, 'index.html')}`);
  } finally {
    await tree.remove();
    await rm(scratch, {recursive: true, force: true});
  }
};

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    interrupted = true;
    endVerbs();
  });

try {
  const request = readRequest();
  if (request) await review(request);
  else say(help);
  process.exitCode = interrupted ? 130 : failures.length > 0 ? 1 : 0;
} catch (error) {
  process.stderr.write(`review: ${reason(error)}\n`);
  process.exitCode = interrupted ? 130 : 1;
}
