/** Keys and addresses of a board, in a real Chromium. */
import test from 'ava';
import {type DrawnPages, startDrawnPages, untilDrawn} from './fixture/drawn-page.ts';

const lines = (id: number) => ({
  id,
  type: 'timeseries',
  title: `Lines ${id}`,
  gridPos: {x: 0, y: id * 8, w: 24, h: 8},
  targets: [{refId: 'A', expr: 'lines', legendFormat: '{{server}}'}],
});

let pages: DrawnPages;
test.before(async t => {
  t.timeout(300_000, 'the first run installs packages');
  pages = await startDrawnPages([
    {uid: 'keys', title: 'Keys', time: {from: 'now-1h', to: 'now'}, panels: [lines(1), lines(2)]},
  ]);
});
test.after.always(() => pages?.stop());

test.serial('? lists the keys, and Escape closes the list', async t => {
  const page = await pages.open('keys');
  t.teardown(() => page.close());
  await page.keyboard.press('?');
  const list = page.getByRole('dialog');
  await list.waitFor();
  const text = (await list.innerText()).replaceAll(/\s+/g, ' ');
  for (const key of ['d r Refresh', 'd k Hide or show the toolbar', 'Ctrl+Z', 't a Make the time range absolute'])
    t.true(text.includes(key), text);
  await page.keyboard.press('Escape');
  await list.waitFor({state: 'detached'});
});

test.serial('d k hides the toolbar, and Escape shows it again', async t => {
  const page = await pages.open('keys');
  t.teardown(() => page.close());
  const toolbar = page.locator('header.toolbar');
  await page.keyboard.press('d');
  await page.keyboard.press('k');
  await toolbar.waitFor({state: 'detached'});
  t.regex(page.url(), /kiosk=true/);
  await page.keyboard.press('Escape');
  await toolbar.waitFor();
});

test.serial('t a makes the time range absolute, and Ctrl+Z doubles it', async t => {
  const page = await pages.open('keys');
  t.teardown(() => page.close());
  await page.keyboard.press('t');
  await page.keyboard.press('a');
  await page.waitForURL(/from=\d+&to=\d+/);
  const lengthOf = (address: string): number => {
    const {searchParams} = new URL(address);
    return Number(searchParams.get('to')) - Number(searchParams.get('from'));
  };
  t.is(lengthOf(page.url()), 3_600_000);
  await page.keyboard.press('Control+z');
  await page.waitForURL(address => lengthOf(String(address)) === 7_200_000);
});

test.serial('an address whose time is not one shows the board’s own range and a notice', async t => {
  const page = await pages.open('keys', '?from=garbage&to=now');
  t.teardown(() => page.close());
  const asked = pages.prometheus.asked.at(-1);
  t.is(Number(asked?.get('end')) - Number(asked?.get('start')), 3600);
  await page.getByText(/^from: expected a time such as now-6h or \d+, found garbage\./).waitFor();
  t.is(await page.getByText('Invalid date').count(), 0);
});

test.serial('two panels with the same query send it once', async t => {
  const before = pages.prometheus.asked.length;
  const page = await pages.open('keys');
  t.teardown(() => page.close());
  const asked = () => pages.prometheus.asked.slice(before).filter(parameters => parameters.get('query') === 'lines');
  t.is(asked().length, 1);
  t.is(await page.locator('section[data-state=done] canvas').count(), 2);
  await page.keyboard.press('d');
  await page.keyboard.press('r');
  await untilDrawn(page);
});
