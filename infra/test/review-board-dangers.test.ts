/** Every dangerous change of boards is within the first ten lines of the review's comment. */
import test from 'ava';
import {boardDangers} from '../review/board-dangers.ts';
import {firstTenLines} from './first-ten-lines.ts';

const board = (expr: string, panel: object = {}, rest: object = {}): string =>
  JSON.stringify({
    uid: 'analytics',
    title: 'Analytics',
    templating: {
      list: [
        {name: 'resolution', current: {value: '|raw'}},
        {name: 'server', current: {value: ['$__all']}, allValue: '.*'},
        {name: 'observer', current: {value: 'nginx'}},
      ],
    },
    annotations: {list: [{name: 'Restarts'}]},
    panels: [
      {
        title: 'Requests',
        type: 'timeseries',
        datasource: {type: 'prometheus', uid: 'prometheus'},
        links: [{title: 'Runbook: High', url: 'https://example.org/runbook#high'}],
        targets: [{expr, interval: '$step'}],
        fieldConfig: {
          defaults: {
            unit: 's',
            thresholds: {
              steps: [
                {value: null, color: 'green'},
                {value: 0.05, color: 'red'},
              ],
            },
          },
          overrides: [],
        },
        ...panel,
      },
    ],
    ...rest,
  });

const exposedLabels = ['method', 'server_name', 'service', 'success'];
const boardLines = (before: readonly string[], after: readonly string[]): string =>
  firstTenLines(boardDangers(before, after, label => exposedLabels.includes(label)));

const calls = 'sum(rate(calls_total[$__rate_interval]))';
const cloudWatch = {targets: [{namespace: 'AWS/ECS', metricName: 'CPUUtilization', statistic: 'Maximum'}]};
const thresholdAt = (value: number, color = 'red'): object => ({
  fieldConfig: {
    defaults: {
      unit: 's',
      thresholds: {
        steps: [
          {value: null, color: 'green'},
          {value, color},
        ],
      },
    },
  },
});

for (const [what, before, after, expected] of [
  [
    'a query that hides the folded values',
    [board('sum(calls_total)')],
    [board('sum(calls_total{method!="_other"})')],
    /\*\*shows less\*\*: panel Analytics \/ Requests: selects now method!="_other"/,
  ],
  [
    'a query of one reporter only',
    [board(calls)],
    [board('sum(rate(calls_total{service="$observer"}[$__rate_interval]))')],
    /panel Analytics \/ Requests: selects now service="\$observer"/,
  ],
  [
    'a matcher on a label that no series has',
    [board(calls)],
    [board('sum(rate(calls_total{region="eu"}[$__rate_interval]))')],
    /selects now region="eu"/,
  ],
  [
    'a variable that selects only records',
    [board(calls)],
    [
      board(
        'sum(rate(calls_total{resolution=~"$resolution"}[$__rate_interval]))',
        {},
        {templating: {list: [{name: 'resolution', current: {value: '5m'}}]}},
      ),
    ],
    /selects now resolution=~"\$resolution"/,
  ],
  [
    'a matcher beside the one of the records',
    [board(calls)],
    [
      board(
        'sum(rate(calls_total{success="true", resolution=~"$resolution"}[$__interval])) or sum(sum_over_time(all:calls:increase{success="true", resolution=~"$resolution"}[$__interval]))',
      ),
    ],
    /selects now success="true"/,
  ],
  [
    'a lost matcher',
    [board('sum(rate(calls_total{success="true"}[$__rate_interval]))')],
    [board(calls)],
    /selects no longer success="true"/,
  ],
  [
    'records that are no longer read',
    [board(`${calls} or sum(sum_over_time(all:calls:increase[$__interval]))`)],
    [board(calls)],
    /becomes nothing/,
  ],
  ['a shorter list', [board('topk(15, calls)')], [board('topk(3, calls)')], /15 becomes 3/],
  [
    'a removed panel',
    [board('a')],
    [board('a', {title: 'Other'})],
    /panel Analytics \/ Requests is removed or renamed/,
  ],
  [
    'a removed panel of CloudWatch',
    [board('', cloudWatch)],
    [board('', {title: 'Other'})],
    /panel Analytics \/ Requests is removed or renamed/,
  ],
  [
    'another statistic of CloudWatch',
    [board('', cloudWatch)],
    [board('', {targets: [{namespace: 'AWS/ECS', metricName: 'CPUUtilization', statistic: 'Average'}]})],
    /the query changes: "Maximum" becomes "Average"/,
  ],
  ['a hidden query', [board('a')], [board('', {targets: [{expr: 'a', hide: true}]})], /a becomes nothing/],
  ['a removed board', [board('a')], [], /board Analytics \(analytics\) is removed/],
  [
    'another uid of a board',
    [board('a')],
    [board('a', {}, {uid: 'other'})],
    /board Analytics: uid analytics becomes other: links and bookmarks end/,
  ],
  [
    'another data source of a panel',
    [board('a')],
    [board('a', {datasource: {uid: 'fixed'}})],
    /panel Analytics \/ Requests: reads fixed instead of prometheus/,
  ],
  [
    'a threshold that is five times as high',
    [board('a')],
    [board('a', thresholdAt(0.25))],
    /panel Analytics \/ Requests: threshold 0\.05 red to 0\.25 red/,
  ],
  ['a threshold of another colour', [board('a')], [board('a', thresholdAt(0.05, 'green'))], /0\.05 red to 0\.05 green/],
  ['another unit', [board('a')], [board('a', {fieldConfig: {defaults: {unit: 'ms'}}})], /unit s becomes ms/],
  [
    'rows that are filtered out',
    [board('a')],
    [board('a', {transformations: [{id: 'filterByValue'}]})],
    /panel Analytics \/ Requests: hides rows or columns: \{"id":"filterByValue"\}/,
  ],
  ['a lost link to the runbook', [board('a')], [board('a', {links: []})], /loses the link Runbook: High/],
  [
    'a lost variable',
    [board('a')],
    [board('a', {}, {templating: {list: []}})],
    /board Analytics: loses the variable \$server/,
  ],
  [
    'a lost annotation',
    [board('a')],
    [board('a', {}, {annotations: {list: []}})],
    /board Analytics: loses the annotation Restarts/,
  ],
] as const)
  test(`the first ten lines name ${what}`, t => {
    t.regex(boardLines(before, after), expected);
  });

for (const [what, after] of [
  ['a variable that is open at All', 'sum(rate(calls_total{server_name=~"$server"}[$__rate_interval]))'],
  ['a matcher of any value', 'sum(rate(calls_total{method=~".*"}[$__rate_interval]))'],
  ['a matcher that excludes what no series has', 'sum(rate(calls_total{region!="eu"}[$__rate_interval]))'],
  [
    'records beside the raw series',
    'sum(rate(calls_total{resolution=~"$resolution"}[$__interval])) or sum(sum_over_time(all:calls:increase{resolution=~"$resolution"}[$__interval])) / ($__interval_ms / 1000)',
  ],
] as const)
  test(`${what} does not count as a loss`, t => {
    t.deepEqual(
      boardDangers([board(calls)], [board(after)], label => exposedLabels.includes(label)),
      [],
    );
  });

test('records beside the raw series of several queries do not count as a loss', t => {
  const targets = (...expressions: readonly string[]): object => ({
    targets: expressions.map(expr => ({expr, interval: '$step'})),
  });
  const read = (name: string): string =>
    `(sum(rate(${name}[$__interval])) or sum(sum_over_time(all:${name}:increase[$__interval])))`;
  t.deepEqual(
    boardDangers(
      [board('', targets('sum(rate(a[$__interval])) or b', 'sum(rate(c[$__interval]))'))],
      [board('', targets(`${read('a')} or b`, read('c')))],
    ),
    [],
  );
});

test('a data source that all panels of a board change is one line', t => {
  const panels = (uid: string): object => ({
    panels: ['A', 'B'].map(title => ({title, datasource: {uid}, targets: [{expr: 'a'}]})),
  });
  t.deepEqual(
    boardDangers([board('a', {}, panels('prometheus'))], [board('a', {}, panels('fixed'))]).map(({text}) => text),
    ['board Analytics: 2 panels: each reads fixed instead of prometheus'],
  );
});
