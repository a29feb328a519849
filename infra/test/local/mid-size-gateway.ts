/**
 * The series of a mid-size gateway, as text for `promtool tsdb create-blocks-from openmetrics`: the raw series of the
 * last hours, what the rules recorded of them in the last week and month. Values are straight lines, since what a query
 * reads depends only on the number of samples.
 */
import {
  growthRules,
  jobs,
  type RecordResolution,
  recordedGrowth,
  recordResolutions,
} from '@mcp-observability/dashboards';
import {catalogue, type Metric} from '@mcp-observability/metrics-service/catalogue';

export type Gateway = {readonly servers: number; readonly tools: number; readonly clients: number};

type LabelSet = Readonly<Record<string, string>>;

const values = (name: string, count: number): readonly string[] =>
  Array.from({length: count}, (_, index) => `${name}-${index + 1}`);

/** Every combination of the labels' values. */
const product = (labels: Readonly<Record<string, readonly string[]>>): readonly LabelSet[] =>
  Object.entries(labels).reduce<readonly LabelSet[]>(
    (sets, [label, options]) => sets.flatMap(set => options.map(value => ({...set, [label]: value}))),
    [{}],
  );

const outcomes = ['true', 'false'] as const;
const observers = ['nginx', 'auth-server'] as const;
const protocolMethods = ['initialize', 'tools/list', 'prompts/list', 'resources/list'] as const;

/** By the catalogue's key: the label sets that such a gateway fills. Families that it does not name have none. */
const labelSets = ({
  servers,
  tools,
  clients,
}: Gateway): Partial<Record<keyof typeof catalogue, readonly LabelSet[]>> => {
  const server_name = values('server', servers);
  const common = {service: observers, success: outcomes} as const;
  const auth = product({...common, method: ['oauth2', 'session', 'jwt'], server: server_name});
  const registry = product({operation: values('operation', 6), resource_type: values('type', 4), success: outcomes});
  const health = product({endpoint: values('endpoint', 4), healthy: outcomes});
  const searches = product({service: ['registry', 'mcpgw'], results: ['none', 'few', 'some', 'many']});
  return {
    authRequests: auth,
    authRequestDuration: auth,
    toolExecutions: [
      ...server_name.flatMap(server =>
        product({
          ...common,
          method: ['tools/call'],
          server_name: [server],
          tool_name: values(`${server}-tool`, tools),
          client_name: values('client', clients),
        }),
      ),
      ...product({
        ...common,
        method: protocolMethods,
        server_name,
        tool_name: ['_unset'],
        client_name: values('client', clients),
      }),
    ],
    toolExecutionDuration: product({...common, method: ['tools/call', ...protocolMethods], server_name}),
    toolDiscoveries: searches,
    discoveryDuration: searches,
    discoveryStageDuration: product({stage: ['embedding', 'vector_search']}),
    protocolLatency: product({
      service: observers,
      flow_step: ['initialize_to_tools_list', 'tools_list_to_tools_call', 'full_protocol_flow'],
      server_name,
    }),
    registryOperations: registry,
    registryOperationDuration: registry,
    healthChecks: health,
    healthCheckDuration: health,
    toolPayload: product({direction: ['input', 'output'], server_name}),
    errors: product({type: ['tool_execution', 'auth_request'], error_code: values('code', 5)}),
  };
};

/** One series: its name, its labels and how much it grows per second. */
type Series = {readonly name: string; readonly labels: LabelSet; readonly perSecond: number};

const seriesOf = (metric: Metric, labels: LabelSet): readonly Series[] => {
  if (metric.kind !== 'histogram') return [{name: metric.name, labels, perSecond: 0.01}];
  const {name, buckets} = metric;
  return [
    ...buckets.map((bound, index) => ({
      name: `${name}_bucket`,
      labels: {...labels, le: String(bound)},
      perSecond: (0.01 * (index + 1)) / (buckets.length + 1),
    })),
    {name: `${name}_bucket`, labels: {...labels, le: '+Inf'}, perSecond: 0.01},
    {name: `${name}_sum`, labels, perSecond: 0.002},
    {name: `${name}_count`, labels, perSecond: 0.01},
  ];
};

/** The series that one task of the service exposes about itself, with four emitters. */
export const serviceSeries = (): readonly Series[] => {
  const emitter = ['registry', 'auth-server', 'nginx', 'library'];
  const closed = (domain: readonly string[]): readonly string[] => domain;
  const {ingested, rejected, rateLimited, authenticationFailures, foldedLabels, requestDuration, eventLoopStall} =
    catalogue;
  const sets: readonly (readonly [Metric, readonly LabelSet[]])[] = [
    [ingested, product({emitter, type: closed(ingested.labels.type)})],
    [rejected, product({emitter, reason: closed(rejected.labels.reason)})],
    [rateLimited, product({emitter})],
    [authenticationFailures, product({reason: closed(authenticationFailures.labels.reason)})],
    [foldedLabels, product({label: closed(foldedLabels.labels.label)})],
    [requestDuration, product({route: closed(requestDuration.labels.route)})],
    [eventLoopStall, [{}]],
  ];
  return sets.flatMap(([metric, labels]) => labels.flatMap(one => seriesOf(metric, one)));
};

/** The series that one task of the service exposes about the gateway. */
export const rawSeries = (gateway: Gateway): readonly Series[] => {
  const sets = labelSets(gateway);
  return (Object.keys(sets) as (keyof typeof sets)[]).flatMap(key =>
    (sets[key] ?? []).flatMap(labels => seriesOf(catalogue[key], labels)),
  );
};

/** The series that a rule records of those: its selector and its labels, read from its expression. */
const recordsOf = (raw: readonly Series[], record: string, expr: string): readonly Series[] => {
  const {
    by = '',
    name,
    matcher = '',
  } = /^sum(?: by \((?<by>[^)]*)\))? ?\(rate\((?<name>\w+)(?:\{(?<matcher>[^}]*)\})?\[/.exec(expr)?.groups ?? {};
  const [, label, value] = /^(\w+)="([^"]*)"$/.exec(matcher) ?? [];
  const groups = new Map<string, Series>();
  for (const series of raw) {
    if (series.name !== name || (label !== undefined && series.labels[label] !== value)) continue;
    const labels = Object.fromEntries(
      by.split(', ').flatMap(one => (one === '' ? [] : [[one, series.labels[one] ?? '']])),
    );
    const key = JSON.stringify(labels);
    groups.set(key, {name: record, labels, perSecond: (groups.get(key)?.perSecond ?? 0) + series.perSecond});
  }
  return [...groups.values()];
};

/** The series that all rules of a resolution record. */
export const recordedSeries = (raw: readonly Series[], resolution: RecordResolution): readonly Series[] =>
  Object.values(recordedGrowth)
    .flat()
    .flatMap(growth => {
      const fiveMinutes = growthRules(growth, '5m');
      return fiveMinutes.flatMap(({record, expr}) =>
        recordsOf(raw, record, expr.text).map(series => ({...series, labels: {...series.labels, resolution}})),
      );
    });

const quoted = (labels: LabelSet): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');

type Times = {readonly from: number; readonly to: number; readonly every: number};

/** OpenMetrics text of series that grow, one after the other; times in seconds. */
export function* rawText(series: readonly Series[], {from, to, every}: Times): Generator<string> {
  for (const {name, labels, perSecond} of series) {
    const head = `${name}{${quoted({job: jobs.service, instance: '10.0.0.1:9465', ...labels})}}`;
    let text = '';
    for (let at = from; at <= to; at += every) text += `${head} ${(at - from) * perSecond + 1} ${at}\n`;
    yield text;
  }
  yield '# EOF\n';
}

/** The same of what was recorded: the growth of each interval. */
export function* recordedText(
  series: readonly Series[],
  resolution: RecordResolution,
  {from, to}: Omit<Times, 'every'>,
): Generator<string> {
  const every = recordResolutions[resolution];
  const marker = {name: 'all:mcp_recorded:flag', labels: {resolution}, perSecond: 1 / every};
  for (const {name, labels, perSecond} of [...series, marker]) {
    const head = `${name}{${quoted(labels)}}`;
    let text = '';
    for (let at = to; at >= from; at -= every) text = `${head} ${perSecond * every} ${at}\n${text}`;
    yield text;
  }
  yield '# EOF\n';
}
