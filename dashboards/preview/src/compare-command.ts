/** `npm run compare`: the boards of then and now, in words and in pictures. */
import {existsSync} from 'node:fs';
import {mkdir, writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {exitWhenInterrupted} from '@mcp-observability/tools/temporary-folder';
import {ensureInstalled, repository} from '../../src/preview/install.ts';
import type {BoardChange, PanelChange} from './board-diff.ts';
import type {Mark} from './screenshot.ts';

const help = `Usage: npm run compare -- <git reference or folder> --out DIR [options]

Compares the boards of then with those of this checkout: DIR/summary.md for a pull request's comment, DIR/index.html
with the pictures side by side, DIR/pictures.

  <git reference>     main, HEAD~1, a tag; or a folder of dashboard JSON, as npm run generate writes it
  --out DIR           where the report goes
  --theme dark|light  (default dark)
  --width N           pixels of a board's picture, 400 to 4000 (default 1600)
  --help

Panels are told apart by their titles, and where a title changed by what the panel asks.
`;

type Request = {
  readonly reference: string;
  readonly out: string;
  readonly theme: 'dark' | 'light';
  readonly width: number;
};

/** @throws Error naming the flag, what was expected and what was found. */
const readRequest = (): Request | undefined => {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {
      out: {type: 'string'},
      theme: {type: 'string', default: 'dark'},
      width: {type: 'string', default: '1600'},
      help: {type: 'boolean', default: false},
    },
  });
  if (values.help) return undefined;
  const [reference, ...more] = positionals;
  const {out, theme} = values;
  const width = Number(values.width);
  if (!reference || more.length > 0)
    throw new Error(`expected one git reference or folder, found ${positionals.join(' ') || 'nothing'}`);
  if (!out) throw new Error('--out: expected a folder, found nothing');
  if (theme !== 'dark' && theme !== 'light') throw new Error(`--theme: expected dark or light, found ${theme}`);
  if (!Number.isInteger(width) || width < 400 || width > 4000) {
    throw new Error(`--width: expected a number from 400 to 4000, found ${values.width}`);
  }
  return {reference, out: resolve(out), theme, width};
};

const report = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** What makes a tree's boards. */
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

const compare = async ({reference, out, theme, width}: Request): Promise<void> => {
  await ensureInstalled(report);
  // Only now: these need what was just installed.
  const [
    {startPreview},
    {fromFolder, fromSources},
    {createPhotographer},
    {startFixedData},
    {compareBoards},
    {checkOut},
    {toHtml, toMarkdown},
  ] = await Promise.all([
    import('./preview.ts'),
    import('./board-source.ts'),
    import('./screenshot.ts'),
    import('./fixed-data.ts'),
    import('./board-diff.ts'),
    import('../../src/preview/git-worktree.ts'),
    import('./comparison-report.ts'),
  ]);
  const undo: (() => Promise<void>)[] = [];
  /** Boards, and the data their own tree makes: a metric that was renamed since has its old name there. */
  const openSide = async (folder: string | undefined, root: string) => {
    const data = await startFixedData(root);
    undo.push(data.stop);
    // A tool writes boards into DIR/dashboards; a folder of JSON is taken as it is.
    const boards = folder && existsSync(join(folder, 'dashboards')) ? join(folder, 'dashboards') : folder;
    const source = boards ? fromFolder(boards) : fromSources(root);
    const preview = await startPreview({source, prometheus: data.prometheus, port: 0});
    undo.push(preview.stop);
    const [problem] = preview.store.current().problems;
    if (problem) throw new Error([problem.file, problem.line, problem.message].filter(Boolean).join(':'));
    return {url: preview.url, now: data.now, boards: preview.store.current().boards};
  };
  try {
    const folder = existsSync(reference) ? resolve(reference) : undefined;
    const tree = folder ? undefined : await checkOut(reference);
    if (tree) undo.push(tree.remove);
    if (tree && !existsSync(join(tree.root, generator))) {
      throw new Error(`${reference} can't make its boards: expected ${generator} in it, or a folder of its boards`);
    }
    report(`Making the boards of ${reference} and of now …`);
    const sides = {
      before: await openSide(folder, tree?.root ?? repository),
      after: await openSide(undefined, repository),
    };
    const photographer = await createPhotographer({width, report});
    undo.push(photographer.close);

    const uids = [...new Set([...Object.keys(sides.after.boards), ...Object.keys(sides.before.boards)])];
    const compared = [];
    for (const uid of uids) {
      const change = compareBoards(uid, sides.before.boards[uid], sides.after.boards[uid]);
      const pictures: {before?: string; after?: string} = {};
      const panelPictures = new Map<PanelChange, {before?: string; after?: string}>();
      if (change.mark !== 'same') {
        report(`  ${uid}: ${change.mark}`);
        for (const side of ['before', 'after'] as const) {
          if (!(uid in sides[side].boards)) continue;
          const marks = marksOn(side, change);
          const shot = {url: sides[side].url, uid, now: sides[side].now, theme, unfold: true};
          pictures[side] = `pictures/${uid}-${side}.png`;
          await photographer.board({...shot, marks}, join(out, pictures[side]));
          await photographer.panels(shot, ({id}) => {
            const panel = change.panels.find(candidate => idOn(side, candidate) === id);
            if (!panel) return undefined;
            const path = `pictures/${uid}-${id}-${side}.png`;
            panelPictures.set(panel, {...panelPictures.get(panel), [side]: path});
            return join(out, path);
          });
        }
      }
      compared.push({...change, pictures, panelPictures});
    }
    await mkdir(out, {recursive: true});
    await writeFile(join(out, 'summary.md'), toMarkdown(compared, reference));
    await writeFile(join(out, 'index.html'), toHtml(compared, reference));
    report(`${join(out, 'summary.md')}\n${join(out, 'index.html')}`);
  } finally {
    for (const end of undo.reverse()) await end();
  }
};

const main = async (): Promise<void> => {
  const request = readRequest();
  if (!request) process.stdout.write(help);
  else {
    exitWhenInterrupted();
    await compare(request);
  }
};

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`compare: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
