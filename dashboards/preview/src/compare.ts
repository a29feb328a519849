/** `npm run preview -- compare`: the boards before and after, as text and screenshots. */
import {existsSync} from 'node:fs';
import {mkdir, writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {UsageError} from '@mcp-observability/tools/command-line';
import {exitWhenInterrupted} from '@mcp-observability/tools/temporary-folder';
import {addWorktree, requireReference} from '../../src/preview/git-worktree.ts';
import {ensureInstalled, repository} from '../../src/preview/install.ts';
import type {BoardChange, PanelChange} from './board-diff.ts';
import type {Boards} from './board-store.ts';
import {report} from './command-options.ts';
import type {Pictured, Pictures} from './comparison-report.ts';
import {requireBoards} from './require-boards.ts';
import type {Mark, Screenshots} from './screenshot.ts';

export type CompareOptions = {
  readonly out: string;
  readonly theme: 'dark' | 'light';
  /** Pixels. */
  readonly width: number;
  /** The boards after: a folder of dashboard JSON, or one file. @default the boards of this repository */
  readonly boards?: string | undefined;
  /** Queried for both sides. @default one hour of simulated traffic of each */
  readonly prometheus?: URL | undefined;
  /** Milliseconds. */
  readonly scrapeInterval: number;
};

/** Stops what was started, in reverse order. */
type Undo = (() => Promise<void>)[];

/** The program that builds the boards of a tree. */
const generator = 'dashboards/src/artefacts.ts';

type Side = 'before' | 'after';

const idOn = (side: Side, {beforeId, afterId}: PanelChange): number | undefined =>
  side === 'before' ? beforeId : afterId;

const marksOn = (side: Side, {panels}: BoardChange): ReadonlyMap<number, Mark> =>
  new Map(
    panels.flatMap(panel => {
      const id = idOn(side, panel);
      return id === undefined ? [] : [[id, panel.mark] as const];
    }),
  );

type Opened = {readonly url: string; readonly now: number; readonly boards: Boards};

/** Boards with simulated data of the same tree: a metric that was renamed since has its old name there. */
const openSide = async (
  {folder, root}: {readonly folder: string | undefined; readonly root: string},
  {prometheus, scrapeInterval}: CompareOptions,
  undo: Undo,
): Promise<Opened> => {
  // Imported here because these need packages that are installed first.
  const [{startPreview}, {fromSources}, {fromFolder}, {startPictureData}] = await Promise.all([
    import('./preview.ts'),
    import('./board-source.ts'),
    import('./board-folder.ts'),
    import('./picture-data.ts'),
  ]);
  const data = await startPictureData(prometheus, root);
  undo.push(data.stop);
  // `npm run generate` writes boards into DIR/dashboards; any other folder of JSON is read as it is.
  const boards = folder && existsSync(join(folder, 'dashboards')) ? join(folder, 'dashboards') : folder;
  const preview = await startPreview({
    source: boards ? fromFolder(boards) : fromSources(root),
    prometheus: data.prometheus,
    port: 0,
    scrapeIntervalMs: scrapeInterval,
  });
  undo.push(preview.stop);
  return {url: preview.url, now: data.now, boards: requireBoards(preview.store.current(), report)};
};

type Sides = Readonly<Record<Side, Opened>>;

/** Screenshots of both versions of a changed board, and of its changed panels. */
const picture = async (
  change: BoardChange,
  sides: Sides,
  {screenshots, out, theme}: {readonly screenshots: Screenshots} & Pick<CompareOptions, 'out' | 'theme'>,
): Promise<Pick<Pictured, 'pictures' | 'panelPictures'>> => {
  const {uid} = change;
  const pictures: {-readonly [Name in keyof Pictures]: Pictures[Name]} = {};
  const panelPictures = new Map<PanelChange, Pictures>();
  for (const side of ['before', 'after'] as const) {
    if (!(uid in sides[side].boards)) continue;
    const shot = {url: sides[side].url, uid, now: sides[side].now, theme, unfold: true};
    pictures[side] = `pictures/${uid}-${side}.png`;
    await screenshots.board({...shot, marks: marksOn(side, change)}, join(out, `pictures/${uid}-${side}.png`));
    await screenshots.panels(shot, ({id}) => {
      const panel = change.panels.find(candidate => idOn(side, candidate) === id);
      if (!panel) return undefined;
      const path = `pictures/${uid}-${id}-${side}.png`;
      panelPictures.set(panel, {...panelPictures.get(panel), [side]: path});
      return join(out, path);
    });
  }
  return {pictures, panelPictures};
};

const compareSides = async (sides: Sides, {out, theme, width}: CompareOptions, undo: Undo): Promise<Pictured[]> => {
  const [{createScreenshots}, {compareBoards}] = await Promise.all([
    import('./screenshot.ts'),
    import('./board-diff.ts'),
  ]);
  const screenshots = await createScreenshots({width, report});
  undo.push(screenshots.close);
  const compared: Pictured[] = [];
  for (const uid of new Set([...Object.keys(sides.after.boards), ...Object.keys(sides.before.boards)])) {
    const change = compareBoards(uid, sides.before.boards[uid], sides.after.boards[uid]);
    if (change.mark === 'same') {
      compared.push({...change, pictures: {}, panelPictures: new Map()});
      continue;
    }
    report(`  ${uid}: ${change.mark}`);
    compared.push({...change, ...(await picture(change, sides, {screenshots, out, theme}))});
  }
  return compared;
};

/** Checks the reference first; packages are installed only if it exists. */
const openBefore = async (reference: string, undo: Undo) => {
  const folder = existsSync(reference) ? resolve(reference) : undefined;
  if (folder) return {folder, root: repository};
  const tree = await addWorktree(reference);
  undo.push(tree.remove);
  if (!existsSync(join(tree.root, generator))) {
    throw new UsageError(`${reference}: expected ${generator} in it, or a folder of its boards, found neither`);
  }
  return {folder, root: tree.root};
};

/**
 * @throws UsageError when the reference does not exist; PreviewError with the reason why boards or data are not
 * available.
 */
export const compare = async (reference: string, options: CompareOptions): Promise<void> => {
  exitWhenInterrupted();
  if (!existsSync(reference)) await requireReference(reference);
  await ensureInstalled(report);
  const undo: Undo = [];
  try {
    const before = await openBefore(reference, undo);
    report(`Building the boards of ${reference} and of this checkout …`);
    const sides = {
      before: await openSide(before, options, undo),
      after: await openSide({folder: options.boards, root: repository}, options, undo),
    };
    const compared = await compareSides(sides, options, undo);
    const {toHtml, toMarkdown} = await import('./comparison-report.ts');
    await mkdir(options.out, {recursive: true});
    const [summary, index] = [join(options.out, 'summary.md'), join(options.out, 'index.html')];
    await writeFile(summary, toMarkdown(compared, reference));
    await writeFile(index, toHtml(compared, reference));
    report(`${summary}\n${index}`);
  } finally {
    for (const end of undo.reverse()) await end();
  }
};
