/** How dashboard JSON is prepared for panels, and how unsupported parts are reported. */
import test from 'ava';
import {ensureInstalled} from '../../src/preview/install.ts';
import {grafanaData, hour, pageModule, stubServer} from './fixture/page-module.ts';

test.before(async t => {
  t.timeout(300_000, 'the first run installs packages');
  await ensureInstalled(console.log);
});

const parse = (board: unknown) => pageModule('parse-board.ts').parseBoard(board);
const panelOf = (panel: object) => parse({title: 'T', panels: [{id: 1, type: 'timeseries', ...panel}]}).panels[0];

test('queries without a refId get the first free letters', t => {
  const targets = [{expr: 'a'}, {refId: 'A', expr: 'b'}, {expr: 'c'}];
  t.deepEqual(
    panelOf({targets})?.targets.map(({refId}) => refId),
    ['B', 'A', 'C'],
  );
});

test('a hidden legend of before schema 37 is a legend that is not shown', t => {
  const panel = panelOf({options: {legend: {displayMode: 'hidden', placement: 'bottom'}}});
  t.deepEqual(panel?.options['legend'], {displayMode: 'list', showLegend: false, placement: 'bottom'});
});

test('content beside the options of a text panel is drawn', t => {
  t.deepEqual(panelOf({type: 'text', content: '# Hi', mode: 'text'})?.options, {content: '# Hi', mode: 'markdown'});
});

test('a table’s hidden columns and cell kinds are read in their older spelling', t => {
  const {defaults, overrides} =
    panelOf({
      type: 'table',
      fieldConfig: {
        defaults: {custom: {displayMode: 'color-background', hidden: true}},
        overrides: [
          {
            matcher: {id: 'byName', options: 'x'},
            properties: [
              {id: 'custom.hidden', value: true},
              {id: 'custom.displayMode', value: 'lcd-gauge'},
            ],
          },
        ],
      },
    })?.fieldConfig ?? {};
  t.deepEqual(defaults?.custom, {cellOptions: {type: 'color-background', mode: 'gradient'}, hideFrom: {viz: true}});
  t.deepEqual(overrides?.[0]?.properties, [
    {id: 'custom.hideFrom', value: {viz: true}},
    {id: 'custom.cellOptions', value: {type: 'gauge', mode: 'lcd'}},
  ]);
});

test('a CloudWatch query of several statistics is one query for each, its alias a label', t => {
  const targets = [
    {
      refId: 'A',
      namespace: 'AWS/EC2',
      metricName: 'CPU',
      statistics: ['Average', 'Maximum'],
      alias: '{{InstanceId}} {{stat}}',
    },
  ];
  t.deepEqual(
    panelOf({targets})?.targets.map(({refId, statistic, label}) => [refId, statistic, label]),
    [
      ['A', 'Average', `\${PROP('Dim.InstanceId')} \${PROP('Stat')}`],
      ['B', 'Maximum', `\${PROP('Dim.InstanceId')} \${PROP('Stat')}`],
    ],
  );
});

test('panels without a unique id get one, also in collapsed rows', t => {
  const panels = [
    {type: 'text'},
    {type: 'text', id: 3},
    {type: 'row', id: 3, panels: [{type: 'text', id: 3}, {type: 'text'}]},
  ];
  const ids = parse({title: 'T', panels}).panels.flatMap(({id, panels}) => [id, ...panels.map(inner => inner.id)]);
  t.is(new Set(ids).size, 5);
});

const classic = {uid: 'u', title: 'T', panels: []};

test('an API export, a resource of v1 and a bare board are the same board', t => {
  const {uid: _uid, ...spec} = classic;
  const resource = {apiVersion: 'dashboard.grafana.app/v1', kind: 'Dashboard', metadata: {name: 'u'}, spec};
  for (const json of [classic, {dashboard: classic, meta: {}}, resource]) t.is(parse(json).uid, 'u');
});

const rejected = test.macro((t, json: unknown, message: RegExp) => {
  const error = t.throws(() => parse(json));
  t.regex(error?.message ?? '', message);
  t.true((error?.message.length ?? 0) < 200);
});
test(
  'schema v2 is reported, with its wrapper',
  rejected,
  {spec: {elements: {}, layout: {}}},
  /found schema v2 .*Classic/,
);
test('schema v2 is named, without its wrapper', rejected, {title: 'T', elements: {}, layout: {}}, /found schema v2/);
test('a list is described by its length', rejected, new Array(1000).fill({a: 1}), /^board: .*found a list of 1000$/);
test(
  'another object is described by its first fields',
  rejected,
  {a: 1, b: 2, c: 3, d: 4},
  /found an object with a, b, c, …$/,
);

test('panels in rows are counted by their titles', t => {
  const rows = [{title: 'r', panels: [{title: 'CPU'}, {title: 'Memory'}]}, {panels: [{}]}];
  t.deepEqual(parse({title: 'T', rows}).oldRows, ['CPU', 'Memory', 'without a title']);
});

const source = test.macro((t, target: object, panelSource: unknown, expected: unknown) => {
  const {sourceOf} = pageModule('data-sources.ts');
  const {only} = pageModule('interpolate.ts');
  const values = {ds: only('prometheus', {dataSource: 'prometheus'}), logs: only('', {dataSource: 'loki'})};
  t.deepEqual(sourceOf({refId: 'A', ...target}, panelSource as string, values), expected);
});
test('a query without a data source goes to Prometheus', source, {expr: 'up'}, undefined, 'prometheus');
test('a CloudWatch query is recognized by its namespace', source, {namespace: 'AWS/ECS'}, null, 'cloudwatch');
test('a variable names the type', source, {expr: 'up'}, '$ds', 'prometheus');
test('a variable of another type is named', source, {expr: '{a="b"}'}, {uid: '$logs'}, {unknown: 'loki'});
test('the name of a data source of another product is reported', source, {expr: '{a="b"}'}, 'my-Loki', {
  unknown: 'loki',
});
test('expressions are named', source, {datasource: {type: '__expr__', uid: '__expr__'}}, '-- Mixed --', {
  unknown: '__expr__',
});
test(
  'results of other panels are named',
  source,
  {},
  {type: 'datasource', uid: '-- Dashboard --'},
  {
    unknown: '-- Dashboard --',
  },
);

type Kinds = {readonly range?: boolean; readonly instant?: boolean};
const queryPaths = test.macro(async (t, kinds: Kinds, expected: string[]) => {
  await pageModule('registries.ts').fillRegistries();
  const {runPanel} = pageModule('query.ts');
  const questions = stubServer(({path}) =>
    path === 'query'
      ? {resultType: 'vector', result: [{metric: {a: '1'}, value: [1, 'NaN']}]}
      : {resultType: 'matrix', result: []},
  );
  const panel = panelOf({targets: [{expr: 'up', ...kinds}]});
  if (!panel) return t.fail();
  const setting = {range: hour(), values: {}, points: 500, cloudWatch: false, scrapeIntervalMs: 15_000};
  await runPanel(panel, {...setting, signal: new AbortController().signal});
  t.deepEqual(
    questions.map(({path}) => path),
    expected,
  );
});
test.serial('a query without flags is a range query', queryPaths, {}, ['query_range']);
test.serial('an instant query is not sent as a range query', queryPaths, {instant: true}, ['query']);
test.serial('range and instant are sent as both', queryPaths, {instant: true, range: true}, ['query_range', 'query']);
test.serial('a query that turns both off is a range query', queryPaths, {instant: false, range: false}, [
  'query_range',
]);

const rangeOfPanel = test.macro((t, panel: object, [from, to]: readonly [string, string], hint: string) => {
  const {rangeOf} = pageModule('query.ts');
  const model = panelOf(panel);
  if (!model) return t.fail();
  const found = rangeOf(model, hour(), {});
  t.deepEqual([found.range.from.toISOString(), found.range.to.toISOString(), found.hint], [from, to, hint]);
});
test(
  'a panel may have its own relative range',
  rangeOfPanel,
  {timeFrom: '2h'},
  ['2026-01-15T10:00:00.000Z', '2026-01-15T12:00:00.000Z'],
  'Last 2 hours',
);
test(
  'a panel may be shifted',
  rangeOfPanel,
  {timeShift: '1d'},
  ['2026-01-14T11:00:00.000Z', '2026-01-14T12:00:00.000Z'],
  'timeshift -1d',
);
test('a panel may show the day so far', t => {
  const {rangeOf} = pageModule('query.ts');
  const model = panelOf({timeFrom: 'now/d'});
  if (!model) return t.fail();
  const {range, hint} = rangeOf(model, hour(), {});
  t.deepEqual([range.to.valueOf(), hint], [Date.UTC(2026, 0, 15, 12), 'Today so far']);
});
test('a string that is not a range is named', t => {
  const model = panelOf({timeFrom: 'yesterday'});
  if (!model) return t.fail();
  t.throws(() => pageModule('query.ts').rangeOf(model, hour(), {}), {
    message: /^timeFrom: expected .* found yesterday$/,
  });
});

test('NaN and infinities are gaps in a chart, and its palette counts numbers only', t => {
  const {graphable} = pageModule('graphable.ts');
  const {createTheme, FieldType} = grafanaData();
  const field = (name: string, type: (typeof FieldType)[keyof typeof FieldType], values: unknown[]) => ({
    name,
    type,
    config: {color: {mode: 'palette-classic'}},
    values,
  });
  const theme = createTheme();
  const frame = {
    length: 4,
    fields: [
      field('Time', FieldType.time, [1, 2, 3, 4]),
      field('name', FieldType.string, ['a', 'b', 'c', 'd']),
      field('Value', FieldType.number, [1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
    ],
  };
  const [drawn] = graphable([frame], theme, 'utc');
  const value = drawn?.fields[2];
  t.deepEqual(value?.values, [1, null, null, null]);
  t.is(value?.display?.(1).color, theme.visualization.getColorByName(String(theme.visualization.palette[0])));
  // A chart of bars appends to the values that it draws.
  for (const [index, {values}] of frame.fields.entries()) t.not(drawn?.fields[index]?.values, values);
});

test('bars reach below zero, and stacks grow both ways', t => {
  const {barsOf, extentOf} = pageModule('panels/bar-layout.ts');
  t.deepEqual(barsOf([2, -3, null], 'none'), [
    {from: 0, to: 2},
    {from: 0, to: -3},
    {from: 0, to: 0},
  ]);
  t.deepEqual(barsOf([2, -3, 1], 'normal'), [
    {from: 0, to: 2},
    {from: 0, to: -3},
    {from: 2, to: 3},
  ]);
  t.deepEqual(barsOf([1, 3], 'percent'), [
    {from: 0, to: 0.25},
    {from: 0.25, to: 1},
  ]);
  const [least, greatest] = extentOf([barsOf([2, -3], 'none')], {stacking: 'none'});
  t.true(least <= -3 && greatest >= 2, `${least} to ${greatest}`);
});

test('series of a heatmap are its rows, by their bounds', t => {
  const {heatmapRows} = pageModule('panels/heatmap-rows.ts');
  const {FieldType} = grafanaData();
  const series = (name: string, values: number[]) => ({
    name,
    length: values.length,
    fields: [
      {name: 'Time', type: FieldType.time, config: {interval: 15_000}, values: values.map((_, index) => index)},
      {name: 'Value', type: FieldType.number, config: {displayName: name}, values},
    ],
  });
  const found = heatmapRows([series('+Inf', [1, 2]), series('10', [3, 4]), series('2', [Number.NaN, 5])]);
  t.deepEqual(found?.rows, [
    {name: '2', values: [null, 5]},
    {name: '10', values: [3, 4]},
    {name: '+Inf', values: [1, 2]},
  ]);
});

const sample = (metricName: string, statistic = 'Average'): number[] => {
  const {sampleFrames} = pageModule('sample.ts');
  const context = {range: hour(), values: {}, points: 500, scrapeIntervalMs: 15_000};
  const [frame] = sampleFrames({refId: 'A', namespace: 'AWS/ECS', metricName, statistic, dimensions: {}}, context);
  return frame?.fields[1]?.values ?? [];
};

test('samples of CloudWatch are those of a healthy deployment', t => {
  for (const name of ['UnHealthyHostCount', 'UnHealthyContainerHealthStatus', 'RestartCount']) {
    t.deepEqual([...new Set(sample(name, 'Maximum'))], [0], name);
  }
  t.deepEqual([...new Set(sample('RunningTaskCount')), ...new Set(sample('DesiredTaskCount'))], [2, 2]);
  const [mean, most] = [sample('CPUUtilization'), sample('CPUUtilization', 'Maximum')];
  t.true(mean.every((value, index) => value > 0 && value <= (most[index] ?? 0) && (most[index] ?? 0) <= 100));
  const [requests, failed] = [sample('RequestCount', 'Sum'), sample('HTTPCode_Target_5XX_Count', 'Sum')];
  t.true(requests.every((value, index) => Number.isInteger(value) && value > (failed[index] ?? 0)));
});

test('one column has the panels below one another, in their order', t => {
  const {layout, inOneColumn} = pageModule('layout.ts');
  const place = (x: number, y: number, h: number) => ({gridPos: {x, y, w: 12, h}});
  const panels = [
    {id: 1, type: 'stat', ...place(12, 0, 4)},
    {id: 2, type: 'stat', ...place(0, 0, 8)},
    {id: 3, type: 'stat', ...place(0, 8, 2)},
  ];
  const placed = layout(parse({title: 'T', panels}).panels, {values: {}, collapsed: new Set()});
  t.deepEqual(
    inOneColumn(placed).map(({key, place: {x, y, w, h}}) => [key, x, y, w, h]),
    [
      ['2', 0, 0, 24, 8],
      ['1', 0, 8, 24, 4],
      ['3', 0, 12, 24, 2],
    ],
  );
});

test('clicks on the head of a legend sort descending, ascending and not at all', t => {
  const {sortAfter} = pageModule('legend-state.ts');
  const first = sortAfter({}, 'Max');
  const second = sortAfter(first, 'Max');
  t.deepEqual(
    [first, second, sortAfter(second, 'Max'), sortAfter(first, 'Min')],
    [{sortBy: 'Max', sortDesc: true}, {sortBy: 'Max', sortDesc: false}, {}, {sortBy: 'Min', sortDesc: true}],
  );
});

test('every alert is listed separately with its summary, inactive rules without their template', t => {
  const {alertEntries} = pageModule('alerts-model.ts');
  const template = {summary: 'Of {{ $labels.service }}', runbook_url: 'https://runbook.example/#budget'};
  const alert = (service: string, state: 'firing' | 'pending') => ({
    labels: {alertname: 'Budget', severity: 'critical', service},
    annotations: {...template, summary: `Of ${service}`},
    state,
    activeAt: '2026-01-15T11:00:00Z',
    value: '1',
  });
  const rule = {type: 'alerting', name: 'Budget', labels: {severity: 'critical'}, annotations: template, duration: 300};
  const entries = alertEntries({
    groups: [
      {
        rules: [
          {...rule, labels: {severity: 'warning', window: '1d'}},
          {...rule, alerts: [alert('nginx', 'pending'), alert('auth', 'firing')]},
          {type: 'recording', name: 'r'},
        ],
      },
    ],
  });
  t.deepEqual(
    entries.map(({state, severity, labels, summary}) => [state, severity, Object.fromEntries(labels), summary]),
    [
      ['firing', 'critical', {service: 'auth'}, 'Of auth'],
      ['pending', 'critical', {service: 'nginx'}, 'Of nginx'],
      ['inactive', 'warning', {window: '1d', for: '300s'}, ''],
    ],
  );
  t.true(entries.every(({runbook}) => runbook === 'https://runbook.example/#budget'));
});
