/** Alerts on the path from the collector to the workspace. */
import {jobs, pointsFailed, pointsNotQueued, queueCapacity, queueSize} from '../../src/signals/third-party-metrics.ts';
import {gone, middle, missing, proven, reset, scrapes, soonAndLater, task, traffic} from './input-series.ts';
import {dead, down} from './outage-proofs.ts';
import {firing, type Proof, silent} from './rule-proof.ts';
import {type Growth, growing, type Scrapes, type Series, series, steady} from './sample-proofs.ts';

const collector = {job: jobs.collector, instance: 'adot-collector-0', exporter: 'prometheus_remote_write'} as const;
const capacity = series(queueCapacity, {...collector, data_type: 'metrics'}, steady(10_000, scrapes));
const queue = (size: number, disturbance: Scrapes): readonly Series[] => [
  capacity,
  series(queueSize, {...collector, data_type: 'metrics'}, steady(size, disturbance)),
];
const lost = (
  metric: typeof pointsFailed | typeof pointsNotQueued,
  perScrape: Growth,
  disturbance: Scrapes,
): readonly Series[] => [...queue(0, scrapes), series(metric, collector, growing(perScrape, disturbance))];
const writing = (cause: string) => ({alert: 'RemoteWriteFailing', labels: {cause}}) as const;
const nothing = silent({alert: 'RemoteWriteFailing', at: soonAndLater});
export const collectorProofs: readonly Proof[] = proven(
  [
    'RemoteWriteFailing fires when writes have failed for five minutes, and resolves five minutes after the last failure',
    lost(pointsFailed, index => (index > 40 && index <= 60 ? 1 : 0), scrapes),
    silent({...writing('dropped'), at: ['4m', '10m', '14m', '15m']}),
    firing({...writing('dropped'), at: ['16m', '18m', '19m']}),
    silent({...writing('dropped'), at: ['20m', '29m']}),
  ],
  [
    'RemoteWriteFailing fires when the queue has been full for five minutes, and resolves five minutes after',
    lost(pointsNotQueued, index => (index > 40 && index <= 60 ? 1 : 0), scrapes),
    silent({...writing('dropped'), at: ['4m', '10m', '14m', '15m']}),
    firing({...writing('dropped'), at: ['16m', '18m', '19m']}),
    silent({...writing('dropped'), at: ['20m', '29m']}),
  ],
  [
    'RemoteWriteFailing is silent while all writes succeed and failure counters do not exist',
    queue(0, scrapes),
    nothing,
  ],
  [
    'RemoteWriteFailing is silent at a single lost batch',
    lost(pointsFailed, index => (index === 30 ? 100 : 0), scrapes),
    nothing,
  ],
  [
    'RemoteWriteFailing keeps firing across a missing scrape',
    lost(pointsFailed, 5, missing),
    firing({...writing('dropped'), at: ['8m', '14m', '15m', '16m', '17m']}),
  ],
  [
    'RemoteWriteFailing keeps firing across a restart of the collector',
    lost(pointsFailed, 5, reset),
    firing({...writing('dropped'), at: ['8m', '14m', '15m', '16m', '17m']}),
  ],
  [
    'RemoteWriteFailing fires when the queue is over 80% full',
    queue(8001, scrapes),
    silent({...writing('queue'), at: ['3m', '4m']}),
    firing({...writing('queue'), at: ['5m', '29m']}),
  ],
  ['RemoteWriteFailing is silent at a queue of exactly 80%', queue(8000, scrapes), nothing],
  [
    'RemoteWriteFailing keeps firing on a full queue across a missing scrape',
    queue(9000, missing),
    firing({...writing('queue'), at: ['14m', '15m', '16m', '17m']}),
  ],
  [
    'RemoteWriteFailing fires when nothing from the collector arrives',
    [],
    firing({...writing('silence'), at: ['6m', '29m']}),
  ],
  [
    'RemoteWriteFailing fires when the collector vanishes',
    [series(queueCapacity, {...collector, data_type: 'metrics'}, steady(10_000, gone))],
    silent({...writing('silence'), at: ['14m', '17m', '18m']}),
    firing({...writing('silence'), at: ['19m', '29m']}),
  ],
  [
    'RemoteWriteFailing fires before the alerts that it inhibits when the collector exits abruptly',
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
    'RemoteWriteFailing is silent across a missing scrape of the collector',
    [series(queueCapacity, {...collector, data_type: 'metrics'}, steady(10_000, missing))],
    nothing,
  ],
);
