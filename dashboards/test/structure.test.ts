/** Requirements of Grafana and of readers on every board. */
import type {GridPos, Panel, RowPanel} from '@grafana/grafana-foundation-sdk/dashboard';
import test from 'ava';
import {artefacts, dashboards} from '../src/artefacts.ts';
import {findProblems} from '../src/boards/check-boards.ts';
import {cloudwatch, cloudwatchUid, prometheus, prometheusUid} from '../src/panels/datasource.ts';
import {refIdOf} from '../src/panels/targets.ts';
import {unitIds} from '../src/panels/theme.ts';
import {recordedGrowth} from '../src/signals/recorded-growth.ts';
import {alertNames, runbookUrl} from '../src/signals/runbook.ts';
import {isCloudWatch, metricsOf, panelsOf, queriesOf} from './dashboard-json.ts';
import {syntaxErrors} from './promql-parser.ts';

const placeOf = ({gridPos}: Panel | RowPanel): GridPos => {
  if (!gridPos) {
    throw new Error('gridPos: expected a position, found undefined');
  }
  return gridPos;
};

/** The number of panels on each cell of the grid, from the first line to the last. */
const coverage = (places: readonly GridPos[]): number[] => {
  const first = Math.min(...places.map(({y}) => y));
  const cells = Array.from({length: 24 * (Math.max(...places.map(({y, h}) => y + h)) - first)}, () => 0);
  for (const {x, y, w, h} of places) {
    for (let row = y - first; row < y - first + h; row++) {
      for (let column = x; column < x + w; column++) {
        cells[row * 24 + column] = (cells[row * 24 + column] ?? 0) + 1;
      }
    }
  }
  return cells;
};

const unitsOf = ({fieldConfig}: Panel): unknown[] => [
  ...(fieldConfig?.defaults.unit === undefined ? [] : [fieldConfig.defaults.unit]),
  ...(fieldConfig?.overrides ?? []).flatMap(({properties}) =>
    properties.filter(({id}) => id === 'unit').map(({value}) => value),
  ),
];

const variablesIn = (text: string): string[] => [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);

const dataLinksOf = ({fieldConfig}: Panel): string[] =>
  (fieldConfig?.overrides ?? []).flatMap(({properties}) =>
    properties.flatMap(({id, value}) => (id === 'links' ? (value as {url: string}[]).map(({url}) => url) : [])),
  );

test('a server in a table links to the board filtered by it', t => {
  const links = dashboards.flatMap(panelsOf).flatMap(dataLinksOf);
  t.deepEqual(links, [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in
    '/d/mcp-analytics?var-server=${__value.text:percentencode}&${__url_time_range}&${datasource:queryparam}&${observer:queryparam}&${client:queryparam}&${method:queryparam}',
  ]);
});

test('boards have unique uids that Grafana accepts', t => {
  t.is(new Set(dashboards.map(({uid}) => uid)).size, dashboards.length);
  for (const {uid} of dashboards) {
    t.regex(uid ?? '', /^[a-z][a-z0-9-]{7,39}$/);
  }
});

test('the generated JSON is the same as the board in memory, at every call', t => {
  for (const dashboard of dashboards) {
    const text = artefacts().get(`dashboards/${dashboard.uid}.json`);
    t.deepEqual(JSON.parse(text ?? ''), dashboard);
    t.true(text?.endsWith('}\n'));
  }
  t.deepEqual([...artefacts()], [...artefacts()]);
});

for (const dashboard of dashboards) {
  const {title, panels = [], templating} = dashboard;
  const all = panelsOf(dashboard);
  const prometheusPanels = all.filter(panel => !isCloudWatch(panel));
  const queries = prometheusPanels.flatMap(queriesOf);
  const annotations = dashboard.annotations.list ?? [];

  test(`${title}: it is a classic dashboard of schema version 42 without an id`, t => {
    t.is(dashboard.schemaVersion, 42);
    t.is(dashboard.id, undefined);
  });

  test(`${title}: restarts and firing alerts are annotations`, t => {
    t.deepEqual(
      annotations.map(({name, enable, datasource, useValueForTime = false}) => [
        name,
        enable,
        datasource?.uid,
        useValueForTime,
      ]),
      [
        ['Restarts of metrics-service', true, prometheus.uid, true],
        ['Firing alerts', true, prometheus.uid, false],
      ],
    );
    for (const {expr = ''} of annotations) {
      t.deepEqual(syntaxErrors(expr), [], expr);
    }
  });

  test(`${title}: it links to all boards, with the same time range`, t => {
    t.true(dashboard.tags?.includes('mcp'));
    t.like(dashboard.links, [{type: 'dashboards', tags: ['mcp'], keepTime: true, placement: undefined}]);
  });

  test(`${title}: links of panels lead to the runbook or to a board that exists`, t => {
    for (const panel of all) {
      for (const {title: name, url} of panel.links ?? []) {
        const alert = alertNames.find(alert => name === `Runbook: ${alert}`);
        t.is(url, alert && runbookUrl(alert), panel.title);
      }
      for (const link of dataLinksOf(panel)) {
        const [, uid, filtered] =
          /^\/d\/([\w-]+)\?var-(\w+)=\$\{__value\.text:percentencode\}&\$\{__url_time_range\}/.exec(link) ?? [];
        const target = dashboards.find(board => board.uid === uid);
        const declared = (target?.templating.list ?? []).map(variable => variable.name);
        t.true(declared.includes(filtered ?? ''), link);
        for (const [, kept] of link.matchAll(/\$\{(\w+):queryparam\}/g)) {
          t.true(declared.includes(kept ?? ''), link);
        }
      }
    }
    t.pass();
  });

  test(`${title}: panels and rows are numbered from 1`, t => {
    const ids = panels.flatMap(panel => [panel.id, ...('panels' in panel ? panel.panels.map(({id}) => id) : [])]);
    t.deepEqual(
      ids,
      ids.map((_, index) => index + 1),
    );
  });

  test(`${title}: panels cover the grid without gaps or overlaps`, t => {
    const parts = [panels, ...panels.flatMap(panel => ('panels' in panel ? [panel.panels] : []))];
    for (const part of parts) {
      t.true(
        coverage(part.map(placeOf)).every(times => times === 1),
        part[0]?.title,
      );
    }
    t.is(Math.min(...panels.map(panel => placeOf(panel).y)), 0);
  });

  test(`${title}: every panel queries a datasource that is a variable of the board`, t => {
    for (const panel of all) {
      t.true(
        [prometheus.uid, cloudwatch.uid].some(uid => uid === panel.datasource?.uid),
        panel.title,
      );
      t.not(panel.targets?.length ?? 0, 0, panel.title);
      for (const query of queriesOf(panel)) {
        t.deepEqual(query.datasource, panel.datasource, panel.title);
      }
    }
    for (const panel of prometheusPanels) {
      for (const query of queriesOf(panel)) {
        t.true(query.range !== query.instant, `${panel.title}: either a range or an instant query`);
      }
    }
    for (const panel of all.filter(isCloudWatch)) {
      for (const query of metricsOf(panel)) {
        t.like(query, {
          queryMode: 'Metrics',
          metricQueryType: 0,
          metricEditorMode: 0,
          matchExact: true,
          period: 'auto',
        });
        t.is(query.region, query.namespace === 'AWS/CloudFront' ? 'us-east-1' : 'default');
        t.regex(query.id, /^[a-z]\w*$/);
        for (const [name, value] of Object.entries(query.dimensions ?? {})) {
          t.is(
            query.label?.includes(`\${PROP('Dim.${name}')}`),
            value === '*',
            `${panel.title}: series have distinct labels`,
          );
        }
      }
    }
  });

  test(`${title}: queries have refIds and legends`, t => {
    for (const panel of all) {
      const refIds = queriesOf(panel).map(({refId}) => refId);
      t.deepEqual(
        refIds,
        refIds.map((_, index) => refIdOf(index)),
        panel.title,
      );
      for (const legend of isCloudWatch(panel)
        ? metricsOf(panel).map(({label}) => label)
        : queriesOf(panel).map(({legendFormat}) => legendFormat)) {
        t.truthy(legend, panel.title);
      }
      if (panel.type === 'timeseries') {
        t.true(panel.options?.legend.showLegend, panel.title);
      }
    }
  });

  test(`${title}: a legend at the bottom has at most two rows, and others are at the right`, t => {
    for (const {options, targets = [], title: name} of all.filter(({type}) => type === 'timeseries')) {
      const {displayMode, placement} = options?.legend ?? {};
      t.is(displayMode, 'table', name);
      t.true(placement === 'right' || targets.length <= 2, name);
    }
    t.pass();
  });

  test(`${title}: every panel has a unit of the theme`, t => {
    for (const panel of all) {
      t.not(unitsOf(panel).length, 0, panel.title);
      t.true(
        unitsOf(panel).every(unit => Object.values<unknown>(unitIds).includes(unit)),
        panel.title,
      );
    }
  });

  test(`${title}: every panel has a unique title and description`, t => {
    for (const {title: name, description = ''} of all) {
      t.regex(description, /^\S.{80,}\.$/s, name);
    }
    t.is(new Set(all.map(({description}) => description)).size, all.length);
    t.is(new Set(all.map(panel => panel.title)).size, all.length);
  });

  test(`${title}: every panel has a noValue`, t => {
    for (const panel of all) {
      t.truthy(panel.fieldConfig?.defaults.noValue, panel.title);
    }
  });

  test(`${title}: ratios have thresholds`, t => {
    for (const panel of all.filter(({fieldConfig}) => fieldConfig?.defaults.unit === 'percentunit')) {
      t.true((panel.fieldConfig?.defaults.thresholds?.steps.length ?? 0) > 1, panel.title);
    }
    for (const {fieldConfig, title: name} of all) {
      const [first, ...rest] = fieldConfig?.defaults.thresholds?.steps ?? [];
      t.is(first?.value, null, name);
      const values = rest.map(({value}) => value ?? Number.NaN);
      t.deepEqual(
        values,
        values.toSorted((a, b) => a - b),
        name,
      );
    }
  });

  test(`${title}: a stat without a value has a neutral color`, t => {
    for (const {fieldConfig, title: name} of all.filter(({type, fieldConfig}) => {
      const [, judged] = fieldConfig?.defaults.thresholds?.steps ?? [];
      return type === 'stat' && judged !== undefined;
    })) {
      t.like(
        fieldConfig?.defaults.mappings,
        [{type: 'special', options: {match: 'null+nan', result: {color: 'text'}}}],
        name,
      );
    }
    t.pass();
  });

  test(`${title}: the right axis has one unit`, t => {
    for (const {fieldConfig, title: name} of all) {
      const right = (fieldConfig?.overrides ?? []).filter(({properties}) =>
        properties.some(({id, value}) => id === 'custom.axisPlacement' && value === 'right'),
      );
      const units = right.flatMap(({properties}) => properties.filter(({id}) => id === 'unit').map(({value}) => value));
      t.true(new Set(units).size <= 1, name);
    }
    t.pass();
  });

  test(`${title}: the datasources are variables that open with those of the provisioning`, t => {
    const chosen = (templating?.list ?? []).flatMap(({type, name, query, current}) =>
      type === 'datasource' ? [[name, query, current?.value]] : [],
    );
    t.deepEqual(chosen, [
      ['datasource', 'prometheus', prometheusUid],
      ...(all.some(isCloudWatch) ? [['cloudwatch', 'cloudwatch', cloudwatchUid]] : []),
    ]);
    for (const {datasource, name} of (templating?.list ?? []).filter(({type}) => type !== 'datasource'))
      t.true(
        [prometheus.uid, cloudwatch.uid].some(uid => uid === datasource?.uid),
        name,
      );
    t.notRegex(JSON.stringify(dashboard.panels), /"uid":"(?!\$)/);
  });

  test(`${title}: panels and variables reference only variables that the board declares`, t => {
    t.deepEqual(findProblems([dashboard]), []);
  });

  test(`${title}: every variable is used`, t => {
    const named = (text: string): string[] => [...text.matchAll(/\$(?!__)(\w+)/g)].map(([, name]) => name ?? '');
    const declared = (templating?.list ?? []).map(({name}) => name);
    const asked = [
      ...queries.flatMap(({expr, interval = ''}) => [expr, interval]),
      ...all
        .filter(isCloudWatch)
        .flatMap(panel => metricsOf(panel).flatMap(({dimensions = {}}) => Object.values(dimensions).flat())),
    ];
    const referenced = all.flatMap(({datasource}) => variablesIn(datasource?.uid ?? ''));
    const used = [
      ...asked.flatMap(named),
      ...annotations.flatMap(({datasource}) => variablesIn(datasource?.uid ?? '')),
      ...referenced,
    ];
    t.deepEqual(
      declared.filter(name => !used.includes(name)),
      [],
      'unused: remove it from the variables of the board, or filter a panel by it',
    );
    for (const variable of (templating?.list ?? []).filter(({type}) => type !== 'datasource')) {
      t.truthy(variable.description, variable.name);
      // Variables of CloudWatch have no default that exists in every account: Grafana selects the first option.
      t.is(Boolean(variable.current?.value), variable.datasource?.uid === prometheus.uid, variable.name);
    }
  });

  test(`${title}: every query is valid PromQL`, t => {
    t.is(queries.length > 0, prometheusPanels.length > 0);
    for (const {expr} of queries) {
      t.deepEqual(syntaxErrors(expr), [], expr);
    }
  });

  test(`${title}: counters are read with a range`, t => {
    t.true(queries.every(({expr}) => expr !== ''));
    for (const {expr} of queries) {
      for (const [found] of expr.matchAll(/\w+_(?:total|count|sum|bucket)\b(?:\{[^}]*\})?(?!\{)./g)) {
        t.regex(found, /\[$/, expr);
      }
    }
  });
}

/** Its time range is an hour, whatever the board's is. */
const ownRange = 'Tool Executions per Hour';

test('panels read growth that is recorded in the form for the time range of the board', t => {
  const families: readonly string[] = Object.values(recordedGrowth)
    .flat()
    .map(({metric}) => metric.name);
  const charts = dashboards.flatMap(panelsOf).filter(panel => !isCloudWatch(panel));
  const queries = charts.flatMap(panel => queriesOf(panel).map(({expr}) => ({panel, expr})));
  const ranges = queries.flatMap(({panel, expr}) =>
    [...expr.matchAll(/(\w+?)(?:_bucket|_sum|_count)?(?:\{([^}]*)\})?\[/g)].map(([, name = '', matchers = '']) => ({
      title: panel.title,
      name,
      matchers,
    })),
  );
  const recorded = ranges.filter(({name, title}) => families.includes(name) && title !== ownRange);
  t.true(recorded.length > 50);
  t.deepEqual(
    recorded.filter(({matchers}) => !matchers.includes('resolution=~"$resolution"')),
    [],
  );
});

test('Service Levels reads one sample of each record per step, over every time range', t => {
  const levels = dashboards.filter(({uid}) => uid === 'mcp-service-levels').flatMap(panelsOf);
  const queries = levels.flatMap(queriesOf).map(({expr}) => expr);
  t.true(queries.length > 20);
  t.deepEqual(
    queries.filter(expr => expr.includes('[')),
    [],
  );
});
