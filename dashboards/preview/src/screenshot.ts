/** Takes screenshots of boards in Chromium. The same data, time and fonts give the same bytes. */
import {mkdir, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {Locator, Page} from 'playwright-core';
import sharp, {type Sharp} from 'sharp';
import {type Browser, findChromium, startChromium} from './chromium.ts';

export type Mark = 'changed' | 'renamed' | 'added' | 'removed';

/** Options of a screenshot. */
export type Shot = {
  /** Address of the preview. */
  readonly url: string;
  readonly uid: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly theme: 'dark' | 'light';
  /** Unfolds every row. */
  readonly unfold?: boolean;
  readonly marks?: ReadonlyMap<number, Mark>;
};

export type Screenshots = {
  /** The whole board, into a file. */
  readonly board: (shot: Shot, file: string) => Promise<void>;
  /** Each panel, into the file that `fileOf` returns; skipped if it returns undefined. */
  readonly panels: (shot: Shot, fileOf: (panel: {id: number; title: string}) => string | undefined) => Promise<void>;
  readonly close: () => Promise<void>;
};

const firstHeight = 1000;
/** Chromium's limit for one screenshot, in pixels. */
const maxHeight = 16_000;

const capture = (subject: Page | Locator): Promise<Buffer> =>
  subject.screenshot({animations: 'disabled', caret: 'hide'});

/** A page has few colours: with 256 colours it looks the same in a third of the bytes. */
const save = async (picture: Sharp, file: string): Promise<void> => {
  await mkdir(dirname(file), {recursive: true});
  await writeFile(file, await picture.png({palette: true, dither: 0, compressionLevel: 9}).toBuffer());
};

/** A page that is higher than one screenshot, in pieces below each other. */
const captureInPieces = async (page: Page, {width, height}: {width: number; height: number}): Promise<Sharp> => {
  const pieces: {readonly input: Buffer; readonly top: number; readonly left: number}[] = [];
  for (let top = 0; top < height; top += maxHeight) {
    // The last piece is as high as the rest: a page cannot be scrolled beyond its end.
    await page.setViewportSize({width, height: Math.min(maxHeight, height - top)});
    await page.evaluate(y => scrollTo(0, y), top);
    await settled(page);
    pieces.push({input: await capture(page), top, left: 0});
  }
  const joined = await sharp({create: {width, height, channels: 3, background: 'black'}})
    .composite(pieces)
    .removeAlpha()
    .raw()
    .toBuffer();
  return sharp(joined, {raw: {width, height, channels: 3}});
};

const drawn = (page: Page): Promise<unknown> =>
  page.waitForSelector('html[data-drawn="true"]', {state: 'attached', timeout: 60_000});

/** Drawn at the current size. */
const settled = async (page: Page): Promise<void> => {
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
  await drawn(page);
};

const addressOf = ({url, uid, now, theme, unfold, marks}: Shot): string => {
  const parameters = new URLSearchParams({now: String(now), theme, timeZone: 'utc'});
  if (unfold) parameters.set('rows', 'open');
  if (marks?.size) parameters.set('marks', [...marks].map(([id, mark]) => `${id}:${mark}`).join(','));
  return `${url}/d/${encodeURIComponent(uid)}?${parameters}`;
};

export const createScreenshots = async ({
  width,
  report,
}: {
  /** Pixels. */
  readonly width: number;
  readonly report: (line: string) => void;
}): Promise<Screenshots> => {
  const executablePath = await findChromium(report);
  const browser: Browser = await startChromium({executablePath, width, height: firstHeight});

  /** A page as high as the board, or as Chromium can capture at a time. */
  const visit = async (shot: Shot): Promise<{readonly page: Page; readonly height: number}> => {
    const page = await browser.context.newPage();
    await page.setViewportSize({width, height: firstHeight});
    await page.goto(addressOf(shot));
    await drawn(page);
    const height = await page.evaluate(() => Math.ceil(document.querySelector('.page')?.scrollHeight ?? 0));
    await page.setViewportSize({width, height: Math.max(200, Math.min(maxHeight, height))});
    await settled(page);
    return {page, height};
  };

  return {
    board: async (shot, file) => {
      const {page, height} = await visit(shot);
      await save(height > maxHeight ? await captureInPieces(page, {width, height}) : sharp(await capture(page)), file);
      await page.close();
    },
    panels: async (shot, fileOf) => {
      const {page} = await visit(shot);
      for (const panel of await page.locator('[data-panel]').all()) {
        const id = Number.parseInt((await panel.getAttribute('data-panel')) ?? '', 10);
        const file = fileOf({id, title: (await panel.getAttribute('aria-label')) ?? ''});
        if (file) await save(sharp(await capture(panel)), file);
      }
      await page.close();
    },
    close: browser.close,
  };
};
