/** The cells of a heatmap are the values that the API returned. */
import test from 'ava';
import {ensureInstalled} from '../../src/preview/install.ts';
import {type DrawnPages, startDrawnPages} from './fixture/drawn-page.ts';
import {hour, pageModule, stubServer} from './fixture/page-module.ts';

const heatmap = (target: object) =>
  pageModule('parse-board.ts').parseBoard({
    title: 'T',
    panels: [{id: 1, type: 'heatmap', targets: [{expr: 'x', format: 'heatmap', ...target}]}],
  }).panels[0];

/** The tests of modules replace the global one, which the preview's server uses. */
const {fetch} = globalThis;

test.before(async t => {
  t.timeout(300_000, 'the first run installs packages');
  await ensureInstalled(console.log);
});

const question = () => ({
  range: hour(),
  values: {},
  points: 800,
  cloudWatch: false,
  scrapeIntervalMs: 15_000,
  signal: new AbortController().signal,
});

test.serial(
  'a heatmap’s buckets are subtracted within the series of the same labels, and the first is drawn',
  async t => {
    const series = (pod: string, le: string, value: number) => ({
      metric: {pod, le},
      values: [[1_768_478_400, String(value)]],
    });
    stubServer(() => ({
      resultType: 'matrix',
      result: [series('a', '+Inf', 9), series('b', '1', 100), series('a', '1', 4), series('b', '+Inf', 130)],
    }));
    const {runPanel} = pageModule('query.ts');
    const model = heatmap({});
    if (!model) return t.fail('there is a panel');
    const {frames, notices} = await runPanel(model, question());
    const {rows} = pageModule('panels/heatmap-rows.ts').heatmapRows(frames) ?? {};
    t.deepEqual(rows, [
      {name: '1', values: [4]},
      {name: '+Inf', values: [5]},
    ]);
    t.deepEqual(notices, ['The first of 2 heatmaps is drawn: sum them by (le) to see all']);
  },
);

test.serial('a heatmap of series without buckets has the series’ own values', async t => {
  stubServer(() => ({
    resultType: 'matrix',
    result: ['a', 'b'].map((pod, index) => ({metric: {pod}, values: [[1_768_478_400, String(index + 5)]]})),
  }));
  const model = heatmap({legendFormat: '{{pod}}'});
  if (!model) return t.fail('there is a panel');
  const {frames} = await pageModule('query.ts').runPanel(model, question());
  const {rows} = pageModule('panels/heatmap-rows.ts').heatmapRows(frames) ?? {};
  t.deepEqual(rows, [
    {name: 'a', values: [5]},
    {name: 'b', values: [6]},
  ]);
});

const now = Date.UTC(2026, 0, 15, 12);
let pages: DrawnPages | undefined;
test.after.always(() => pages?.stop());

test.serial('the colour of a cell follows the value of its bucket at its time', async t => {
  t.timeout(300_000, 'starts a browser');
  globalThis.fetch = fetch;
  const target = {refId: 'A', expr: 'latency_bucket', format: 'heatmap', interval: '5m'};
  pages = await startDrawnPages([
    {
      uid: 'heat',
      title: 'Heat',
      time: {from: 'now-1h', to: 'now'},
      panels: [{id: 1, type: 'heatmap', title: 'Heat', gridPos: {x: 0, y: 0, w: 24, h: 12}, targets: [target]}],
    },
  ]);
  const page = await pages.open('heat', `?now=${now}&timeZone=utc`);
  const asked = pages.prometheus.asked.at(-1);
  const response = await fetch(`${pages.prometheus.url}/api/v1/query_range?${asked}`);
  const body: {data: {result: {metric: {le: string}; values: [number, string][]}[]}} = await response.json();
  const rows = body.data.result.map(({values}) => values);
  const [from, to, step] = [now / 1000 - 3600, now / 1000, Number(asked?.get('step'))];
  // The column of a time ends at it.
  const cells = rows.flatMap((values, row) =>
    values
      .filter(([time]) => time > from)
      .map(([time, value]) => ({
        value: Number(value) - Number(rows[row - 1]?.find(([other]) => other === time)?.[1] ?? 0),
        x: (time - step / 2 - from) / (to - from),
        y: 1 - (row + 0.5) / rows.length,
      })),
  );
  const colours = await page.locator('section[aria-label=Heat]').evaluate((panel, places) => {
    const [canvas, over] = [panel.querySelector('canvas'), panel.querySelector('.u-over')];
    if (!canvas || !over) return [];
    const [outer, inner] = [canvas.getBoundingClientRect(), over.getBoundingClientRect()];
    const scale = canvas.width / outer.width;
    return places.map(({x, y}) => {
      const left = (inner.left - outer.left + x * inner.width) * scale;
      const top = (inner.top - outer.top + y * inner.height) * scale;
      const {data = []} = canvas.getContext('2d')?.getImageData(left, top, 1, 1) ?? {};
      return [...data].slice(0, 3).reduce((sum, part) => sum + part, 0);
    });
  }, cells);
  t.is(cells.length, 3 * 12);
  const shown = cells.map(({value}, index) => ({value, colour: colours[index] ?? 0}));
  const ordered = [...shown].sort((a, b) => a.value - b.value).map(({colour}) => colour);
  const sortOptions = [...ordered].sort((a, b) => a - b);
  t.true(new Set(ordered).size > 5, ordered.join());
  t.true([sortOptions.join(), sortOptions.reverse().join()].includes(ordered.join()), ordered.join());
});
