/** Tests a legend that is higher than its share of the panel. */
import test from 'ava';
import {type DrawnPages, startDrawnPages} from './fixture/drawn-page.ts';

let pages: DrawnPages;
test.before(async t => {
  t.timeout(300_000, 'the first run installs packages');
  const panel = {
    id: 1,
    type: 'timeseries',
    title: 'Lines',
    gridPos: {x: 0, y: 0, w: 12, h: 6},
    targets: [{refId: 'A', expr: 'lines', legendFormat: '{{server}}'}],
    options: {legend: {displayMode: 'table', placement: 'bottom', calcs: ['max']}},
  };
  pages = await startDrawnPages([{uid: 'legend', title: 'Legend', panels: [panel]}]);
});
test.after.always(() => pages?.stop());

test('a legend that does not fit scrolls to its last row', async t => {
  const page = await pages.open('legend');
  t.teardown(() => page.close());
  const rows = page.locator('section[aria-label=Lines] tbody tr');
  const legend = page.getByTestId('data-testid viz-layout-legend');
  const isInside = async () => {
    const [row, box] = [await rows.last().boundingBox(), await legend.boundingBox()];
    return row !== null && box !== null && row.y + row.height <= box.y + box.height + 1;
  };
  t.is(await rows.count(), 3);
  t.false(await isInside());
  await legend.hover();
  await page.mouse.wheel(0, 500);
  while (!(await isInside())) await page.waitForTimeout(20);
});
