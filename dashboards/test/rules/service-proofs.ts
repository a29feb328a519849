/** Alerts on metrics-service: restarts, rejections, folded label values, stalls. */
import {eventLoopStall, foldedLabels, rateLimited, rejected} from '@mcp-observability/metrics-service/catalogue';
import {jobs, processStart} from '../../src/signals/third-party-metrics.ts';
import {checkedTimes, counterReset, job, missingScrape, scrapes, toProofs, vanishedTarget} from './input-series.ts';
import {firing, type Proof, silent} from './rule-proof.ts';
import {
  counterSamples,
  type Growth,
  gaugeSamples,
  histogramSeries,
  type Scrapes,
  type Series,
  series,
} from './sample-proofs.ts';

/** Tasks that run one after the other, each with a different address. */
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
const restarts = toProofs(
  [
    'MetricsServiceRestarting fires at five starts within an hour, each with a different address',
    crashing(5),
    silent({...restarting, at: ['19m']}),
    firing({...restarting, at: ['21m', '29m', '50m']}),
    silent({...restarting, at: ['70m']}),
  ],
  [
    'MetricsServiceRestarting is silent at four starts',
    crashing(4),
    silent({...restarting, at: ['19m', '21m', '29m']}),
  ],
  [
    'MetricsServiceRestarting counts starts at the same address',
    [atOnePlace(5)],
    silent({...restarting, at: ['11m']}),
    firing({...restarting, at: ['13m', '29m']}),
  ],
  [
    'MetricsServiceRestarting is silent at four starts at the same address',
    [atOnePlace(4)],
    silent({...restarting, at: checkedTimes}),
  ],
  [
    'MetricsServiceRestarting is silent for six tasks that started long ago',
    Array.from({length: 6}, (_, index) =>
      series(processStart, {job, instance: `10.0.0.${index}`}, gaugeSamples(-7200, missingScrape)),
    ),
    silent({...restarting, at: checkedTimes}),
  ],
  [
    'MetricsServiceRestarting is silent across a missing scrape, with one of two tasks stopped and one new',
    [
      series(processStart, {job, instance: 'a'}, gaugeSamples(-7200, missingScrape)),
      series(processStart, {job, instance: 'b'}, gaugeSamples(-7200, vanishedTarget)),
      series(processStart, {job, instance: 'c'}, gaugeSamples(0, scrapes)),
    ],
    silent({...restarting, at: checkedTimes}),
  ],
  [
    'MetricsServiceRestarting is silent at five starts in more than an hour',
    crashing(5, {minutesApart: 20}),
    silent({...restarting, at: ['81m', '90m', '99m']}),
  ],
  [
    'MetricsServiceRestarting is silent at six starts at the same address in more than an hour',
    [atOnePlace(6, {minutesApart: 15})],
    silent({...restarting, at: ['76m', '80m', '90m']}),
  ],
  [
    'MetricsServiceRestarting fires at five starts at the same address in most of an hour',
    [atOnePlace(5, {minutesApart: 12})],
    silent({...restarting, at: ['47m']}),
    firing({...restarting, at: ['49m', '59m']}),
  ],
  [
    'MetricsServiceRestarting does not count starts of the collector',
    crashing(5).map(({series: name, values}) => ({series: name.replace(jobs.service, jobs.collector), values})),
    silent({...restarting, at: ['21m', '25m']}),
  ],
  ['MetricsServiceRestarting is silent when its series are absent', [], silent({...restarting, at: checkedTimes})],
);

type Counted = (perScrape: Growth, disturbance: Scrapes, instance?: string) => Series;
/** The claims that all alerts on a rate over ten minutes share. */
const perSecond = (alert: 'MetricsRejected' | 'MetricsRateLimited', counted: Counted, threshold: number) => {
  const atThreshold = threshold * 15;
  const over = atThreshold * 1.2;
  const late = ['15m', '16m', '18m', '20m', '29m'] as const;
  return toProofs(
    [
      `${alert} fires ten minutes after the rate over five minutes exceeds the threshold, and not before`,
      [counted(index => (index > 40 ? over : 0), scrapes)],
      silent({alert, at: ['5m', '15m', '20m', '23m', '24m']}),
      firing({alert, at: ['25m', '29m']}),
    ],
    [`${alert} is silent at the threshold`, [counted(atThreshold, scrapes)], silent({alert, at: checkedTimes})],
    [
      `${alert} is silent at a low rate`,
      [counted(index => (index % 20 === 0 ? 1 : 0), scrapes)],
      silent({alert, at: checkedTimes}),
    ],
    [`${alert} is silent when nothing happens`, [counted(0, scrapes)], silent({alert, at: checkedTimes})],
    [`${alert} is silent when its series are absent`, [], silent({alert, at: checkedTimes})],
    [
      `${alert} is silent at a burst of five minutes`,
      [counted(index => (index >= 40 && index < 60 ? over : 0), scrapes)],
      silent({alert, at: checkedTimes}),
    ],
    [`${alert} keeps firing across a missing scrape`, [counted(over, missingScrape)], firing({alert, at: late})],
    [`${alert} keeps firing across a counter reset`, [counted(over, counterReset)], firing({alert, at: late})],
    [
      `${alert} stays silent across a counter reset`,
      [counted(atThreshold / 2, counterReset)],
      silent({alert, at: checkedTimes}),
    ],
    [
      `${alert} keeps firing when one of two tasks is stopped`,
      [counted(over, scrapes), counted(over, vanishedTarget, 'b')],
      firing({alert, at: late}),
    ],
    [
      `${alert} stays silent when one of two tasks is stopped`,
      [counted(atThreshold / 3, scrapes), counted(atThreshold / 3, vanishedTarget, 'b')],
      silent({alert, at: checkedTimes}),
    ],
  );
};

const foldedMethod = {alert: 'LabelCardinalityOverflow', labels: {label: 'method', severity: 'warning'}} as const;
const folded = {alert: 'LabelCardinalityOverflow', labels: {label: 'tool_name', severity: 'info'}} as const;
const folding: Counted = (perScrape, disturbance, instance = 'a') =>
  series(foldedLabels, {job, instance, label: 'tool_name'}, counterSamples(perScrape, disturbance));
const overflow = toProofs(
  [
    'LabelCardinalityOverflow fires at a single folded value and resolves 15m later',
    [folding(index => (index === 20 ? 1 : 0), scrapes)],
    silent({...folded, at: ['4m']}),
    firing({...folded, at: ['6m', '19m']}),
    silent({...folded, at: ['21m', '29m']}),
  ],
  [
    'LabelCardinalityOverflow warns about a folded method only once',
    [
      series(
        foldedLabels,
        {job, instance: 'a', label: 'method'},
        counterSamples(index => (index === 20 ? 1 : 0), scrapes),
      ),
    ],
    firing({...foldedMethod, at: ['6m', '19m']}),
    firing({alert: 'LabelCardinalityOverflow', at: ['6m', '19m']}),
  ],
  [
    'LabelCardinalityOverflow is silent when nothing is folded',
    [folding(0, scrapes)],
    silent({...folded, at: checkedTimes}),
  ],
  ['LabelCardinalityOverflow is silent when its series are absent', [], silent({...folded, at: checkedTimes})],
  [
    'LabelCardinalityOverflow is silent across a missing scrape, a counter reset and a stopped task',
    [folding(0, missingScrape), folding(0, counterReset, 'b'), folding(0, vanishedTarget, 'c')],
    silent({...folded, at: checkedTimes}),
  ],
  [
    'LabelCardinalityOverflow keeps firing across a counter reset and a missing scrape',
    [folding(1, counterReset), folding(1, missingScrape, 'b')],
    firing({...folded, at: checkedTimes}),
  ],
);

const stalled = {alert: 'EventLoopStalled'} as const;
const stalls = (slow: number, disturbance: Scrapes, instance = 'a'): readonly Series[] =>
  histogramSeries(
    eventLoopStall,
    {job, instance},
    {quick: 0.25, slow: 0.5, perScrape: {quick: 1000 - slow, slow}, scrapes: disturbance},
  );
const late = ['16m', '18m', '20m', '29m'] as const;
const eventLoop = toProofs(
  [
    'EventLoopStalled fires after ten minutes',
    stalls(20, scrapes),
    silent({...stalled, at: ['5m', '9m']}),
    firing({...stalled, at: late}),
  ],
  [
    'EventLoopStalled fires ten minutes after the p99 over five minutes exceeds the threshold, and not before',
    histogramSeries(
      eventLoopStall,
      {job, instance: 'a'},
      {quick: 0.25, slow: 0.5, perScrape: {quick: 980, slow: index => (index > 40 ? 20 : 0)}, scrapes},
    ),
    silent({...stalled, at: ['15m', '20m', '21m', '22m']}),
    firing({...stalled, at: ['23m', '29m']}),
  ],
  ['EventLoopStalled fires just above the threshold', stalls(10.1, scrapes), firing({...stalled, at: late})],
  ['EventLoopStalled is silent at the threshold', stalls(10, scrapes), silent({...stalled, at: checkedTimes})],
  ['EventLoopStalled is silent when its series are absent', [], silent({...stalled, at: checkedTimes})],
  ['EventLoopStalled keeps firing across a missing scrape', stalls(20, missingScrape), firing({...stalled, at: late})],
  ['EventLoopStalled keeps firing across a counter reset', stalls(20, counterReset), firing({...stalled, at: late})],
  [
    'EventLoopStalled stays silent across a counter reset and a missing scrape',
    [...stalls(5, counterReset), ...stalls(5, missingScrape, 'b')],
    silent({...stalled, at: checkedTimes}),
  ],
  [
    'EventLoopStalled fires when one of two tasks stalls',
    [...stalls(0, scrapes), ...stalls(100, scrapes, 'b')],
    firing({...stalled, at: late}),
  ],
  [
    'EventLoopStalled keeps firing when one of two tasks is stopped',
    [...stalls(20, scrapes), ...stalls(20, vanishedTarget, 'b')],
    firing({...stalled, at: late}),
  ],
);

export const serviceProofs: readonly Proof[] = [
  ...restarts,
  ...perSecond(
    'MetricsRejected',
    (perScrape, disturbance, instance = 'a') =>
      series(
        rejected,
        {job, instance, emitter: 'auth-server', reason: 'range'},
        counterSamples(perScrape, disturbance),
      ),
    0.5,
  ),
  ...perSecond(
    'MetricsRateLimited',
    (perScrape, disturbance, instance = 'a') =>
      series(rateLimited, {job, instance, emitter: 'auth-server'}, counterSamples(perScrape, disturbance)),
    0.1,
  ),
  ...overflow,
  ...eventLoop,
];
