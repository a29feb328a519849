/**
 * A small set of gateway events with known totals, in each client's format, and the values that the boards must show
 * for it, calculated by hand.
 */

import {
  gatewayTargets,
  nginxConfigWrites,
  rateLimitErrors,
  sessionStoreResolutions,
  tokenReplayChecks,
} from '@mcp-observability/metrics-service/catalogue';
import type {WireBatch, WireMetric} from '@mcp-observability/metrics-service/events';
import {waitFor} from '@mcp-observability/tools/wait';

const times = (count: number, metric: WireMetric): WireMetric[] => Array.from({length: count}, () => metric);

/** The format of nginx: no time, booleans as strings, an empty tool_name if no tool is called. */
const request = (
  method: string,
  client_name: string,
  {server = 'github', tool = '', ms = 40, success = true} = {},
): WireMetric => ({
  type: 'tool_execution',
  value: 1,
  duration_ms: ms,
  dimensions: {success: String(success), method, server_name: server, tool_name: tool, client_name},
  ...(success ? {} : {metadata: {error_code: 'upstream_timeout'}}),
});

const call = 'tools/call';

/** github: 25 calls, 3 failed, 0.04 s and 0.4 s, mean 0.112 s. time: 10 calls of 0.04 s. */
const nginx: WireMetric[] = [
  ...times(4, request('initialize', 'claude')),
  ...times(2, request('initialize', 'cursor')),
  ...times(4, request('tools/list', 'claude')),
  ...times(1, request('tools/list', 'cursor')),
  ...times(1, request('ping', 'cursor')),
  ...times(18, request(call, 'claude', {tool: 'search'})),
  ...times(2, request(call, 'claude', {tool: 'search', ms: 400, success: false})),
  ...times(2, request(call, 'cursor', {tool: 'create_issue'})),
  ...times(2, request(call, 'cursor', {tool: 'create_issue', ms: 400})),
  ...times(1, request(call, 'cursor', {tool: 'create_issue', ms: 400, success: false})),
  ...times(10, request(call, 'claude', {server: 'time', tool: 'now'})),
];

/** The format of Python: a time without a zone, JSON booleans. */
const python = (metric: WireMetric): WireMetric => ({timestamp: '2026-01-01T10:00:00.123456', ...metric});

const authentication = (method: string, success: boolean, duration_ms: number): WireMetric =>
  python({
    type: 'auth_request',
    value: 1,
    duration_ms,
    dimensions: {success, method, server: 'github', user_hash: 'x'},
  });

const step = (flow_step: string, seconds: number): WireMetric =>
  python({type: 'protocol_latency', value: seconds, dimensions: {flow_step, server_name: 'github', session_key: 's'}});

/** 20 authentications, 1 failed, mean 0.015 s; and the same calls once more, which must not be counted twice. */
const authServer: WireMetric[] = [
  ...times(14, authentication('keycloak', true, 10)),
  ...times(1, authentication('keycloak', false, 10)),
  ...times(5, authentication('cognito', true, 30)),
  ...times(4, step('initialize_to_tools_list', 0.2)),
  ...times(4, step('tools_list_to_tools_call', 0.8)),
  ...nginx.map(({metadata, ...metric}) => python(metric)),
];

const search = (results_count: number): WireMetric =>
  python({
    type: 'tool_discovery',
    value: 1,
    duration_ms: 30,
    dimensions: {query: 'weather', results_count},
    metadata: {embedding_time_ms: 20, faiss_search_time_ms: 2},
  });

/** 8 searches. */
const library: WireMetric[] = [
  ...times(1, search(0)),
  ...times(4, search(3)),
  ...times(2, search(10)),
  ...times(1, search(50)),
  python({
    type: 'tool_execution',
    value: 1,
    dimensions: {
      success: true,
      method: call,
      server_name: 'mcpgw',
      tool_name: 'intelligent_tool_finder',
      client_name: null,
    },
    metadata: {input_size_bytes: 1000, output_size_bytes: 5000},
  }),
];

const operation = (name: string, success: boolean): WireMetric =>
  python({
    type: 'registry_operation',
    value: 1,
    duration_ms: 5,
    dimensions: {operation: name, resource_type: 'server', success},
  });
const healthCheck = (endpoint: string, healthy: boolean): WireMetric =>
  python({type: 'health_check', value: 1, duration_ms: 5, dimensions: {endpoint, healthy}});

/** 5 operations, 1 failed; 4 health checks, 1 failed. */
const registry: WireMetric[] = [
  ...times(4, operation('list', true)),
  ...times(1, operation('register', false)),
  ...times(3, healthCheck('/github', true)),
  ...times(1, healthCheck('/time', false)),
];

const batches: readonly WireBatch[] = [
  {service: 'nginx', version: '1.0.0', metrics: nginx},
  {service: 'auth-server', version: '1.0.0', instance_id: 'auth-server-1', metrics: authServer},
  {service: 'mcpgw', version: '0.4.1', metrics: library},
  {service: 'registry', version: '1.0.0', metrics: registry},
];

/** How many metrics a round has. */
export const metricsInRound = batches.reduce((sum, {metrics}) => sum + metrics.length, 0);

/** Whether the time is between two points of a graph, which are four seconds apart at one scrape per second. */
const betweenPoints = (): boolean => {
  const into = Date.now() % 4000;
  return into > 1000 && into < 2000;
};

/**
 * Sends everything once; rejects unless all of it was accepted. A graph's windows are as wide as its steps, so growth
 * between the scrapes on both sides of a point would be in no window: it waits until the next scrapes are within one.
 */
export const sendRound = async (url: string, key: string): Promise<void> => {
  await waitFor('a moment between two points of a graph', betweenPoints);
  for (const batch of batches) {
    const response = await fetch(`${url}/metrics`, {
      method: 'POST',
      headers: {'Content-Type': 'application/json', 'X-API-Key': key},
      body: JSON.stringify(batch),
    });
    const answer = (await response.json()) as {accepted: number; errors: unknown}; // the response of the wire contract
    if (answer.accepted !== batch.metrics.length) {
      throw new Error(`${batch.service}: ${JSON.stringify(answer)}`);
    }
  }
};

/** By the value of the query's one label; `''` where it has none. */
type Numbers = Readonly<Record<string, number>>;
type Between = Readonly<Record<string, readonly [above: number, upTo: number]>>;

/** The expected result of a panel's query over a window in which one round was counted. */
export type Expected =
  | {
      /** Growth: what was sent, extrapolated by Prometheus to the window's edges by the same factor for all. */
      readonly events: Numbers;
    }
  | {readonly perSecond: Numbers}
  | {readonly perHour: Numbers}
  /** Shares, means, counts of names: exact, since the factor cancels out. */
  | {readonly exactly: Numbers}
  /** Quantiles: known to lie within a bucket. */
  | {readonly within: Between};

const bucket40ms = [0.025, 0.05] as const;
const bucket400ms = [0.25, 0.5] as const;

/** Values of a closed label that exist at 0 from the start; `unknown` does when it is first counted. */
const zeros = (values: readonly string[]): Numbers =>
  Object.fromEntries(values.filter(value => value !== 'unknown').map(value => [value, 0]));

/** By panel; a list has an entry for each of the panel's queries. */
export const expectedByPanel: Readonly<Record<string, readonly Expected[]>> = {
  'Real-time Protocol Activity': [
    {perSecond: {'': 6}},
    {perSecond: {'': 5}},
    {perSecond: {'': 35}},
    {perSecond: {'': 19}},
  ],
  'Authentication Flow Analysis': [{perSecond: {'': 19}}, {perSecond: {'': 1}}],
  'Authentication Success Rate': [{exactly: {'': 0.95}}],
  'Active MCP Servers': [{exactly: {'': 2}}],
  'Most Popular Tool': [{events: {search: 20}}],
  'MCP Latency P95 (by Server & Method)': [
    {within: {github: bucket400ms, time: bucket40ms}},
    {
      within: {
        initialize: bucket40ms,
        'tools/list': bucket40ms,
        ping: bucket40ms,
        'tools/call': bucket400ms,
      },
    },
  ],
  'Request Volume Over Time': [{perSecond: {initialize: 6, 'tools/list': 5, ping: 1, 'tools/call': 35}}],
  'Error Rate Analysis': [{exactly: {'': 1 / 20}}, {exactly: {'': 3 / 35}}],
  'Average Response Times': [{exactly: {'': 0.015}}, {exactly: {'': (30 * 0.04 + 5 * 0.4) / 35}}],
  'Server Performance Dashboard': [
    {events: {github: 25, time: 10}},
    {perHour: {github: 25, time: 10}},
    {exactly: {github: 2, time: 1}},
    {exactly: {github: 3 / 25, time: 0}},
    {within: {github: bucket400ms, time: bucket40ms}},
  ],
  'Tool Usage Rankings': [
    {events: {search: 20, now: 10, create_issue: 5}},
    {perHour: {search: 20, now: 10, create_issue: 5}},
    {exactly: {search: 2 / 20, now: 0, create_issue: 1 / 5}},
  ],
  'MCP Protocol Methods Distribution': [{events: {initialize: 6, 'tools/list': 5, ping: 1}}],
  'Tool Usage by Call Count': [{events: {search: 20, now: 10, create_issue: 5}}],
  'Client Applications Distribution': [{events: {claude: 38, cursor: 9}}],
  'MCP Protocol Flow Analysis': [
    {events: {claude: 4, cursor: 2}},
    {events: {claude: 4, cursor: 1}},
    {events: {claude: 30, cursor: 5}},
  ],
  'Authentication Methods Distribution': [{events: {keycloak: 15, cognito: 5}}],
  'Tool Execution Success Rate': [{exactly: {'': 32 / 35}}],
  'Session Activity by Client': [{perSecond: {claude: 38, cursor: 9}}],
  'Tool Discovery Searches': [{perSecond: {mcpgw: 8}}],
  'Tool Discovery P95': [{within: {'': [0.025, 0.05]}}],
  'Embedding vs Vector Search Time': [{exactly: {embedding: 0.02, vector_search: 0.002}}],
  'Tool Discovery Results': [{events: {none: 1, few: 4, some: 2, many: 1, unknown: 0}}],
  'Protocol Flow Step Latency': [
    {within: {initialize_to_tools_list: [0.1, 0.25], tools_list_to_tools_call: [0.75, 1]}},
    {within: {initialize_to_tools_list: [0.1, 0.25], tools_list_to_tools_call: [0.75, 1]}},
  ],
  'Payload Size P95': [{within: {input: [256, 1024], output: [4096, 16_384]}}],
  'Error Codes': [{events: {upstream_timeout: 3}}],
  'Failed Authentications by Server': [{perSecond: {github: 1}}],
  // These emitters do not name the kind of target.
  'Targets by Kind': [
    {perSecond: {...Object.fromEntries(gatewayTargets.labels.target_kind.map(kind => [kind, 0])), unknown: 20}},
  ],
  'Session Store Lookups': [{perSecond: zeros(sessionStoreResolutions.labels.result)}],
  'Token Replay Checks': [{perSecond: zeros(tokenReplayChecks.labels.result)}],
  'Registry Operations': [{perSecond: {list: 4, register: 1}}],
  'Failed Registry Operations': [{perSecond: {list: 0, register: 1}}],
  'Health Checks': [{perSecond: {true: 3, false: 1}}],
  'Failed Health Checks by Endpoint': [{perSecond: {'/github': 0, '/time': 1}}],
  'nginx Configuration Writes': [{perSecond: zeros(nginxConfigWrites.labels.status)}],
  'Rate Limit Checks': [{perSecond: {'none reported': 0}}],
  'Rate Limit Denials': [{perSecond: {'none reported': 0}}],
  'Rate Limit Store Failures': [{perSecond: zeros(rateLimitErrors.labels.axis)}],
  'Quarantine Denials': [{perSecond: {'none reported': 0}}],
  'Generic Proxy Outcomes': [{perSecond: {'none reported': 0}}],
  'Generic Proxy Slots Rejected': [{perSecond: {'none reported': 0}}],
};

/** Counted whatever the window: those of each round, the first included. */
export const callsOfLastHour = {panel: 'Tool Executions per Hour', callsPerRound: 35} as const;
