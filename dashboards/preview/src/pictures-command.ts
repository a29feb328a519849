/** `npm run pictures`: a PNG of each board, from data that is always the same. */
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {exitWhenInterrupted} from '@mcp-observability/tools/temporary-folder';
import {ensureInstalled, repository} from '../../src/preview/install.ts';

const help = `Usage: npm run pictures -- --out DIR [options]

Draws each board in Chromium, over an hour of made-up traffic that is always the same, into DIR/<uid>.png.

  --out DIR           where the pictures go
  --board UID         only this board; may be given several times
  --panels            each panel by itself as well, DIR/<uid>/<id>-<title>.png
  --unfold            with every row unfolded
  --theme dark|light  (default dark)
  --width N           pixels, 400 to 4000 (default 1600)
  --boards PATH       a folder of dashboard JSON, or one file, in place of dashboards/src
  --help
`;

type Request = {
  readonly out: string;
  readonly boards: readonly string[];
  readonly panels: boolean;
  readonly unfold: boolean;
  readonly theme: 'dark' | 'light';
  readonly width: number;
  readonly folder?: string;
};

/** @throws Error naming the flag, what was expected and what was found. */
const readRequest = (): Request | undefined => {
  const {values} = parseArgs({
    options: {
      out: {type: 'string'},
      board: {type: 'string', multiple: true, default: []},
      panels: {type: 'boolean', default: false},
      unfold: {type: 'boolean', default: false},
      theme: {type: 'string', default: 'dark'},
      width: {type: 'string', default: '1600'},
      boards: {type: 'string'},
      help: {type: 'boolean', default: false},
    },
  });
  if (values.help) return undefined;
  const {out, theme, width: widthText} = values;
  const width = Number(widthText);
  if (!out) throw new Error('--out: expected a folder, found nothing');
  if (theme !== 'dark' && theme !== 'light') throw new Error(`--theme: expected dark or light, found ${theme}`);
  if (!Number.isInteger(width) || width < 400 || width > 4000) {
    throw new Error(`--width: expected a number from 400 to 4000, found ${widthText}`);
  }
  const {board: boards, panels, unfold, boards: folder} = values;
  return {out: resolve(out), boards, panels, unfold, theme, width, ...(folder && {folder: resolve(folder)})};
};

/** A title as part of a file's name. */
const slug = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

const report = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const take = async ({out, boards, panels, unfold, theme, width, folder}: Request): Promise<void> => {
  await ensureInstalled(report);
  // Only now: these need what was just installed.
  const [{startPreview}, {fromFolder, fromSources}, {createPhotographer}, {startFixedData}] = await Promise.all([
    import('./preview.ts'),
    import('./board-source.ts'),
    import('./screenshot.ts'),
    import('./fixed-data.ts'),
  ]);
  const begun = Date.now();
  const data = await startFixedData();
  const source = folder ? fromFolder(folder) : fromSources(repository);
  const preview = await startPreview({source, prometheus: data.prometheus, port: 0});
  try {
    const {boards: known, problems} = preview.store.current();
    const [problem] = problems;
    if (problem) throw new Error([problem.file, problem.line, problem.message].filter(Boolean).join(':'));
    const unknown = boards.find(uid => !(uid in known));
    if (unknown) throw new Error(`--board: expected one of ${Object.keys(known).join(', ')}, found ${unknown}`);
    const photographer = await createPhotographer({width, report});
    try {
      for (const uid of boards.length > 0 ? boards : Object.keys(known)) {
        const shot = {url: preview.url, uid, now: data.now, theme, unfold};
        const file = join(out, `${uid}.png`);
        await photographer.board(shot, file);
        report(file);
        if (!panels) continue;
        await photographer.panels({...shot, unfold: true}, ({id, title}) => join(out, uid, `${id}-${slug(title)}.png`));
        report(join(out, uid));
      }
    } finally {
      await photographer.close();
    }
  } finally {
    await Promise.all([preview.stop(), data.stop()]);
  }
  report(`Done in ${((Date.now() - begun) / 1000).toFixed(1)} s.`);
};

const main = async (): Promise<void> => {
  const request = readRequest();
  if (!request) process.stdout.write(help);
  else {
    exitWhenInterrupted();
    await take(request);
  }
};

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`pictures: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
