/** Pictures of boards that are higher than one screenshot. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {type DrawnPages, startDrawnPages} from './fixture/drawn-page.ts';

const block = (colour: string, index: number) => ({
  id: index + 1,
  type: 'text',
  transparent: true,
  gridPos: {x: 0, y: index * 100, w: 24, h: 100},
  options: {
    mode: 'html',
    content: `<div style="background-color: ${colour}; height: 3700px">&nbsp;</div>`,
  },
});

let pages: DrawnPages;
test.before(async t => {
  t.timeout(300_000, 'the first run installs packages');
  const colours = ['red', 'red', 'red', 'red', 'lime'];
  pages = await startDrawnPages([{uid: 'high', title: 'High', panels: colours.map(block)}]);
});
test.after.always(() => pages?.stop());

test('a picture has all of a board of 19,000 pixels', async t => {
  t.timeout(300_000, 'starts a browser');
  const [{createScreenshots}, {default: sharp}] = await Promise.all([import('../src/screenshot.ts'), import('sharp')]);
  const folder = await mkdtemp(join(tmpdir(), 'preview-high-'));
  t.teardown(() => rm(folder, {recursive: true}));
  const screenshots = await createScreenshots({width: 600, report: () => {}});
  const file = join(folder, 'high.png');
  await screenshots.board({url: pages.url, uid: 'high', now: Date.UTC(2026, 0, 15), theme: 'dark'}, file);
  await screenshots.close();
  const {width = 0, height = 0} = await sharp(file).metadata();
  t.is(width, 600);
  t.true(height > 19_000, String(height));
  const colourAt = async (top: number) => {
    const {data} = await sharp(file)
      .extract({left: 100, top, width: 1, height: 1})
      .raw()
      .toBuffer({resolveWithObject: true});
    return [...data].slice(0, 3);
  };
  t.deepEqual(await colourAt(2000), [255, 0, 0]);
  t.deepEqual(await colourAt(height - 1000), [0, 255, 0]);
});
