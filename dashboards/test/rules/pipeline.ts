/** Alerts on the service, the collector and silence. */
import {
  authRequests,
  eventLoopStall,
  foldedLabels,
  healthChecks,
  ingested,
  rateLimited,
  registryOperations,
  rejected,
  toolDiscoveries,
  toolExecutions,
} from '@mcp-observability/metrics-service/catalogue';
import {jobs, pointsFailed, pointsNotQueued, processStart, queueCapacity, queueSize, up} from '../../src/external.ts';
import {type Answer, firing, type Proof, silent} from './proof.ts';
import {type Growth, growing, observing, type Scrapes, type Series, series, steady} from './samples.ts';

type Claim = readonly [claim: string, input: readonly Series[], ...answers: (readonly Answer[])[]];

const proofs = (...claims: readonly Claim[]): readonly Proof[] =>
  claims.map(([claim, input, ...answers]) => {
    const [first, ...rest] = answers.flat();
    return {claim, input, answers: [first as Answer, ...rest]}; // each has at least one
  });

const job = jobs.service;
const scrapes: Scrapes = {count: 120};
const middle = 60;
const indices = Array.from({length: scrapes.count}, (_, index) => index);
const missing: Scrapes = {...scrapes, missing: middle};
const reset: Scrapes = {...scrapes, reset: middle};
const gone: Scrapes = {...scrapes, gone: middle};
const soonAndLater = ['5m', '10m', '14m', '15m', '16m', '18m', '20m', '29m'] as const;

const traffic = (perScrape: Growth, weather: Scrapes, instance = 'a'): Series =>
  series(
    toolExecutions,
    {
      job,
      instance,
      service: 'nginx',
      success: 'true',
      method: 'tools/list',
      server_name: 'github',
      tool_name: '_unset',
      client_name: 'x',
    },
    growing(perScrape, weather),
  );

const until = (index: number): number => (index < middle ? 3 : 0);
const counted = growing(until, scrapes);
const target = {job, instance: 'a'} as const;
/** A request of each kind, and that it was taken in. */
const kinds: Readonly<Record<string, Series>> = {
  'an MCP request': traffic(until, scrapes),
  'an authentication': series(authRequests, {...target, service: 'auth-server', success: 'true'}, counted),
  'a search': series(toolDiscoveries, {...target, service: 'registry', results: 'unknown'}, counted),
  'work on the registry': series(registryOperations, {...target, operation: 'list', success: 'true'}, counted),
  'a health check': series(healthChecks, {...target, endpoint: '/mcpgw/', healthy: 'true'}, counted),
  'any request taken in': series(ingested, {...target, type: 'health_check'}, counted),
};

const down = {alert: 'MCPRegistryDown'} as const;
const registryDown = proofs(
  ...Object.entries(kinds).map(
    ([kind, input]): Claim => [
      `MCPRegistryDown fires five minutes after ${kind}, the only one, and not before.`,
      [input],
      silent({...down, at: ['10m', '15m', '17m', '18m', '19m']}),
      firing({...down, at: ['20m', '29m']}),
    ],
  ),
  [
    'MCPRegistryDown is silent at a request in two minutes, each with a name never seen before.',
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
    'MCPRegistryDown fires when nothing but what is no request is taken in.',
    [series(ingested, {...target, type: 'custom'}, growing(3, scrapes))],
    firing({...down, at: ['5m', '29m']}),
  ],
  ['MCPRegistryDown fires when its series are absent altogether.', [], firing({...down, at: ['5m', '29m']})],
  [
    'MCPRegistryDown fires when there was no traffic ever.',
    [traffic(0, scrapes)],
    firing({...down, at: ['6m', '29m']}),
  ],
  [
    'MCPRegistryDown fires when the last task vanishes.',
    [traffic(3, gone)],
    silent({...down, at: ['14m']}),
    firing({...down, at: ['21m']}),
  ],
  [
    'MCPRegistryDown is silent at a request every four minutes.',
    [traffic(index => (index % 16 === 0 ? 1 : 0), {count: 240})],
    silent({...down, at: ['10m', '20m', '21m', '22m', '23m', '24m', '40m', '59m']}),
  ],
  ['MCPRegistryDown stays silent across a missing scrape.', [traffic(1, missing)], silent({...down, at: soonAndLater})],
  ['MCPRegistryDown stays silent across a counter reset.', [traffic(1, reset)], silent({...down, at: soonAndLater})],
  [
    'MCPRegistryDown stays silent when one of two tasks is gone.',
    [traffic(1, scrapes), traffic(1, gone, 'b')],
    silent({...down, at: soonAndLater}),
  ],
);

const task = (instance: string, samples: readonly (number | 'missing' | 'stale')[]): Series =>
  series(up, {job, instance}, samples);
const dead = {alert: 'MetricsServiceDown'} as const;
const serviceDown = proofs(
  [
    'MetricsServiceDown fires when no task answers for two minutes.',
    [task('a', steady(0, scrapes)), task('b', steady(0, scrapes))],
    firing({...dead, at: ['3m', '29m']}),
  ],
  ['MetricsServiceDown fires when there is no target at all.', [], firing({...dead, at: ['3m', '29m']})],
  [
    'MetricsServiceDown fires when the last task vanishes from discovery.',
    [task('a', steady(1, gone))],
    silent({...dead, at: ['10m', '15m', '16m']}),
    firing({...dead, at: ['18m', '29m']}),
  ],
  [
    'MetricsServiceDown is silent while the collector alone is up.',
    [
      series(up, {job: jobs.collector, instance: 'adot-collector-0'}, steady(1, scrapes)),
      task('a', steady(1, scrapes)),
    ],
    silent({...dead, at: soonAndLater}),
  ],
  [
    "MetricsServiceDown doesn't take the collector for a task.",
    [series(up, {job: jobs.collector, instance: 'adot-collector-0'}, steady(1, scrapes))],
    firing({...dead, at: ['10m']}),
  ],
  [
    'MetricsServiceDown is silent when one of two tasks is down.',
    [task('a', steady(1, scrapes)), task('b', steady(0, scrapes))],
    silent({...dead, at: soonAndLater}),
  ],
  [
    'MetricsServiceDown is silent when one of two tasks is gone.',
    [task('a', steady(1, scrapes)), task('b', steady(1, gone))],
    silent({...dead, at: soonAndLater}),
  ],
  [
    'MetricsServiceDown is silent across a missing scrape.',
    [task('a', steady(1, missing))],
    silent({...dead, at: soonAndLater}),
  ],
  [
    'MetricsServiceDown is silent when a minute of scrapes fails.',
    [
      task(
        'a',
        steady(1, scrapes).map((value, index) => (index >= 60 && index < 64 ? 0 : value)),
      ),
    ],
    silent({...dead, at: soonAndLater}),
  ],
);

/** Tasks one after the other, each at an address of its own. */
const crashing = (tasks: number, {minutesApart = 5} = {}): readonly Series[] =>
  Array.from({length: tasks}, (_, index) => {
    const lifetime = minutesApart * 4;
    const from = index * lifetime;
    return series(processStart, {job, instance: `10.0.0.${index}`}, [
      ...Array.from({length: from}, () => 'missing' as const),
      ...Array.from({length: lifetime}, () => from * 15),
      'stale',
    ]);
  });
const restarting = {alert: 'MetricsServiceRestarting'} as const;
const atOnePlace = (starts: number, {minutesApart = 3} = {}): Series =>
  series(
    processStart,
    {job, instance: 'a'},
    Array.from(
      {length: 400},
      (_, index) => Math.min(Math.floor(index / (minutesApart * 4)), starts - 1) * minutesApart * 60,
    ),
  );
const restarts = proofs(
  [
    'MetricsServiceRestarting fires at five starts within an hour, each at an address of its own.',
    crashing(5),
    silent({...restarting, at: ['19m']}),
    firing({...restarting, at: ['21m', '29m', '50m']}),
    silent({...restarting, at: ['70m']}),
  ],
  [
    'MetricsServiceRestarting is silent at four starts.',
    crashing(4),
    silent({...restarting, at: ['19m', '21m', '29m']}),
  ],
  [
    'MetricsServiceRestarting counts starts at the same address.',
    [atOnePlace(5)],
    silent({...restarting, at: ['11m']}),
    firing({...restarting, at: ['13m', '29m']}),
  ],
  [
    'MetricsServiceRestarting is silent at four starts at the same address.',
    [atOnePlace(4)],
    silent({...restarting, at: soonAndLater}),
  ],
  [
    'MetricsServiceRestarting is silent for six tasks that have run for long.',
    Array.from({length: 6}, (_, index) =>
      series(processStart, {job, instance: `10.0.0.${index}`}, steady(-7200, missing)),
    ),
    silent({...restarting, at: soonAndLater}),
  ],
  [
    'MetricsServiceRestarting is silent across a missing scrape, with one of two tasks gone and one new.',
    [
      series(processStart, {job, instance: 'a'}, steady(-7200, missing)),
      series(processStart, {job, instance: 'b'}, steady(-7200, gone)),
      series(processStart, {job, instance: 'c'}, steady(0, scrapes)),
    ],
    silent({...restarting, at: soonAndLater}),
  ],
  [
    'MetricsServiceRestarting is silent at five starts in more than an hour.',
    crashing(5, {minutesApart: 20}),
    silent({...restarting, at: ['81m', '90m', '99m']}),
  ],
  [
    'MetricsServiceRestarting is silent at six starts at the same address in more than an hour.',
    [atOnePlace(6, {minutesApart: 15})],
    silent({...restarting, at: ['76m', '80m', '90m']}),
  ],
  [
    'MetricsServiceRestarting fires at five starts at the same address in most of an hour.',
    [atOnePlace(5, {minutesApart: 12})],
    silent({...restarting, at: ['47m']}),
    firing({...restarting, at: ['49m', '59m']}),
  ],
  [
    'MetricsServiceRestarting does not count starts of the collector.',
    crashing(5).map(({series: name, values}) => ({series: name.replace(jobs.service, jobs.collector), values})),
    silent({...restarting, at: ['21m', '25m']}),
  ],
  ['MetricsServiceRestarting is silent when its series are absent.', [], silent({...restarting, at: soonAndLater})],
);

type Counted = (perScrape: Growth, weather: Scrapes, instance?: string) => Series;
/** Alerts on so many a second over ten minutes: all of a kind. */
const perSecond = (alert: 'MetricsRejected' | 'MetricsRateLimited', counted: Counted, threshold: number) => {
  const atThreshold = threshold * 15;
  const over = atThreshold * 1.2;
  const late = ['15m', '16m', '18m', '20m', '29m'] as const;
  return proofs(
    [
      `${alert} fires ten minutes after five that were over the threshold, and not before.`,
      [counted(index => (index > 40 ? over : 0), scrapes)],
      silent({alert, at: ['5m', '15m', '20m', '23m', '24m']}),
      firing({alert, at: ['25m', '29m']}),
    ],
    [`${alert} is silent at the threshold.`, [counted(atThreshold, scrapes)], silent({alert, at: soonAndLater})],
    [
      `${alert} is silent when little happens.`,
      [counted(index => (index % 20 === 0 ? 1 : 0), scrapes)],
      silent({alert, at: soonAndLater}),
    ],
    [`${alert} is silent when nothing happens.`, [counted(0, scrapes)], silent({alert, at: soonAndLater})],
    [`${alert} is silent when its series are absent.`, [], silent({alert, at: soonAndLater})],
    [
      `${alert} is silent at a burst of five minutes.`,
      [counted(index => (index >= 40 && index < 60 ? over : 0), scrapes)],
      silent({alert, at: soonAndLater}),
    ],
    [`${alert} keeps firing across a missing scrape.`, [counted(over, missing)], firing({alert, at: late})],
    [`${alert} keeps firing across a counter reset.`, [counted(over, reset)], firing({alert, at: late})],
    [
      `${alert} stays silent across a counter reset.`,
      [counted(atThreshold / 2, reset)],
      silent({alert, at: soonAndLater}),
    ],
    [
      `${alert} keeps firing when one of two tasks is gone.`,
      [counted(over, scrapes), counted(over, gone, 'b')],
      firing({alert, at: late}),
    ],
    [
      `${alert} stays silent when one of two tasks is gone.`,
      [counted(atThreshold / 3, scrapes), counted(atThreshold / 3, gone, 'b')],
      silent({alert, at: soonAndLater}),
    ],
  );
};

const folded = {alert: 'LabelCardinalityOverflow', labels: {label: 'tool_name'}} as const;
const folding: Counted = (perScrape, weather, instance = 'a') =>
  series(foldedLabels, {job, instance, label: 'tool_name'}, growing(perScrape, weather));
const overflow = proofs(
  [
    'LabelCardinalityOverflow fires at a single folded value and ends a quarter of an hour later.',
    [folding(index => (index === 20 ? 1 : 0), scrapes)],
    silent({...folded, at: ['4m']}),
    firing({...folded, at: ['6m', '19m']}),
    silent({...folded, at: ['21m', '29m']}),
  ],
  [
    'LabelCardinalityOverflow is silent when nothing is folded.',
    [folding(0, scrapes)],
    silent({...folded, at: soonAndLater}),
  ],
  ['LabelCardinalityOverflow is silent when its series are absent.', [], silent({...folded, at: soonAndLater})],
  [
    'LabelCardinalityOverflow is silent across a missing scrape, a counter reset and a task gone.',
    [folding(0, missing), folding(0, reset, 'b'), folding(0, gone, 'c')],
    silent({...folded, at: soonAndLater}),
  ],
  [
    'LabelCardinalityOverflow keeps firing across a counter reset and a missing scrape.',
    [folding(1, reset), folding(1, missing, 'b')],
    firing({...folded, at: soonAndLater}),
  ],
);

const stalled = {alert: 'EventLoopStalled'} as const;
const stalls = (slow: number, weather: Scrapes, instance = 'a'): readonly Series[] =>
  observing(
    eventLoopStall,
    {job, instance},
    {quick: 0.25, slow: 0.5, perScrape: {quick: 1000 - slow, slow}, scrapes: weather},
  );
const late = ['16m', '18m', '20m', '29m'] as const;
const eventLoop = proofs(
  [
    'EventLoopStalled fires after ten minutes.',
    stalls(20, scrapes),
    silent({...stalled, at: ['5m', '9m']}),
    firing({...stalled, at: late}),
  ],
  [
    'EventLoopStalled fires ten minutes after five that were half bad, and not before.',
    observing(
      eventLoopStall,
      {job, instance: 'a'},
      {quick: 0.25, slow: 0.5, perScrape: {quick: 980, slow: index => (index > 40 ? 20 : 0)}, scrapes},
    ),
    silent({...stalled, at: ['15m', '20m', '21m', '22m']}),
    firing({...stalled, at: ['23m', '29m']}),
  ],
  ['EventLoopStalled is silent at the threshold.', stalls(10, scrapes), silent({...stalled, at: soonAndLater})],
  ['EventLoopStalled is silent when its series are absent.', [], silent({...stalled, at: soonAndLater})],
  ['EventLoopStalled keeps firing across a missing scrape.', stalls(20, missing), firing({...stalled, at: late})],
  ['EventLoopStalled keeps firing across a counter reset.', stalls(20, reset), firing({...stalled, at: late})],
  [
    'EventLoopStalled stays silent across a counter reset and a missing scrape.',
    [...stalls(5, reset), ...stalls(5, missing, 'b')],
    silent({...stalled, at: soonAndLater}),
  ],
  [
    'EventLoopStalled fires when one of two tasks stalls.',
    [...stalls(0, scrapes), ...stalls(100, scrapes, 'b')],
    firing({...stalled, at: late}),
  ],
  [
    'EventLoopStalled keeps firing when one of two tasks is gone.',
    [...stalls(20, scrapes), ...stalls(20, gone, 'b')],
    firing({...stalled, at: late}),
  ],
);

const collector = {job: jobs.collector, instance: 'adot-collector-0', exporter: 'prometheus_remote_write'} as const;
const capacity = series(queueCapacity, {...collector, data_type: 'metrics'}, steady(10_000, scrapes));
const queue = (size: number, weather: Scrapes): readonly Series[] => [
  capacity,
  series(queueSize, {...collector, data_type: 'metrics'}, steady(size, weather)),
];
const lost = (
  metric: typeof pointsFailed | typeof pointsNotQueued,
  perScrape: Growth,
  weather: Scrapes,
): readonly Series[] => [...queue(0, scrapes), series(metric, collector, growing(perScrape, weather))];
const writing = (cause: string) => ({alert: 'RemoteWriteFailing', labels: {cause}}) as const;
const nothing = silent({alert: 'RemoteWriteFailing', at: soonAndLater});
const remoteWrite = proofs(
  [
    'RemoteWriteFailing fires when writes have failed for five minutes, and ends five minutes after them.',
    lost(pointsFailed, index => (index > 40 && index <= 60 ? 1 : 0), scrapes),
    silent({...writing('dropped'), at: ['4m', '10m', '14m', '15m']}),
    firing({...writing('dropped'), at: ['16m', '18m', '19m']}),
    silent({...writing('dropped'), at: ['20m', '29m']}),
  ],
  [
    'RemoteWriteFailing fires when the queue has refused for five minutes, and ends five minutes after.',
    lost(pointsNotQueued, index => (index > 40 && index <= 60 ? 1 : 0), scrapes),
    silent({...writing('dropped'), at: ['4m', '10m', '14m', '15m']}),
    firing({...writing('dropped'), at: ['16m', '18m', '19m']}),
    silent({...writing('dropped'), at: ['20m', '29m']}),
  ],
  [
    'RemoteWriteFailing is silent while all is written; failure counters do not exist then.',
    queue(0, scrapes),
    nothing,
  ],
  [
    'RemoteWriteFailing is silent at a single lost batch.',
    lost(pointsFailed, index => (index === 30 ? 100 : 0), scrapes),
    nothing,
  ],
  [
    'RemoteWriteFailing keeps firing across a missing scrape.',
    lost(pointsFailed, 5, missing),
    firing({...writing('dropped'), at: ['8m', '14m', '15m', '16m', '17m']}),
  ],
  [
    'RemoteWriteFailing keeps firing across a restart of the collector.',
    lost(pointsFailed, 5, reset),
    firing({...writing('dropped'), at: ['8m', '14m', '15m', '16m', '17m']}),
  ],
  [
    'RemoteWriteFailing fires when the queue is over 80 % full.',
    queue(8001, scrapes),
    silent({...writing('queue'), at: ['3m', '4m']}),
    firing({...writing('queue'), at: ['5m', '29m']}),
  ],
  ['RemoteWriteFailing is silent at a queue of exactly 80 %.', queue(8000, scrapes), nothing],
  [
    'RemoteWriteFailing keeps firing on a full queue across a missing scrape.',
    queue(9000, missing),
    firing({...writing('queue'), at: ['14m', '15m', '16m', '17m']}),
  ],
  [
    'RemoteWriteFailing fires when nothing of the collector arrives.',
    [],
    firing({...writing('silence'), at: ['6m', '29m']}),
  ],
  [
    'RemoteWriteFailing fires when the collector vanishes.',
    [series(queueCapacity, {...collector, data_type: 'metrics'}, steady(10_000, gone))],
    silent({...writing('silence'), at: ['14m', '17m', '18m']}),
    firing({...writing('silence'), at: ['19m', '29m']}),
  ],
  [
    'RemoteWriteFailing fires before what else is taken for an outage when the collector ends without a word.',
    [
      series(queueCapacity, {...collector, data_type: 'metrics'}, steady(10_000, {count: middle})),
      task('a', steady(1, {count: middle})),
      traffic(3, {count: middle}),
    ],
    silent({...writing('silence'), at: ['18m']}),
    firing({...writing('silence'), at: ['19m', '29m']}),
    silent({...down, at: ['19m']}),
    firing({...down, at: ['20m']}),
    silent({...dead, at: ['19m', '21m']}),
    firing({...dead, at: ['22m']}),
  ],
  [
    'RemoteWriteFailing is silent across a missing scrape of the collector.',
    [series(queueCapacity, {...collector, data_type: 'metrics'}, steady(10_000, missing))],
    nothing,
  ],
);

export const pipelineProofs: readonly Proof[] = [
  ...registryDown,
  ...serviceDown,
  ...restarts,
  ...perSecond(
    'MetricsRejected',
    (perScrape, weather, instance = 'a') =>
      series(rejected, {job, instance, reason: 'range'}, growing(perScrape, weather)),
    0.5,
  ),
  ...perSecond(
    'MetricsRateLimited',
    (perScrape, weather, instance = 'a') =>
      series(rateLimited, {job, instance, emitter: 'auth-server'}, growing(perScrape, weather)),
    0.1,
  ),
  ...overflow,
  ...eventLoop,
  ...remoteWrite,
];
