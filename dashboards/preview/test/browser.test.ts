/** The preview as its readers see it: a real Chromium, boards with every panel kind, and a stand-in for Prometheus. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import type {Locator, Page} from 'playwright-core';
import {ensureInstalled} from '../../src/preview/install.ts';
import {routes} from '../src/routes.ts';
import {hostile, startStubPrometheus} from './fixture/prometheus-stand-in.ts';
import {createSources} from './fixture/sources.ts';

const quiet = () => {};

const createWorld = async () => {
  await ensureInstalled(console.log);
  // Only now: these need the preview's own packages.
  const [{findChromium, startChromium}, {startPreview}, {fromSources}, {startChecker}, {parseEndpoint}] =
    await Promise.all([
      import('../src/chromium.ts'),
      import('../src/preview.ts'),
      import('../src/board-source.ts'),
      import('../src/live-boards.ts'),
      import('../src/prometheus-proxy.ts'),
    ]);
  const executablePath = await findChromium(quiet);
  const [prometheus, sources] = await Promise.all([startStubPrometheus(), createSources()]);
  const [preview, browser] = await Promise.all([
    startPreview({
      source: fromSources(sources.root, {live: true}),
      checker: startChecker(sources.root),
      prometheus: parseEndpoint(prometheus.url),
      port: 0,
    }),
    startChromium({executablePath, width: 1600, height: 1200}),
  ]);
  const stop = async () => {
    await browser.close();
    await preview.stop();
    prometheus.stop();
    await sources.remove();
  };
  return {prometheus, sources, preview, browser, stop};
};

let world: Awaited<ReturnType<typeof createWorld>>;
test.before(async t => {
  t.timeout(300_000, 'the first run installs packages');
  world = await createWorld();
});
test.after.always(() => world?.stop());

const drawn = (page: Page): Promise<unknown> => page.waitForSelector('html[data-drawn="true"]', {state: 'attached'});

type Visit = {readonly page: Page; readonly complaints: string[]; readonly panel: (title: string) => Locator};

/** A new page, and the errors on its console, except those of queries that are meant to fail. */
const visit = async (t: {teardown: (end: () => unknown) => void}, query = '', before = async (_: Page) => {}) => {
  const page = await world.browser.context.newPage();
  t.teardown(() => page.close());
  await before(page);
  return open(page, query);
};

/** The page that tests only read is opened once. */
let sharedVisit: Promise<Visit> | undefined;
const visitShared = (): Promise<Visit> => {
  sharedVisit ??= world.browser.context.newPage().then(page => open(page, ''));
  return sharedVisit;
};

/** Or it would follow the sources as well. */
const lookAway = async (): Promise<void> => {
  await (await sharedVisit)?.page.close();
  sharedVisit = undefined;
};

const open = async (page: Page, query: string): Promise<Visit> => {
  const complaints: string[] = [];
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type()) && !/broken|no-region/.test(message.location().url)) {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', error => complaints.push(error.message));
  await page.goto(`${world.preview.url}/d/fixture${query}`);
  await drawn(page);
  return {page, complaints, panel: title => page.locator(`section[aria-label="${title}"]`)};
};

/** The page forbids the evaluation that Playwright's own waiting for functions needs. */
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await delay(20);
};

const lastQuery = (part: string): URLSearchParams | undefined =>
  world.prometheus.asked.findLast(parameters => parameters.get('query')?.includes(part));

test.serial('every panel of every kind is drawn, without a complaint on the console', async t => {
  const {page, complaints, panel} = await visitShared();
  for (const title of ['Rates', 'Columns', 'Latency', 'CPU']) {
    t.true((await panel(title).locator('canvas').count()) > 0, title);
  }
  t.is(await panel('Gauge').locator('svg[role=img]').count(), 3);
  t.is(await panel('Shares').locator('svg[role=img] path').count(), 3);
  t.regex(await panel('Stat').innerText(), /%/);
  t.regex(await panel('Bars').innerText(), /alpha/);
  t.is(await panel('Ranking').getByRole('row').count(), 4);
  t.is(await panel('Notes').locator('strong').innerText(), 'Bold');
  t.is(await page.locator('[data-empty]').count(), 0);
  t.is(await page.title(), 'Fixture');
  t.deepEqual(complaints, []);
});

test.serial('a panel whose query fails shows Prometheus’s message', async t => {
  const {panel} = await visitShared();
  t.is(await panel('Broken').getByRole('alert').innerText(), 'parse error: unexpected end of input');
});

test.serial('a panel of a kind that can’t be drawn shows a notice, and sample values are marked', async t => {
  const {panel} = await visitShared();
  t.regex(await panel('Unknown').innerText(), /kind “nodeGraph” cannot be drawn/);
  t.regex(await panel('CPU').innerText(), /sample/);
});

test.serial('scripts in label values, texts and links don’t run', async t => {
  const {page, panel} = await visitShared();
  t.true((await panel('Ranking').innerText()).includes(hostile));
  t.is(await panel('Notes').locator('script').count(), 0);
  for (const title of ['Notes', 'Ranking']) {
    t.notRegex((await panel(title).innerHTML()).toLowerCase(), /href="\s*javascript/);
  }
  t.is(await page.evaluate('window.pwned'), undefined);
});

test.serial('a chosen variable filters the queries and stays in the address', async t => {
  const {page, panel} = await visit(t);
  t.is(lastQuery('sum by (server)')?.get('query'), 'sum by (server) (rate(requests_total{server=~".*"}[60s]))');
  await page.getByRole('combobox', {name: 'Server'}).click();
  await page.getByRole('option', {name: 'beta'}).click();
  await page.keyboard.press('Escape');
  await page.waitForURL(/var-server=beta/);
  await drawn(page);
  t.is(lastQuery('sum by (server)')?.get('query'), 'sum by (server) (rate(requests_total{server=~"beta"}[60s]))');
  t.is(await panel('Ranking').getByRole('row').count(), 2);
});

test.serial('a value that a client chose can’t break out of the query', async t => {
  await visit(t, `?var-server=${encodeURIComponent('x"} or vector(1) #')}`);
  const query = lastQuery('sum by (server)')?.get('query') ?? '';
  t.is(query, String.raw`sum by (server) (rate(requests_total{server=~"x\"\\} or vector\\(1\\) #"}[60s]))`);
});

test.serial('markup that a variable brings is text', async t => {
  const {page, panel} = await visit(
    t,
    `?viewPanel=9&var-server=${encodeURIComponent('<h1 onclick="window.pwned=5">Sale</h1>')}`,
  );
  t.regex(await panel('Notes').innerText(), /of <h1 onclick="window\.pwned=5">Sale<\/h1>/);
  t.is(await panel('Notes').locator('h1').count(), 0);
  t.is(await page.evaluate('window.pwned'), undefined);
});

test.serial('another time range changes the queried time', async t => {
  const {page} = await visit(t);
  await page.getByTestId(/TimePicker Open Button/).click();
  await page.getByText('Last 6 hours', {exact: true}).click();
  await page.waitForURL(/from=now-6h/);
  await drawn(page);
  const asked = lastQuery('sum by (server)');
  const range = world.prometheus.asked.findLast(parameters => parameters.has('step'));
  t.is(Number(range?.get('end')) - Number(range?.get('start')), 6 * 3600);
  t.truthy(asked);
});

test.serial('a refresh queries every panel again', async t => {
  const {page} = await visitShared();
  const again = page.waitForRequest(/query_range\?query=sum/);
  await page.getByRole('button', {name: 'Refresh', exact: false}).first().click();
  t.regex(decodeURIComponent((await again).url()), /requests_total/);
});

test.serial('the theme changes and is remembered', async t => {
  const {page} = await visit(t, '?theme=dark');
  const background = () => page.locator('.page').evaluate(element => getComputedStyle(element).backgroundColor);
  const dark = await background();
  await page.getByRole('button', {name: 'Light theme'}).click();
  await page.locator('[data-theme=light]').waitFor();
  t.not(await background(), dark);
  await page.reload();
  await page.locator('[data-theme=light]').waitFor();
  await page.getByRole('button', {name: 'Dark theme'}).click();
  await page.locator('[data-theme=dark]').waitFor();
  t.is(await background(), dark);
});

test.serial('hovering a chart shows every series’ value at that time', async t => {
  const {page, panel} = await visitShared();
  const box = await panel('Rates').locator('.u-over').boundingBox();
  t.truthy(box);
  if (!box) return;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.move(box.x + box.width / 2 + 2, box.y + box.height / 2);
  const tooltip = page
    .locator('#grafana-portal-container')
    .getByText(/req\/s/)
    .first();
  await tooltip.waitFor();
  t.regex(await page.locator('#grafana-portal-container').innerText(), /alpha[\s\S]*req\/s/);
});

test.serial('a table sorts by the column whose head is clicked', async t => {
  const {panel} = await visitShared();
  const rows = async () => (await panel('Ranking').getByRole('row').allInnerTexts()).slice(1);
  const head = panel('Ranking').getByRole('columnheader', {name: 'Rate'});
  const before = await rows();
  await head.click();
  const ascending = await rows();
  await head.click();
  const descending = await rows();
  t.deepEqual([...ascending].reverse(), descending);
  t.is(before.length, 3);
  t.not(ascending[0], descending[0]);
  // Painted outside the window as well, or a print of the page had a gap.
  const grid = panel('Ranking').getByRole('grid');
  t.is(await grid.evaluate(element => getComputedStyle(element).contentVisibility), 'visible');
});

test.serial('a click on a legend entry shows only its series, a second one all again', async t => {
  const {panel} = await visit(t);
  const entries = panel('Rates').locator('tbody button');
  const colours = () => entries.evaluateAll(buttons => buttons.map(button => getComputedStyle(button).color));
  const different = async () => new Set(await colours()).size;
  t.is(await different(), 1);
  await entries.first().click();
  await until(async () => (await different()) > 1);
  const [first, second, third] = await colours();
  t.is(second, third);
  t.not(first, second);
  await entries.first().click();
  await until(async () => (await different()) === 1);
  t.is(await entries.count(), 3);
});

test.serial('a row folds and unfolds, and repeats its panels for each value', async t => {
  const {page} = await visit(t);
  const row = page.getByRole('button', {name: /Folded/});
  t.is(await row.getAttribute('aria-expanded'), 'false');
  await row.click();
  await drawn(page);
  t.is(await page.locator('section[aria-label="Only beta"]').count(), 1);
  t.is(await page.locator('[data-panel^="21/"]').count(), 3);
  await row.click();
  await page.locator('[data-panel^="21/"]').first().waitFor({state: 'detached'});
  t.is(await page.locator('[data-panel^="21/"]').count(), 0);
});

test.serial('the board is walked by keyboard', async t => {
  const {page, panel} = await visit(t);
  await page.keyboard.press('Tab');
  t.is(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the panels');
  await panel('Rates').focus();
  await page.keyboard.press('v');
  await page.waitForURL(/viewPanel=1/);
  await panel('Ranking').waitFor({state: 'detached'});
  await page.keyboard.press('Escape');
  await panel('Ranking').waitFor();
  const row = page.getByRole('button', {name: /Folded/});
  await row.focus();
  await page.keyboard.press('Enter');
  t.is(await row.getAttribute('aria-expanded'), 'true');
});

test.serial('annotations are marked across charts, and can be turned off', async t => {
  const {page, panel} = await visitShared();
  const marks = panel('Rates').locator('.annotation-mark');
  const titles = (await marks.evaluateAll(found => found.map(mark => mark.getAttribute('title')))).join(';');
  t.regex(titles, /alpha started\n.*;TooSlow\n.* – /);
  t.is(await marks.count(), 2);
  const failed = page.locator('[title="parse error: unexpected end of input"]');
  t.is(await failed.getByRole('switch', {name: 'Out of order'}).count(), 1);
  const firing = page.getByRole('switch', {name: 'Firing'});
  await firing.setChecked(false, {force: true});
  await until(async () => (await marks.count()) === 1);
  await firing.setChecked(true, {force: true});
  await until(async () => (await marks.count()) === 2);
  t.pass();
});

const runbookAtTheSameTime = 'https://runbook.example/?from=now-1h&to=now#tooslow';

test.serial(
  'links lead to the runbook, to other boards at the same time, and from a cell to what it names',
  async t => {
    const {page, panel} = await visitShared();
    const runbook = panel('Rates').getByRole('link', {name: 'Runbook: TooSlow'});
    t.is(await runbook.getAttribute('href'), runbookAtTheSameTime);
    const other = page.getByRole('link', {name: 'Other board'});
    t.is(await other.getAttribute('href'), '/d/other?from=now-1h&to=now');
    const cells = await panel('Ranking')
      .locator('a[href^="/d/"]')
      .evaluateAll(links => links.map(link => link.getAttribute('href')));
    t.is(cells.length, 3);
    t.true(
      cells.includes('/d/fixture?var-server=beta&from=now-1h&to=now&var-server=%24__all&x=$constructor'),
      cells.join('\n'),
    );
    t.true(
      cells.some(cell => cell?.startsWith(`/d/fixture?var-server=${encodeURIComponent(hostile)}&`)),
      cells.join('\n'),
    );
  },
);

test.serial('with credentials the CloudWatch panels show its data, or the error', async t => {
  const asked: URL[] = [];
  const {panel} = await visit(t, '?viewPanel=12', async page => {
    await page.route('**/api/boards', async route => {
      const answer = await (await route.fetch()).json();
      await route.fulfill({json: {...answer, cloudWatch: true}});
    });
    await page.route('**/api/cloudwatch/series?*', route => {
      asked.push(new URL(route.request().url()));
      const now = Date.now();
      return route.fulfill({
        json: [
          {
            id: 'query_A',
            label: 'measured',
            samples: [
              [now - 120_000, 7],
              [now - 60_000, 8],
            ],
          },
        ],
      });
    });
  });
  await panel('CPU').getByText('measured').waitFor();
  t.is(await panel('CPU').getByText('sample').count(), 0);
  const {region, queries} = JSON.parse(asked[0]?.searchParams.get('question') ?? '');
  t.is(region, 'default');
  t.deepEqual(queries, [
    {
      id: 'query_A',
      period: 60,
      hide: false,
      metric: {namespace: 'AWS/ECS', name: 'CPUUtilization', statistic: 'Average', dimensions: {Cluster: 'one'}},
    },
  ]);
});

test.serial('a panel’s menu leads to its query in Prometheus’s own page, and where its title’s links do', async t => {
  const {page, panel} = await visitShared();
  await panel('Rates').hover();
  await panel('Rates')
    .getByRole('button', {name: /Menu for panel/})
    .click();
  const href = await page.getByRole('menuitem', {name: /query in Prometheus/}).getAttribute('href');
  t.is(await page.getByRole('menuitem', {name: 'Runbook: TooSlow'}).getAttribute('href'), runbookAtTheSameTime);
  await page.keyboard.press('Escape');
  const url = new URL(href ?? '');
  t.is(url.origin, world.prometheus.url);
  t.is(url.searchParams.get('g0.expr'), 'sum by (server) (rate(requests_total{server=~".*"}[60s]))');
});

test.serial('every firing alert is listed separately, with its summary, before inactive rules', async t => {
  const {page} = await visit(t);
  await page.getByRole('button', {name: '2 firing, 0 pending'}).click();
  const list = page.locator('.alerts li');
  await list.first().waitFor();
  const texts = await list.allInnerTexts();
  t.regex(texts[0] ?? '', /firing\s*TooSlow critical active .*\s*server=alpha\s*alpha is slow\s*Runbook/);
  t.regex(texts[1] ?? '', /beta is slow/);
  t.regex(texts[2] ?? '', /inactive\s*TooQuiet/);
  t.notRegex(texts.join('\n'), /\{\{/);
  t.is(await list.first().getByRole('link').getAttribute('href'), 'https://runbook.example/#tooslow');
});

const openForeign = async (t: {teardown: (end: () => unknown) => void}, query = '') => {
  const page = await world.browser.context.newPage();
  t.teardown(() => page.close());
  await page.goto(`${world.preview.url}/d/foreign${query}`);
  await drawn(page);
  return {page, panel: (title: string) => page.locator(`section[aria-label="${title}"]`)};
};

/** How many pixels of a chart are painted. */
const painted = (canvas: Locator): Promise<number> =>
  canvas.evaluate(element => {
    if (!(element instanceof HTMLCanvasElement)) return 0;
    const data = element.getContext('2d')?.getImageData(0, 0, element.width, element.height).data ?? [];
    return data.filter((alpha, index) => index % 4 === 3 && alpha > 0).length;
  });

test.serial('boards that others wrote are drawn as Grafana prepares them', async t => {
  const {page, panel} = await openForeign(t);
  // NaN in the data, and a legend that is hidden: the chart is still there.
  t.true((await painted(panel('Holes').locator('canvas').first())) > 500);
  t.is(await panel('Holes').locator('table, ul').count(), 0);
  // No refIds, only instant, a hidden column.
  const rows = await panel('Instant').getByRole('row').allInnerTexts();
  t.is(rows.length, 4);
  t.regex(rows[0] ?? '', /server\s+One\s*$/);
  t.is(lastQuery('rate(requests_total[2m])')?.get('query'), 'sum(rate(requests_total[2m]))');
  t.is(await panel('By 2m').count(), 1);
  t.regex(await panel('Old text').innerText(), /Old of .*alpha/);
  t.is(await panel('Old text').locator('[data-testid*="error"], [aria-label*="status"]').count(), 0);
  t.regex(await panel('Yesterday').innerText(), /timeshift -1d/);
  t.is(await page.getByRole('combobox', {name: 'Source'}).inputValue(), 'Prometheus');
});

test.serial('what cannot be drawn is named at the top of the board and in its frame', async t => {
  const {page, panel} = await openForeign(t);
  const gaps = await page.locator('.gaps li').allInnerTexts();
  for (const [index, expected] of [
    /^Panels in `rows`, .*: In a row$/,
    /kind “graph” cannot be drawn here: .* a time series: Old graph$/,
    /library panel.*: Shared$/,
    /^The data source loki cannot be queried here: Logs$/,
    /^The transformation timeSeriesTable is not supported here: Trend$/,
    /^The variable group is of the type “groupby”/,
  ].entries())
    t.regex(gaps[index] ?? '', expected);
  t.regex(await panel('Old graph').innerText(), /cannot be drawn here/);
  t.regex(await panel('Shared').innerText(), /library panel/);
  t.regex(await panel('Logs').innerText(), /data source loki cannot be queried here/);
  t.regex(await panel('Trend').innerText(), /timeSeriesTable is not supported here/);
});

test.serial('a page as wide as a phone has one column and nothing beside it', async t => {
  const {page} = await openForeign(t);
  await page.setViewportSize({width: 390, height: 844});
  const widths = async () => page.locator('.place').evaluateAll(found => found.map(place => place.clientWidth));
  await until(async () => (await widths()).every(width => width > 340));
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  t.true(overflow <= 0, String(overflow));
});

test.serial('a click on the head of a legend sorts it', async t => {
  const {panel} = await visit(t);
  const names = () => panel('Rates').locator('tbody tr').allInnerTexts();
  const before = await names();
  const head = panel('Rates').locator('thead th').last();
  await head.click();
  await until(async () => (await names()).join() !== before.join());
  const descending = await names();
  await head.click();
  await until(async () => (await names()).join() !== descending.join());
  t.deepEqual(await names(), [...descending].reverse());
});

test.serial('with credentials the variables of a CloudWatch board are filled by CloudWatch', async t => {
  const asked: unknown[] = [];
  const query = {
    queryType: 'dimensionValues',
    region: 'default',
    namespace: 'AWS/ECS',
    metricName: 'CPUUtilization',
    dimensionKey: 'ClusterName',
    dimensionFilters: {},
    refId: 'A',
  };
  const variable = {
    name: 'cluster',
    label: 'Cluster',
    type: 'query',
    datasource: {type: 'cloudwatch', uid: 'c'},
    query,
  };
  const page = await world.browser.context.newPage();
  t.teardown(() => page.close());
  await page.route(`**${routes.boards}`, async route => {
    const answer = await (await route.fetch()).json();
    const boards = {aws: {uid: 'aws', title: 'AWS', panels: [], templating: {list: [variable]}}};
    await route.fulfill({json: {...answer, boards, cloudWatch: true}});
  });
  await page.route(`**${routes.cloudWatchDimensions}?*`, route => {
    asked.push(JSON.parse(new URL(route.request().url()).searchParams.get('question') ?? ''));
    return route.fulfill({json: ['main', 'other']});
  });
  await page.goto(`${world.preview.url}/d/aws`);
  await drawn(page);
  t.is(await page.getByRole('combobox', {name: 'Cluster'}).inputValue(), 'main');
  t.like(asked[0], {dimension: 'ClusterName', namespace: 'AWS/ECS'});
});

test.serial('two screenshots of the same time have the same bytes, and marks surround their panels', async t => {
  const {createScreenshots} = await import('../src/screenshot.ts');
  const folder = await mkdtemp(join(tmpdir(), 'preview-pictures-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  const shot = {url: world.preview.url, uid: 'fixture', now: Date.UTC(2026, 0, 15), theme: 'dark'} as const;
  // Two browsers, as in two runs of the command.
  for (const name of ['first', 'second']) {
    const screenshots = await createScreenshots({width: 1200, report: quiet});
    await screenshots.board(shot, join(folder, `${name}.png`));
    await screenshots.panels(shot, ({id}) => (id === 3 ? join(folder, `${name}-panel.png`) : undefined));
    if (name === 'first')
      await screenshots.board({...shot, marks: new Map([[1, 'changed']])}, join(folder, 'marked.png'));
    await screenshots.close();
  }
  const picture = (name: string) => readFile(join(folder, `${name}.png`));
  for (const part of ['', '-panel']) {
    t.true((await picture(`first${part}`)).equals(await picture(`second${part}`)), part);
  }
  t.false((await picture('first')).equals(await picture('marked')));
});

test.serial('a saved source redraws the board, which keeps its range and variables', async t => {
  await lookAway();
  const {page, panel} = await visit(t, '?from=now-3h&to=now&var-server=beta');
  await world.sources.edit('"Rates"', '"Renamed"');
  await panel('Renamed').waitFor();
  await drawn(page);
  t.regex(page.url(), /from=now-3h&to=now/);
  t.is(lastQuery('sum by (server)')?.get('query')?.includes('"beta"'), true);
  await world.sources.edit('"Renamed"', '"Rates"');
  await panel('Rates').waitFor();
});

test.serial('a type error is shown with file and line over the last good board', async t => {
  const {page, panel} = await visit(t);
  await world.sources.edit("= 'Fixture'", '= 42');
  const problems = page.locator('.problems');
  await problems.waitFor();
  const text = await problems.innerText();
  t.regex(text, /dashboards\/src\/board\.ts:1/);
  t.regex(text, /Type 'number' is not assignable to type 'string'/);
  t.is(await panel('Rates').count(), 1);
  t.is(await page.getByRole('heading', {level: 1}).innerText(), 'Fixture');
  await world.sources.edit('= 42', "= 'Fixture'");
  await problems.waitFor({state: 'detached'});
});

test.serial('a builder that throws is shown with file and line over the last good board', async t => {
  const {page, panel} = await visit(t);
  await world.sources.edit('export const', "if (title) throw new Error('no such signal');\nexport const");
  const problems = page.locator('.problems');
  await problems.waitFor();
  const text = await problems.innerText();
  t.regex(text, /dashboards\/src\/board\.ts:2/);
  t.regex(text, /no such signal/);
  t.is(await panel('Rates').count(), 1);
  await world.sources.edit("if (title) throw new Error('no such signal');\n", '');
  await problems.waitFor({state: 'detached'});
});

test.serial('a board that can’t be read is on the list with the others, with the reason', async t => {
  const page = await world.browser.context.newPage();
  t.teardown(() => page.close());
  await page.route(`**${routes.boards}`, async route => {
    const response = await route.fetch();
    const answer = await response.json();
    await route.fulfill({response, json: {...answer, boards: {...answer.boards, later: {spec: {elements: {}}}}}});
  });
  await page.goto(world.preview.url);
  await page.getByRole('link', {name: 'Fixture'}).waitFor();
  await page.getByRole('link', {name: 'later'}).click();
  await page.getByText('This board can’t be read').waitFor();
  t.is(await page.getByText('board: expected classic dashboard JSON, found schema v2').count(), 1);
});

test.serial('pictures that are interrupted end as a shell expects, and leave nothing behind', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'interrupted-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  const source = fileURLToPath(new URL('../src/preview-command.ts', import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, source, 'pictures', '--out', join(folder, 'out')], {
    env: {...process.env, TMPDIR: folder, TSX_DISABLE_CACHE: '1'},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  // Folders and processes are there by then.
  child.stderr.on('data', chunk => String(chunk).includes('Generating an hour') && child.kill('SIGINT'));
  t.deepEqual(await ended, [130, null]);
  await until(async () => (await readdir(folder)).length === 0);
});
