/** Every form of a board's variables: queries and options. */
import test from 'ava';
import {ensureInstalled} from '../../src/preview/install.ts';
import type {VariableModel} from '../src/page/board-model.ts';
import {hour, pageModule, stubServer} from './fixture/page-module.ts';

test.before(async t => {
  t.timeout(300_000, 'the first run installs packages');
  await ensureInstalled(console.log);
});

const prometheus = (path: string): unknown => {
  if (path === 'series') {
    return [
      {__name__: 'collector_up', pod: 'db-1', namespace: 'one'},
      {__name__: 'collector_up', pod: 'db-2', namespace: 'two'},
    ];
  }
  if (path === 'query') return {resultType: 'vector', result: [{metric: {__name__: 'm', a: 'b'}, value: [1, '2']}]};
  if (path === 'label/__name__/values') return ['http_total', 'node_load1'];
  return ['v10', 'v9', 'a'];
};

type Setting = {
  readonly choices?: Record<string, string[]>;
  readonly cloudWatch?: boolean;
  readonly inputs?: {name: string; type: string; pluginId?: string; value?: string}[];
};

const resolve = async (
  variables: readonly Partial<VariableModel>[],
  {choices = {}, cloudWatch = false, inputs = []}: Setting = {},
) => {
  const {resolveVariables} = pageModule('variables.ts');
  const asked = stubServer(({path}) => (path.startsWith('cloudwatch') ? ['c1', 'c2'] : prometheus(path)));
  const models = variables.map((one): VariableModel => ({name: 'v', type: 'query', ...one}));
  const resolved = await resolveVariables(
    {variables: models, inputs},
    {range: hour(), choices, cloudWatch, scrapeIntervalMs: 15_000},
  );
  return {resolved, asked, last: resolved.at(-1)};
};

// One after the other: they share the network.
test.serial('label_values of a selector requests the label of matching series', async t => {
  const {asked, last} = await resolve([{query: 'label_values(up{job="a,b"}, instance)'}]);
  t.is(asked[0]?.path, 'label/instance/values');
  t.is(asked[0]?.parameters.get('match[]'), 'up{job="a,b"}');
  t.deepEqual(
    last?.options.map(({value}) => value),
    ['v10', 'v9', 'a'],
  );
});

test.serial('label_names of a metric requests the labels of that metric', async t => {
  const {asked} = await resolve([{query: 'label_names(node_load1)'}]);
  t.is(asked[0]?.parameters.get('match[]'), '{__name__=~".*node_load1.*"}');
});

test.serial('a label outside the classic characters is escaped in the address', async t => {
  const {asked} = await resolve([{query: 'label_values(k8s.pod_name)'}]);
  t.is(asked[0]?.path, 'label/U__k8s_2e_pod__name/values');
});

test.serial('a query that is a selector offers its series, split by named groups', async t => {
  const {last, asked} = await resolve([
    {
      query: {qryType: 4, query: 'collector_up{}', refId: 'A'},
      regex: '/namespace="(?<value>[^"]+)|pod="(?<text>[^"]+)/g',
      includeAll: true,
    },
  ]);
  t.is(asked[0]?.path, 'series');
  t.deepEqual(last?.options, [
    {value: 'one', text: 'db-1'},
    {value: 'two', text: 'db-2'},
  ]);
});

test.serial('the editor’s fields replace the query where an export has only them', async t => {
  const {asked} = await resolve([{query: {qryType: 1, label: 'pod', metric: 'up', labelFilters: []}}]);
  t.is(asked[0]?.path, 'label/pod/values');
  t.is(asked[0]?.parameters.get('match[]'), 'up');
});

test.serial('query_result gets the built-in values of the range', async t => {
  const {asked, last} = await resolve([
    {query: 'query_result(sum(increase(x[$__range])) by (a))', regex: '/a="([^"]+)/'},
  ]);
  t.is(asked[0]?.parameters.get('query'), 'sum(increase(x[3600s])) by (a)');
  t.is(last?.value.value, 'b');
});

test.serial('a pattern without slashes must match the whole value, one without groups keeps it', async t => {
  const whole = await resolve([{query: 'metrics(.*)', regex: 'node.*'}]);
  t.deepEqual(
    whole.last?.options.map(({value}) => value),
    ['node_load1'],
  );
  const part = await resolve([{query: 'metrics(.*)', regex: '/load/'}]);
  t.is(part.last?.value.value, 'node_load1');
});

test.serial('numeric order uses the first number of a string', async t => {
  const {last} = await resolve([{query: 'label_values(x)', sort: 3}]);
  t.deepEqual(
    last?.options.map(({value}) => value),
    ['a', 'v9', 'v10'],
  );
});

test.serial('everything is selected only if a variable has the option All', async t => {
  const query = 'label_values(x)';
  const without = await resolve([{query, current: {value: '$__all'}}], {choices: {v: ['$__all']}});
  t.deepEqual([without.last?.value.value, without.last?.value.text], ['v10', 'v10']);
  const {last} = await resolve([{query, includeAll: true, current: {value: ['$__all']}}]);
  t.deepEqual([last?.value.value, last?.value.text], [['v10', 'v9', 'a'], 'All']);
});

test.serial('a custom variable has labels beside its values', async t => {
  const {last} = await resolve([{type: 'custom', query: 'One : 1, Two : 2, a\\,b', current: {value: '2'}}]);
  t.deepEqual(last?.options, [
    {value: '1', text: 'One'},
    {value: '2', text: 'Two'},
    {value: 'a,b', text: 'a,b'},
  ]);
  t.deepEqual([last?.value.value, last?.value.text], ['2', 'Two']);
});

test.serial('an option of a custom variable may have an empty value', async t => {
  const {last} = await resolve([{type: 'custom', query: 'Detailed : \\,transport, Basic :  ', current: {value: ''}}]);
  t.deepEqual(last?.options, [
    {value: ',transport', text: 'Detailed'},
    {value: '', text: 'Basic'},
  ]);
  t.deepEqual([last?.value.value, last?.value.text], ['', 'Basic']);
});

test.serial('an interval variable follows the range by name and by $__auto_interval_<name>', async t => {
  const interval = {type: 'interval', name: 'agg', query: '1m,10m', auto: true, auto_count: 30, auto_min: '10s'};
  const {resolved} = await resolve([{...interval, current: {value: '$__auto_interval_agg'}}]);
  const {valuesOf} = pageModule('variables.ts');
  const {interpolator} = pageModule('interpolate.ts');
  const fill = interpolator(valuesOf(resolved));
  t.is(fill('rate(x[$agg]) rate(x[$__auto_interval_agg])'), 'rate(x[2m]) rate(x[2m])');
  t.is(fill('over $agg', undefined, 'text'), 'over 2m');
  const {last} = await resolve([{...interval, current: {value: '10m'}}]);
  t.is(last?.value.value, '10m');
});

test.serial(
  'a data source variable has the uid of the data source here, and its type decides which one is queried',
  async t => {
    const sources = [
      {type: 'datasource', name: 'ds', query: 'prometheus'},
      {type: 'datasource', name: 'logs', query: 'loki'},
      {name: 'a', query: 'label_values(x)', datasource: '$ds'},
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
      {name: 'b', query: 'label_values(x)', datasource: {type: 'loki', uid: '${logs}'}},
      {name: 'c', query: 'label_values(x)', datasource: '$logs'},
    ];
    const {resolved} = await resolve(sources);
    t.deepEqual(resolved[0]?.options, [{value: 'prometheus', text: 'Prometheus'}]);
    t.is(resolved[1]?.error, 'data source: expected prometheus or cloudwatch, found loki');
    t.is(resolved[2]?.error, undefined);
    t.is(resolved[3]?.error, 'data source: expected Prometheus or CloudWatch, found loki');
    t.is(resolved[4]?.error, 'data source: expected Prometheus or CloudWatch, found loki');
  },
);

test.serial('what an import would fill in is filled in', async t => {
  const inputs = [
    {name: 'DS_CW', type: 'datasource', pluginId: 'cloudwatch'},
    {name: 'VAR_X', type: 'constant', value: 'filled'},
  ];
  const {resolved} = await resolve(
    [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
      {name: 'region', query: 'regions()', datasource: '${DS_CW}'},
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
      {name: 'text', type: 'custom', query: '${VAR_X}'},
    ],
    {inputs},
  );
  t.true(resolved[0]?.options.some(({value}) => value === 'eu-west-1'));
  t.is(resolved[1]?.value.value, 'filled');
});

const dimensionQuery = {
  queryType: 'dimensionValues',
  region: '$region',
  namespace: 'AWS/ECS',
  metricName: 'CPUUtilization',
  dimensionKey: 'ServiceName',
  dimensionFilters: {ClusterName: '$cluster'},
};
const cloudwatch = {type: 'cloudwatch', uid: 'cloudwatch'};

test.serial('CloudWatch is queried for the dimension values that a query object names', async t => {
  const {asked, last} = await resolve(
    [
      {name: 'region', type: 'custom', query: 'eu-west-1'},
      {name: 'cluster', type: 'custom', query: 'main'},
      {name: 'service', query: dimensionQuery, datasource: cloudwatch},
    ],
    {cloudWatch: true},
  );
  t.deepEqual(JSON.parse(asked[0]?.parameters.get('question') ?? ''), {
    region: 'eu-west-1',
    namespace: 'AWS/ECS',
    metricName: 'CPUUtilization',
    dimension: 'ServiceName',
    filters: {ClusterName: 'main'},
  });
  t.is(last?.value.value, 'c1');
});

test.serial('the string query of older boards sends CloudWatch the same request, also inside an object', async t => {
  const text = 'dimension_values(default, AWS/ECS, CPUUtilization, ServiceName, {"ClusterName": "*"})';
  for (const query of [text, {query: text}]) {
    const {asked} = await resolve([{query, datasource: cloudwatch}], {cloudWatch: true});
    t.is(JSON.parse(asked[0]?.parameters.get('question') ?? '').dimension, 'ServiceName');
  }
});

test.serial('a CloudWatch query that is not supported is named', async t => {
  const {last} = await resolve([{query: {queryType: 'resourceArns'}, datasource: cloudwatch}], {cloudWatch: true});
  t.is(last?.error, 'query: expected regions, statistics or dimension_values, found resourceArns');
});
