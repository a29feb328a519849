/** The variables of the boards, and the labels that each of them filters. */
import {QueryVariableBuilder, VariableRefresh, VariableSort} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  type authRequests,
  type LabelOf,
  type protocolLatency,
  type toolExecutionDuration,
  toolExecutions,
} from '@mcp-observability/metrics-service/catalogue';
import {multiVariable, singleVariable, type Variable, type VariableScope, type Where} from '../promql/promql.ts';
import {type Selectable, select} from '../promql/selector.ts';
import {recordedCompliance} from '../signals/objectives.ts';
import type {DeclaresVariable} from './board-parts.ts';
import {prometheus} from './datasource.ts';

/** The reporter of a call. Several may report the same call, so a board counts one of them. */
export const reporter = singleVariable('observer');
export const server = multiVariable('server');
export const client = multiVariable('client');
/** The MCP method. Panels about one method, such as tools/call, are not filtered by it. */
export const method = multiVariable('method');

/** The reporters of an objective's events; several can be selected. */
export const service = multiVariable('service');

type Choice<V extends VariableScope, M extends Selectable> = {
  readonly variable: Variable<V>;
  readonly label: string;
  readonly description: string;
  /** The values offered are those of this label. */
  readonly of: M;
  readonly values: LabelOf<M>;
  readonly where?: Where<VariableScope, M>;
};

const choice = <V extends VariableScope, M extends Selectable>({
  variable,
  label,
  description,
  of,
  values,
  where,
}: Choice<V, M>): QueryVariableBuilder & DeclaresVariable<V> => {
  const query = `label_values(${select(of, {where})}, ${values})`;
  return new QueryVariableBuilder(variable.variable)
    .label(label)
    .description(description)
    .datasource(prometheus)
    .definition(query)
    .query({qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery'})
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc);
};

const filter = <V extends VariableScope, M extends Selectable>(options: Choice<V, M>) =>
  choice(options)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({text: ['All'], value: ['$__all']});

const reported = {of: toolExecutions, where: {service: reporter}} as const;

/** nginx sees every call and its outcome. If it does not report, Grafana selects the first reporter. */
const preferredReporter = 'nginx';

export const reporterVariable = choice({
  variable: reporter,
  label: 'Reporter',
  description:
    'Several may report the same MCP call: nginx (what happened), auth-server (what was authorised), registry. One of them is counted. Filters the panels about executions; it changes nothing about authentications and searches.',
  of: toolExecutions,
  values: 'service',
}).current({text: preferredReporter, value: preferredReporter});

export const serverVariable = filter({
  ...reported,
  variable: server,
  label: 'Server',
  description: 'MCP servers. Filters executions, authentications and flow steps.',
  values: 'server_name',
});

export const clientVariable = filter({
  ...reported,
  variable: client,
  label: 'Client',
  description: 'Client applications. Filters the counts of executions; durations and authentications carry no client.',
  values: 'client_name',
});

export const methodVariable = filter({
  ...reported,
  variable: method,
  label: 'Method',
  description: 'MCP methods. Filters the panels about requests of every method.',
  values: 'method',
});

export const serviceVariable = filter({
  variable: service,
  label: 'Reporter',
  description: 'Reporters of the calls and authentications. The objectives apply to each separately.',
  of: recordedCompliance,
  values: 'service',
});

/** The conditions of queries that are filtered by these variables. */
export const filters = {
  /** Executions of a method that the panel names itself. */
  executions: {service: reporter, server_name: server, client_name: client},
  executionTimes: {service: reporter, server_name: server},
  /** Executions of every method. */
  requests: {service: reporter, server_name: server, client_name: client, method},
  requestTimes: {service: reporter, server_name: server, method},
  authentications: {server},
  flowSteps: {server_name: server},
} as const satisfies {
  executions: Where<VariableScope, typeof toolExecutions>;
  executionTimes: Where<VariableScope, typeof toolExecutionDuration>;
  requests: Where<VariableScope, typeof toolExecutions>;
  requestTimes: Where<VariableScope, typeof toolExecutionDuration>;
  authentications: Where<VariableScope, typeof authRequests>;
  flowSteps: Where<VariableScope, typeof protocolLatency>;
};
