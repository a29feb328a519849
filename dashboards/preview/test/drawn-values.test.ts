/**
 * Panels of every kind show the values that the API returned: one board, a stand-in for Prometheus, and a real
 * Chromium.
 */
import test from 'ava';
import type {Locator, Page} from 'playwright-core';
import {type DrawnPages, startDrawnPages} from './fixture/drawn-page.ts';

const now = Date.UTC(2026, 0, 15, 12, 3);
const decimals = 3;
const defaults = {unit: 'none', decimals};
const legend = {showLegend: true, displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'mean', 'max']};
const reduce = (...calcs: readonly string[]) => ({calcs, fields: '', values: false});

/** The query of a panel has its name, so that the test finds the response. */
const target = (name: string, more: object = {}) => ({
  refId: 'A',
  expr: `${name}{server=~"alpha|beta"}`,
  legendFormat: '{{server}}',
  ...more,
});
const instant = {instant: true, range: false};
const table = {...instant, format: 'table'};

const panels = [
  {type: 'timeseries', title: 'Lines', targets: [target('lines')], options: {legend, tooltip: {mode: 'multi'}}},
  {type: 'stat', title: 'Last', targets: [target('last')], options: {reduceOptions: reduce('lastNotNull')}},
  {type: 'stat', title: 'Mean', targets: [target('mean')], options: {reduceOptions: reduce('mean')}},
  {type: 'gauge', title: 'Gauge', targets: [target('gauge')], options: {reduceOptions: reduce('max')}},
  {
    type: 'bargauge',
    title: 'Bar gauge',
    targets: [target('bargauge', instant)],
    options: {reduceOptions: reduce('last')},
  },
  {type: 'table', title: 'Table', targets: [target('table', table)], options: {}},
  {
    type: 'barchart',
    title: 'Bars',
    targets: [target('bars', table)],
    options: {xField: 'server', showValue: 'always', legend: {...legend, calcs: ['max']}},
  },
  {
    type: 'piechart',
    title: 'Shares',
    targets: [target('shares', instant)],
    options: {reduceOptions: reduce('lastNotNull'), legend: {showLegend: true, values: ['value']}},
  },
] as const;

const board = {
  uid: 'values',
  title: 'Values',
  schemaVersion: 42,
  panels: panels.map((panel, index) => ({
    ...panel,
    id: index + 1,
    gridPos: {x: (index % 2) * 12, y: Math.floor(index / 2) * 9, w: 12, h: 9},
    fieldConfig: {defaults, overrides: []},
  })),
};

let world: {readonly page: Page; readonly prometheus: DrawnPages['prometheus']};
let pages: DrawnPages | undefined;
test.before(async t => {
  t.timeout(300_000, 'the first run installs packages');
  pages = await startDrawnPages([board], {height: 1600});
  world = {page: await pages.open('values', `?now=${now}&timeZone=utc`), prometheus: pages.prometheus};
});
test.after.always(() => pages?.stop());

type Series = {readonly name: string; readonly samples: readonly (readonly [time: number, value: number])[]};

/** Sends the panel's request again, without the page. */
const fromApi = async (name: string): Promise<readonly Series[]> => {
  const asked = world.prometheus.asked.findLast(parameters => parameters.get('query')?.startsWith(`${name}{`));
  const path = asked?.has('step') ? 'query_range' : 'query';
  const response = await fetch(`${world.prometheus.url}/api/v1/${path}?${asked}`);
  const body: {
    data: {
      result: {metric: {server: string}; value?: [number, string]; values?: [number, string][]}[];
    };
  } = await response.json();
  return body.data.result.map(({metric, value, values = value ? [value] : []}) => ({
    name: metric.server,
    samples: values.map(([time, text]) => [time, Number(text)] as const),
  }));
};

const panel = (title: string): Locator => world.page.locator(`section[aria-label="${title}"]`);
const textOf = async (title: string): Promise<string> => (await panel(title).innerText()).replaceAll(/\s+/g, ' ');
const toDecimals = (value: number): string => value.toFixed(decimals);

const calculations = {
  last: (values: readonly number[]) => values.at(-1) ?? Number.NaN,
  mean: (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length,
  max: (values: readonly number[]) => Math.max(...values),
} as const;

const shows = test.macro({
  async exec(t, title: string, name: string, ...calcs: readonly (keyof typeof calculations)[]) {
    const text = await textOf(title);
    const series = await fromApi(name);
    t.is(series.length, 2);
    for (const {name: server, samples} of series) {
      t.true(text.includes(server), text);
      const values = samples.map(([, value]) => value);
      for (const calc of calcs)
        t.true(text.includes(toDecimals(calculations[calc](values))), `${server} ${calc}: ${text}`);
    }
  },
  title: (_, title) => `${title}: what is drawn is what the API returned`,
});

test.serial(shows, 'Lines', 'lines', 'last', 'mean', 'max');
test.serial(shows, 'Last', 'last', 'last');
test.serial(shows, 'Mean', 'mean', 'mean');
test.serial(shows, 'Gauge', 'gauge', 'max');
test.serial(shows, 'Bar gauge', 'bargauge', 'last');
test.serial(shows, 'Table', 'table', 'last');
test.serial(shows, 'Shares', 'shares', 'last');

test.serial('a time series draws each point at its time and value', async t => {
  const over = await panel('Lines').locator('.u-over').boundingBox();
  if (!over) return t.fail('there is a plot');
  await world.page.mouse.move(over.x + over.width / 3, over.y + over.height / 2);
  const portal = world.page.locator('#grafana-portal-container');
  await portal.getByText('alpha').first().waitFor();
  const text = (await portal.innerText()).replaceAll(/\s+/g, ' ');
  const at = Date.parse(`${/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.exec(text)?.[0].replace(' ', 'T')}Z`) / 1000;
  for (const {samples} of await fromApi('lines')) {
    const sample = samples.find(([time]) => time === at);
    t.true(sample !== undefined && text.includes(toDecimals(sample[1])), text);
  }
});

/** The heights in pixels of the highest bar in the left and in the right half of the plot. */
const barHeights = (): Promise<readonly [left: number, right: number]> =>
  panel('Bars')
    .locator('canvas')
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const {width, height} = canvas;
      const {data = []} = canvas.getContext('2d')?.getImageData(0, 0, width, height) ?? {};
      const highest: [number, number] = [0, 0];
      for (let x = 0; x < width; x++) {
        let pixels = 0;
        for (let y = 0; y < height; y++) {
          const at = (y * width + x) * 4;
          const [red = 0, green = 0, blue = 0] = [data[at], data[at + 1], data[at + 2]];
          // Bars are the only saturated pixels: axes, labels and the background are grey.
          if (Math.max(red, green, blue) - Math.min(red, green, blue) > 60) pixels++;
        }
        const half = x < width / 2 ? 0 : 1;
        highest[half] = Math.max(highest[half], pixels);
      }
      return highest;
    });

test.serial('a bar chart draws bars as high as the values that the API returned', async t => {
  const [left, right] = await barHeights();
  const [alpha = 0, beta = 0] = (await fromApi('bars')).map(({samples}) => samples.at(-1)?.[1] ?? Number.NaN);
  t.true(left > 30 && Math.abs(right / left - beta / alpha) < 0.05, `${left} ${right} px for ${alpha} ${beta}`);
});
