/** Takes screenshots of boards in Chromium. The same data, time and fonts give the same bytes. */
import {mkdir, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {Locator, Page} from 'playwright-core';
import sharp from 'sharp';
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
const mostHeight = 16_000;

/** A page has few colours: with 256 colours it looks the same in a third of the bytes. */
const save = async (subject: Page | Locator, file: string): Promise<void> => {
  await mkdir(dirname(file), {recursive: true});
  const picture = await subject.screenshot({animations: 'disabled', caret: 'hide'});
  await writeFile(file, await sharp(picture).png({palette: true, dither: 0, compressionLevel: 9}).toBuffer());
};

const drawn = (page: Page): Promise<unknown> =>
  page.waitForSelector('html[data-drawn="true"]', {state: 'attached', timeout: 60_000});

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

  /** A page as high as the board, so that one screenshot contains all of it. */
  const visit = async (shot: Shot): Promise<Page> => {
    const page = await browser.context.newPage();
    await page.setViewportSize({width, height: firstHeight});
    await page.goto(addressOf(shot));
    await drawn(page);
    const height = await page.evaluate(() => Math.ceil(document.querySelector('.page')?.scrollHeight ?? 0));
    if (height > mostHeight) report(`${shot.uid} is ${height} pixels high: its picture ends at ${mostHeight}`);
    await page.setViewportSize({width, height: Math.max(200, Math.min(mostHeight, height))});
    await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
    await drawn(page);
    return page;
  };

  return {
    board: async (shot, file) => {
      const page = await visit(shot);
      await save(page, file);
      await page.close();
    },
    panels: async (shot, fileOf) => {
      const page = await visit(shot);
      for (const panel of await page.locator('[data-panel]').all()) {
        const id = Number.parseInt((await panel.getAttribute('data-panel')) ?? '', 10);
        const file = fileOf({id, title: (await panel.getAttribute('aria-label')) ?? ''});
        if (file) await save(panel, file);
      }
      await page.close();
    },
    close: browser.close,
  };
};
