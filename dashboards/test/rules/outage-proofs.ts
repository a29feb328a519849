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
  checkedTimes,
  counterReset,
  indices,
  job,
  middleIndex,
  missingScrape,
  scrapes,
  task,
  toProofs,
  traffic,
  vanishedTarget,
} from './input-series.ts';
import {firing, type Proof, silent} from './rule-proof.ts';
import {counterSamples, gaugeSamples, type Series, series} from './sample-proofs.ts';

const until = (index: number): number => (index < middleIndex ? 3 : 0);
const untilOutage = counterSamples(until, scrapes);
const target = {job, instance: 'a'} as const;
/** The series of one request of each kind, and of its accepted event. */
const kinds: Readonly<Record<string, Series>> = {
  'an MCP request': traffic(until, scrapes),
  'an authentication': series(authRequests, {...target, service: 'auth-server', success: 'true'}, untilOutage),
  'a search': series(toolDiscoveries, {...target, service: 'registry', results: 'unknown'}, untilOutage),
  'work on the registry': series(registryOperations, {...target, operation: 'list', success: 'true'}, untilOutage),
  'a health check': series(healthChecks, {...target, endpoint: '/mcpgw/', healthy: 'true'}, untilOutage),
  'any accepted request': series(ingested, {...target, type: 'health_check'}, untilOutage),
};

export const registryDown = {alert: 'MCPRegistryDown'} as const;
const registryProofs = toProofs(
  ...Object.entries(kinds).map(
    ([kind, input]): Claim => [
      `MCPRegistryDown fires five minutes after ${kind}, the only request, and not before`,
      [input],
      silent({...registryDown, at: ['10m', '15m', '17m', '18m', '19m']}),
      firing({...registryDown, at: ['20m', '29m']}),
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
    silent({...registryDown, at: ['3m', '5m', '6m', '10m', '15m', '20m', '25m', '29m']}),
  ],
  [
    'MCPRegistryDown fires when events are accepted but none is about a request',
    [series(ingested, {...target, type: 'custom'}, counterSamples(3, scrapes))],
    firing({...registryDown, at: ['5m', '29m']}),
  ],
  ['MCPRegistryDown fires when its series are absent', [], firing({...registryDown, at: ['5m', '29m']})],
  [
    'MCPRegistryDown fires when there has never been traffic',
    [traffic(0, scrapes)],
    firing({...registryDown, at: ['6m', '29m']}),
  ],
  [
    'MCPRegistryDown fires when the last task vanishes',
    [traffic(3, vanishedTarget)],
    silent({...registryDown, at: ['14m']}),
    firing({...registryDown, at: ['21m']}),
  ],
  [
    'MCPRegistryDown is silent at a request every four minutes',
    [traffic(index => (index % 16 === 0 ? 1 : 0), {count: 240})],
    silent({...registryDown, at: ['10m', '20m', '21m', '22m', '23m', '24m', '40m', '59m']}),
  ],
  [
    'MCPRegistryDown stays silent across a missing scrape',
    [traffic(1, missingScrape)],
    silent({...registryDown, at: checkedTimes}),
  ],
  [
    'MCPRegistryDown stays silent across a counter reset',
    [traffic(1, counterReset)],
    silent({...registryDown, at: checkedTimes}),
  ],
  [
    'MCPRegistryDown stays silent when one of two tasks is gone',
    [traffic(1, scrapes), traffic(1, vanishedTarget, 'b')],
    silent({...registryDown, at: checkedTimes}),
  ],
);

export const serviceDown = {alert: 'MetricsServiceDown'} as const;
const serviceProofs = toProofs(
  [
    'MetricsServiceDown fires when no task can be scraped for two minutes',
    [task('a', gaugeSamples(0, scrapes)), task('b', gaugeSamples(0, scrapes))],
    firing({...serviceDown, at: ['3m', '29m']}),
  ],
  ['MetricsServiceDown fires when there is no target at all', [], firing({...serviceDown, at: ['3m', '29m']})],
  [
    'MetricsServiceDown fires when the last task vanishes from discovery',
    [task('a', gaugeSamples(1, vanishedTarget))],
    silent({...serviceDown, at: ['10m', '15m', '16m']}),
    firing({...serviceDown, at: ['18m', '29m']}),
  ],
  [
    'MetricsServiceDown is silent while a task and the collector are up',
    [
      series(up, {job: jobs.collector, instance: 'adot-collector-0'}, gaugeSamples(1, scrapes)),
      task('a', gaugeSamples(1, scrapes)),
    ],
    silent({...serviceDown, at: checkedTimes}),
  ],
  [
    'MetricsServiceDown fires when only the collector is a target',
    [series(up, {job: jobs.collector, instance: 'adot-collector-0'}, gaugeSamples(1, scrapes))],
    firing({...serviceDown, at: ['10m']}),
  ],
  [
    'MetricsServiceDown is silent when one of two tasks is down',
    [task('a', gaugeSamples(1, scrapes)), task('b', gaugeSamples(0, scrapes))],
    silent({...serviceDown, at: checkedTimes}),
  ],
  [
    'MetricsServiceDown is silent when one of two tasks is gone',
    [task('a', gaugeSamples(1, scrapes)), task('b', gaugeSamples(1, vanishedTarget))],
    silent({...serviceDown, at: checkedTimes}),
  ],
  [
    'MetricsServiceDown is silent across a missing scrape',
    [task('a', gaugeSamples(1, missingScrape))],
    silent({...serviceDown, at: checkedTimes}),
  ],
  [
    'MetricsServiceDown is silent when a minute of scrapes fails',
    [
      task(
        'a',
        gaugeSamples(1, scrapes).map((value, index) => (index >= 60 && index < 64 ? 0 : value)),
      ),
    ],
    silent({...serviceDown, at: checkedTimes}),
  ],
);

export const outageProofs: readonly Proof[] = [...registryProofs, ...serviceProofs];
