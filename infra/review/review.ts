/** Makes the review: metrics, rules, boards and the AWS program of a commit, compared with this checkout's. */
import {existsSync} from 'node:fs';
import {mkdir, readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {addWorktree} from '@mcp-observability/dashboards/preview/git-worktree';
import {reasonOf} from '@mcp-observability/tools/reason';
import {createTemporaryFolder} from '@mcp-observability/tools/temporary-folder';
import {writeText} from '@mcp-observability/tools/write-text';
import {InfraError} from '../infra-error.ts';
import {planColumns, planDetails, planRow} from '../plan/markdown.ts';
import {readProject, stackNames} from '../plan/project.ts';
import {type CostedPlan, comparePlans} from '../plan/report-diff.ts';
import {compareCosts, costDangers, costDetails, costSummary, measureCosts} from './board-costs.ts';
import {boardDangers} from './board-dangers.ts';
import {runProgramIn} from './child-commands.ts';
import {type Part, type Review, toComment, toPage} from './comment.ts';
import {type Catalogue, catalogueDangers, catalogueSummary} from './contract-dangers.ts';
import {type Danger, mergeStacks} from './danger.ts';
import {planDangers} from './plan-dangers.ts';
import {routingDangers} from './routing-dangers.ts';
import {compareRules, expressionsOf, rulesMarkdown, rulesSummary} from './rule-changes.ts';
import {ruleDangers} from './rule-dangers.ts';

export type ReviewRequest = {
  /** The git reference that this checkout is compared with. */
  readonly base: string;
  /** The folder for the review, as an absolute path. */
  readonly out: string;
  /** Address at which the pictures are published. */
  readonly pictures: string | undefined;
  readonly boards: boolean;
  readonly aws: boolean;
  readonly report: (line: string) => void;
  readonly isInterrupted: () => boolean;
};

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** The earlier tree failed: the comment reports that, and this checkout is not to blame. */
class EarlierTreeError extends InfraError {
  override readonly name = 'EarlierTreeError';
  readonly code = 'ERR_EARLIER_TREE';
}

/** The review was interrupted while a part was being created. */
class ReviewInterruptedError extends InfraError {
  override readonly name = 'ReviewInterruptedError';
  readonly code = 'ERR_REVIEW_INTERRUPTED';
}

const inEarlierTree = <T>(promise: Promise<T>): Promise<T> =>
  promise.catch((error: unknown) => {
    throw new EarlierTreeError(`At the commit it is compared with: ${reasonOf(error)}`, {cause: error});
  });

/** A part of the comment with its warnings. */
type Section = {readonly part: Part; readonly dangers: readonly Danger[]};

/** The two trees, and a folder for what they generate. */
type Trees = {readonly earlier: string; readonly scratch: string};

type Generated = {readonly rules: readonly string[]; readonly routing: string; readonly boards: readonly string[]};

const textsIn = async (folder: string): Promise<readonly string[]> =>
  existsSync(folder)
    ? Promise.all((await readdir(folder)).sort().map(file => readFile(join(folder, file), 'utf8')))
    : [];

const generated = async (root: string, folder: string): Promise<Generated> => {
  await runProgramIn({root, source: 'dashboards/src/generate.ts', parameters: ['--out', folder]});
  const routing = join(folder, 'alertmanager.yaml');
  return {
    rules: await textsIn(join(folder, 'rules')),
    routing: existsSync(routing) ? await readFile(routing, 'utf8') : '',
    boards: await textsIn(join(folder, 'dashboards')),
  };
};

const catalogueSource = 'metrics-service/src/catalogue.ts';
const catalogueProgram = fileURLToPath(new URL('print-catalogue.ts', import.meta.url));

/** Empty where the tree has no catalogue. */
const catalogueOf = async (root: string): Promise<Catalogue> =>
  existsSync(join(root, catalogueSource))
    ? JSON.parse(await runProgramIn({root, source: catalogueProgram, parameters: [join(root, catalogueSource)]}))
    : [];

const reviewRules = async ({earlier, scratch}: Trees): Promise<Section> => {
  const before = await inEarlierTree(generated(earlier, join(scratch, 'before')));
  const after = await generated(checkout, join(scratch, 'after'));
  const labelNames = new Set((await catalogueOf(checkout)).flatMap(({labels}) => Object.keys(labels)));
  const changes = compareRules(before.rules, after.rules);
  const routing = before.routing === after.routing ? '' : "Alertmanager's definition changes too.";
  return {
    part: {
      title: 'Rules and alerts',
      summary: [rulesSummary(changes), routing && 'routing'].filter(Boolean).join('; '),
      details: [...(changes.length > 0 ? [rulesMarkdown(changes)] : []), routing].filter(Boolean).join('\n\n'),
    },
    dangers: [
      ...ruleDangers(changes, expressionsOf(after)),
      ...routingDangers(before.routing, after.routing),
      ...boardDangers(before.boards, after.boards, label => labelNames.has(label)),
    ],
  };
};

const reviewMetrics = async ({earlier}: Trees): Promise<Section> => {
  const before = await inEarlierTree(catalogueOf(earlier));
  const after = await catalogueOf(checkout);
  return {
    part: {title: 'Exposed metrics', summary: catalogueSummary(before, after), details: ''},
    dangers: before.length === 0 ? [] : catalogueDangers(before, after),
  };
};

/** Where the plan's program is and was: an earlier tree may have it under its former name. */
const planSources = ['infra/plan/plan-command.ts', 'infra/plan/main.ts'];

const planIn = async (root: string, stack: string): Promise<CostedPlan> => {
  const source = planSources.find(path => existsSync(join(root, path)));
  const exists = source !== undefined && stackNames(readProject(root)).includes(stack);
  return exists
    ? JSON.parse(await runProgramIn({root, source, parameters: [stack, '--json']}))
    : {stack, resources: [], outputs: {}, cost: {dollars: 0, lines: []}};
};

type StackSection = Section & {readonly row: readonly string[]};

const reviewStack = async (stack: string, {earlier}: Trees): Promise<StackSection> => {
  const before = await inEarlierTree(planIn(earlier, stack));
  const after = await planIn(checkout, stack);
  const comparison = comparePlans(before, after);
  return {
    part: {title: `AWS, ${stack}`, summary: '', details: planDetails(comparison)},
    dangers: planDangers(before, after),
    row: planRow(comparison),
  };
};

const reviewBoards = async ({base, out, report}: ReviewRequest): Promise<Section> => {
  const folder = join(out, 'boards');
  await runProgramIn({
    root: checkout,
    source: 'dashboards/preview/src/preview-command.ts',
    parameters: ['compare', base, '--out', folder],
    onLine: line => report(`  ${line}`),
  });
  // The first two lines are its heading, the third introduces in a sentence what follows.
  const [, , summary = '', ...details] = (await readFile(join(folder, 'summary.md'), 'utf8')).split('\n');
  return {
    part: {
      title: 'Boards',
      summary,
      details: details.join('\n').replaceAll(/^### /gm, '#### ').replaceAll('](pictures/', '](boards/pictures/').trim(),
    },
    dangers: [],
  };
};

const boardsIn = async (folder: string) => (await textsIn(join(folder, 'dashboards'))).map(text => JSON.parse(text));

/** Reads the boards that `reviewRules` generated. Each side is measured on traffic of its sources. */
const reviewCosts = async ({base, report}: ReviewRequest, {earlier, scratch}: Trees): Promise<Section> => {
  report(`  before, at ${base}:`);
  const before = await inEarlierTree(measureCosts(earlier, await boardsIn(join(scratch, 'before'))));
  report('  after, in this checkout:');
  const changes = compareCosts(before, await measureCosts(checkout, await boardsIn(join(scratch, 'after'))));
  return {
    part: {title: 'Cost of the boards', summary: costSummary(changes), details: costDetails(changes)},
    dangers: costDangers(changes),
  };
};

/** Creates the sections one by one. A failed section does not affect the others. */
const makeSections = async (request: ReviewRequest, trees: Trees) => {
  const failed: string[] = [];
  const parts: Part[] = [];
  const rows: (readonly string[])[] = [];
  const dangers: Danger[] = [];
  const perStack = new Map<string, readonly Danger[]>();
  const attempt = async <S extends Section>(title: string, make: () => Promise<S>): Promise<S | undefined> => {
    request.report(`${title} …`);
    try {
      const section = await make();
      parts.push(section.part);
      return section;
    } catch (error) {
      if (request.isInterrupted()) throw new ReviewInterruptedError('The review was interrupted', {cause: error});
      if (!(error instanceof EarlierTreeError)) failed.push(title);
      request.report(`  ${reasonOf(error)}`);
      parts.push({title, summary: 'could not be compared', details: ['```', reasonOf(error), '```'].join('\n')});
      return undefined;
    }
  };
  for (const stack of request.aws ? stackNames(readProject(checkout)) : []) {
    const section = await attempt(`AWS, ${stack}`, () => reviewStack(stack, trees));
    if (section === undefined) continue;
    rows.push(section.row);
    perStack.set(stack, section.dangers);
  }
  dangers.push(...((await attempt('Exposed metrics', () => reviewMetrics(trees)))?.dangers ?? []));
  dangers.push(...((await attempt('Rules and alerts', () => reviewRules(trees)))?.dangers ?? []));
  if (request.boards) {
    dangers.push(...((await attempt('Cost of the boards', () => reviewCosts(request, trees)))?.dangers ?? []));
    await attempt('Boards', () => reviewBoards(request));
  }
  return {failed, parts, rows, dangers: [...mergeStacks(perStack), ...dangers]};
};

/** Writes comment.md and index.html. @returns the titles of the parts that could not be made of this checkout */
export const review = async (request: ReviewRequest): Promise<readonly string[]> => {
  // An unknown reference fails here, before anything is made.
  const tree = await addWorktree(request.base);
  const scratch = await createTemporaryFolder('review-');
  try {
    await mkdir(request.out, {recursive: true});
    const {failed, parts, rows, dangers} = await makeSections(request, {earlier: tree.root, scratch: scratch.path});
    const result: Review = {
      base: request.base,
      commit: tree.commit,
      dangers,
      parts,
      stacks: {columns: planColumns, rows},
    };
    await writeText(join(request.out, 'comment.md'), toComment(result, request.pictures));
    await writeText(join(request.out, 'index.html'), await toPage(result));
    request.report(`${join(request.out, 'comment.md')}\n${join(request.out, 'index.html')}`);
    return failed;
  } finally {
    await tree.remove();
    await scratch.remove();
  }
};
