/** Alerts on the path from the collector to the workspace. */
import {failedPoints, jobs, queueCapacity, queueSize, unqueuedPoints} from '../../src/signals/third-party-metrics.ts';
import {
  checkedTimes,
  counterReset,
  middleIndex,
  missingScrape,
  scrapes,
  task,
  toProofs,
  traffic,
  vanishedTarget,
} from './input-series.ts';
import {registryDown, serviceDown} from './outage-proofs.ts';
import {firing, type Proof, silent} from './rule-proof.ts';
import {counterSamples, type Growth, gaugeSamples, type Scrapes, type Series, series} from './sample-proofs.ts';

const collector = {job: jobs.collector, instance: 'adot-collector-0', exporter: 'prometheus_remote_write'} as const;
const capacity = series(queueCapacity, {...collector, data_type: 'metrics'}, gaugeSamples(10_000, scrapes));
const queue = (size: number, disturbance: Scrapes): readonly Series[] => [
  capacity,
  series(queueSize, {...collector, data_type: 'metrics'}, gaugeSamples(size, disturbance)),
];
const lost = (
  metric: typeof failedPoints | typeof unqueuedPoints,
  perScrape: Growth,
  disturbance: Scrapes,
): readonly Series[] => [...queue(0, scrapes), series(metric, collector, counterSamples(perScrape, disturbance))];
const writing = (cause: string) => ({alert: 'RemoteWriteFailing', labels: {cause}}) as const;
const nothing = silent({alert: 'RemoteWriteFailing', at: checkedTimes});
export const collectorProofs: readonly Proof[] = toProofs(
  [
    'RemoteWriteFailing fires when writes have failed for five minutes, and resolves five minutes after the last failure',
    lost(failedPoints, index => (index > 40 && index <= 60 ? 1 : 0), scrapes),
    silent({...writing('dropped'), at: ['4m', '10m', '14m', '15m']}),
    firing({...writing('dropped'), at: ['16m', '18m', '19m']}),
    silent({...writing('dropped'), at: ['20m', '29m']}),
  ],
  [
    'RemoteWriteFailing fires when the queue has been full for five minutes, and resolves five minutes after',
    lost(unqueuedPoints, index => (index > 40 && index <= 60 ? 1 : 0), scrapes),
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
    lost(failedPoints, index => (index === 30 ? 100 : 0), scrapes),
    nothing,
  ],
  [
    'RemoteWriteFailing keeps firing across a missing scrape',
    lost(failedPoints, 5, missingScrape),
    firing({...writing('dropped'), at: ['8m', '14m', '15m', '16m', '17m']}),
  ],
  [
    'RemoteWriteFailing keeps firing across a restart of the collector',
    lost(failedPoints, 5, counterReset),
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
    queue(9000, missingScrape),
    firing({...writing('queue'), at: ['14m', '15m', '16m', '17m']}),
  ],
  [
    'RemoteWriteFailing fires when nothing from the collector arrives',
    [],
    firing({...writing('silence'), at: ['6m', '29m']}),
  ],
  [
    'RemoteWriteFailing fires when the collector vanishes',
    [series(queueCapacity, {...collector, data_type: 'metrics'}, gaugeSamples(10_000, vanishedTarget))],
    silent({...writing('silence'), at: ['14m', '17m', '18m']}),
    firing({...writing('silence'), at: ['19m', '29m']}),
  ],
  [
    'RemoteWriteFailing fires before the alerts that it inhibits when the collector exits abruptly',
    [
      series(queueCapacity, {...collector, data_type: 'metrics'}, gaugeSamples(10_000, {count: middleIndex})),
      task('a', gaugeSamples(1, {count: middleIndex})),
      traffic(3, {count: middleIndex}),
    ],
    silent({...writing('silence'), at: ['18m']}),
    firing({...writing('silence'), at: ['19m', '29m']}),
    silent({...registryDown, at: ['19m']}),
    firing({...registryDown, at: ['20m']}),
    silent({...serviceDown, at: ['19m', '21m']}),
    firing({...serviceDown, at: ['22m']}),
  ],
  [
    'RemoteWriteFailing is silent across a missing scrape of the collector',
    [series(queueCapacity, {...collector, data_type: 'metrics'}, gaugeSamples(10_000, missingScrape))],
    nothing,
  ],
);
