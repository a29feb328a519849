/** Alerts on missing data: nothing is counted, or no task can be scraped. */
import {
  authRequests,
  healthChecks,
  ingested,
  registryOperations,
  toolDiscoveries,
  toolExecutions,
} from '@mcp-observability/metrics-service/catalogue';
import {jobs, up} from '../../src/signals/third-party-metrics.ts';
import {
  type Claim,
  gone,
  indices,
  job,
  middle,
  missing,
  proven,
  reset,
  scrapes,
  soonAndLater,
  task,
  traffic,
} from './input-series.ts';
import {firing, type Proof, silent} from './rule-proof.ts';
import {growing, type Series, series, steady} from './sample-proofs.ts';

const until = (index: number): number => (index < middle ? 3 : 0);
const untilOutage = growing(until, scrapes);
const target = {job, instance: 'a'} as const;
/** The series of one request of each kind, and of its accepted event. */
const kinds: Readonly<Record<string, Series>> = {
  'an MCP request': traffic(until, scrapes),
  'an authentication': series(authRequests, {...target, service: 'auth-server', success: 'true'}, untilOutage),
  'a search': series(toolDiscoveries, {...target, service: 'registry', results: 'unknown'}, untilOutage),
  'work on the registry': series(registryOperations, {...target, operation: 'list', success: 'true'}, untilOutage),
  'a health check': series(healthChecks, {...target, endpoint: '/mcpgw/', healthy: 'true'}, untilOutage),
  'any request taken in': series(ingested, {...target, type: 'health_check'}, untilOutage),
};

export const down = {alert: 'MCPRegistryDown'} as const;
const registryDown = proven(
  ...Object.entries(kinds).map(
    ([kind, input]): Claim => [
      `MCPRegistryDown fires five minutes after ${kind}, the only request, and not before`,
      [input],
      silent({...down, at: ['10m', '15m', '17m', '18m', '19m']}),
      firing({...down, at: ['20m', '29m']}),
    ],
  ),
  [
    'MCPRegistryDown is silent at one request every two minutes, each with a new name',
    [
      ...Array.from({length: 14}, (_, request) =>
        series(
          toolExecutions,
          {...target, service: 'nginx', success: 'true', method: 'tools/call', tool_name: `tool-${request}`},
          indices.map(index => (index < (request + 1) * 8 ? 'missing' : 1)),
        ),
      ),
      series(
        ingested,
        {...target, type: 'tool_execution'},
        indices.map(index => Math.floor(index / 8)),
      ),
    ],
    silent({...down, at: ['3m', '5m', '6m', '10m', '15m', '20m', '25m', '29m']}),
  ],
  [
    'MCPRegistryDown fires when events are accepted but none is about a request',
    [series(ingested, {...target, type: 'custom'}, growing(3, scrapes))],
    firing({...down, at: ['5m', '29m']}),
  ],
  ['MCPRegistryDown fires when its series are absent', [], firing({...down, at: ['5m', '29m']})],
  [
    'MCPRegistryDown fires when there has never been traffic',
    [traffic(0, scrapes)],
    firing({...down, at: ['6m', '29m']}),
  ],
  [
    'MCPRegistryDown fires when the last task vanishes',
    [traffic(3, gone)],
    silent({...down, at: ['14m']}),
    firing({...down, at: ['21m']}),
  ],
  [
    'MCPRegistryDown is silent at a request every four minutes',
    [traffic(index => (index % 16 === 0 ? 1 : 0), {count: 240})],
    silent({...down, at: ['10m', '20m', '21m', '22m', '23m', '24m', '40m', '59m']}),
  ],
  ['MCPRegistryDown stays silent across a missing scrape', [traffic(1, missing)], silent({...down, at: soonAndLater})],
  ['MCPRegistryDown stays silent across a counter reset', [traffic(1, reset)], silent({...down, at: soonAndLater})],
  [
    'MCPRegistryDown stays silent when one of two tasks is gone',
    [traffic(1, scrapes), traffic(1, gone, 'b')],
    silent({...down, at: soonAndLater}),
  ],
);

export const dead = {alert: 'MetricsServiceDown'} as const;
const serviceDown = proven(
  [
    'MetricsServiceDown fires when no task can be scraped for two minutes',
    [task('a', steady(0, scrapes)), task('b', steady(0, scrapes))],
    firing({...dead, at: ['3m', '29m']}),
  ],
  ['MetricsServiceDown fires when there is no target at all', [], firing({...dead, at: ['3m', '29m']})],
  [
    'MetricsServiceDown fires when the last task vanishes from discovery',
    [task('a', steady(1, gone))],
    silent({...dead, at: ['10m', '15m', '16m']}),
    firing({...dead, at: ['18m', '29m']}),
  ],
  [
    'MetricsServiceDown is silent while a task and the collector are up',
    [
      series(up, {job: jobs.collector, instance: 'adot-collector-0'}, steady(1, scrapes)),
      task('a', steady(1, scrapes)),
    ],
    silent({...dead, at: soonAndLater}),
  ],
  [
    'MetricsServiceDown fires when only the collector is a target',
    [series(up, {job: jobs.collector, instance: 'adot-collector-0'}, steady(1, scrapes))],
    firing({...dead, at: ['10m']}),
  ],
  [
    'MetricsServiceDown is silent when one of two tasks is down',
    [task('a', steady(1, scrapes)), task('b', steady(0, scrapes))],
    silent({...dead, at: soonAndLater}),
  ],
  [
    'MetricsServiceDown is silent when one of two tasks is gone',
    [task('a', steady(1, scrapes)), task('b', steady(1, gone))],
    silent({...dead, at: soonAndLater}),
  ],
  [
    'MetricsServiceDown is silent across a missing scrape',
    [task('a', steady(1, missing))],
    silent({...dead, at: soonAndLater}),
  ],
  [
    'MetricsServiceDown is silent when a minute of scrapes fails',
    [
      task(
        'a',
        steady(1, scrapes).map((value, index) => (index >= 60 && index < 64 ? 0 : value)),
      ),
    ],
    silent({...dead, at: soonAndLater}),
  ],
);

export const outageProofs: readonly Proof[] = [...registryDown, ...serviceDown];
