/** Alerts on the path from an emitter to the counters: silence, rejection, and a reporter that does not report. */
import {
  authenticationFailures,
  ingested,
  lastAccepted,
  rateLimited,
  rejected,
} from '@mcp-observability/metrics-service/catalogue';
import {
  checkedTimes,
  counterReset,
  traffic as executions,
  indices,
  job,
  middleIndex,
  missingScrape,
  scrapes,
  toProofs,
  vanishedTarget,
} from './input-series.ts';
import {firing, type Proof, silent} from './rule-proof.ts';
import {
  counterSamples,
  type Growth,
  type Sample,
  type Scrapes,
  type Series,
  scrapeSeconds,
  series,
} from './sample-proofs.ts';
import {authentications} from './traffic-proofs.ts';

type Placed = {readonly emitter?: string; readonly instance?: string; readonly disturbance?: Scrapes};

const accepted = (
  perScrape: Growth,
  {emitter = 'auth-server', instance = 'a', disturbance = scrapes}: Placed = {},
): Series => series(ingested, {job, instance, emitter, type: 'auth_request'}, counterSamples(perScrape, disturbance));
/** The time of the last accepted event at each scrape, as the index of a scrape; 0 if there was none. */
const times = (
  at: (index: number) => number | 'missing' | 'stale',
  {emitter = 'auth-server', instance = 'a'}: Placed = {},
) =>
  series(
    lastAccepted,
    {job, instance, emitter},
    indices.map((index): Sample => {
      const last = at(index);
      return typeof last === 'number' ? last * scrapeSeconds : last;
    }),
  );
/** All series of an emitter whose events are accepted between any two scrapes. */
const regular = (placed: Placed = {}): readonly Series[] => [accepted(5, placed), times(index => index, placed)];
const others = regular({emitter: 'registry'});

const stop = 32; // index of a scrape: eight minutes
const untilStop =
  (perScrape: number): Growth =>
  index =>
    index <= stop ? perScrape : 0;
const stopping = (perScrape = 5, placed: Placed = {}): readonly Series[] => [
  accepted(untilStop(perScrape), placed),
  times(index => Math.min(index, stop), placed),
];

const quiet = {alert: 'EmitterSilent', labels: {emitter: 'auth-server'}} as const;
const any = {alert: 'EmitterSilent'} as const;
const silence = toProofs(
  [
    'EmitterSilent fires 15m after the last accepted event, for that emitter only',
    [...stopping(), ...others],
    silent({...any, at: ['10m', '17m', '18m', '22m']}),
    firing({...quiet, at: ['24m', '29m']}),
    firing({...any, at: ['24m', '29m']}),
  ],
  [
    'EmitterSilent resolves when an event is accepted',
    [
      accepted(index => (index <= stop || index >= 104 ? 5 : 0)),
      times(index => (index >= 104 ? index : Math.min(index, stop))),
      ...others,
    ],
    firing({...quiet, at: ['24m']}),
    silent({...any, at: ['27m', '29m']}),
  ],
  [
    'EmitterSilent is silent while events of every emitter are accepted',
    [...regular(), ...others],
    silent({...any, at: checkedTimes}),
  ],
  [
    'EmitterSilent is silent when no events are accepted, for which there is another alert',
    [...stopping(), ...stopping(5, {emitter: 'registry'})],
    silent({...any, at: ['24m', '29m']}),
  ],
  [
    'EmitterSilent is silent for an emitter that reports less than once per 15m',
    [...stopping(2), ...others],
    silent({...any, at: ['24m', '29m']}),
  ],
  [
    'EmitterSilent is silent for an emitter without accepted events',
    [accepted(0), times(() => 0), ...others],
    silent({...any, at: checkedTimes}),
  ],
  [
    'EmitterSilent stays silent across a missing scrape and a restart',
    [
      accepted(5, {disturbance: missingScrape}),
      times(index => (index === middleIndex ? 'missing' : index)),
      accepted(5, {emitter: 'library', disturbance: counterReset}),
      times(index => (index === middleIndex || index === middleIndex + 1 ? 0 : index), {emitter: 'library'}),
      ...others,
    ],
    silent({...any, at: checkedTimes}),
  ],
  [
    'EmitterSilent fires across a restart and a missing scrape when the emitter has not reported since',
    [
      accepted(untilStop(5), {disturbance: counterReset}),
      times(index => (index === middleIndex + 4 ? 'missing' : index >= middleIndex ? 0 : Math.min(index, stop))),
      ...others,
    ],
    firing({...quiet, at: ['24m', '29m']}),
  ],
  [
    'EmitterSilent is silent when the emitter reaches only one of two tasks',
    [...stopping(), ...regular({instance: 'b'}), ...others],
    silent({...any, at: ['24m', '29m']}),
  ],
  [
    'EmitterSilent fires once for two tasks, one of which is stopped',
    [
      ...stopping(),
      accepted(untilStop(5), {instance: 'b', disturbance: vanishedTarget}),
      times(index => (index < middleIndex ? Math.min(index, stop) : index === middleIndex ? 'stale' : 'missing'), {
        instance: 'b',
      }),
      ...others,
    ],
    firing({...any, at: ['24m', '29m']}),
  ],
  [
    'EmitterSilent is silent for an emitter whose key was removed',
    [
      accepted(untilStop(5)),
      times(index => (index < middleIndex ? Math.min(index, stop) : index === middleIndex ? 'stale' : 'missing')),
      ...others,
    ],
    silent({...any, at: ['17m', '24m', '29m']}),
  ],
  [
    'EmitterSilent is silent when an emitter returns four minutes after the others from an outage of 15m',
    (['auth-server', 'registry'] as const).flatMap(emitter => {
      const back = emitter === 'registry' ? 80 : 96;
      const down = (index: number) => index > 20 && index < 80;
      return [
        series(
          ingested,
          {job, instance: 'a', emitter, type: 'auth_request'},
          counterSamples(index => (index <= 20 || index >= back ? 8 : 0), scrapes).map((sample, index) =>
            down(index) ? 'missing' : sample,
          ),
        ),
        times(index => (down(index) ? 'missing' : index >= back ? index : Math.min(index, 20)), {emitter}),
      ];
    }),
    silent({...any, at: ['18m', '20m', '21m', '23m', '24m', '29m']}),
  ],
  ['EmitterSilent is silent when its series are absent', [], silent({...any, at: checkedTimes})],
);

const lost = (
  perScrape: Growth,
  {emitter = 'auth-server', instance = 'a', disturbance = scrapes}: Placed = {},
): Series => series(rejected, {job, instance, emitter, reason: 'temporality'}, counterSamples(perScrape, disturbance));
const limited = (
  perScrape: Growth,
  {emitter = 'auth-server', instance = 'a', disturbance = scrapes}: Placed = {},
): Series => series(rateLimited, {job, instance, emitter}, counterSamples(perScrape, disturbance));
const otherReporters = (perScrape: Growth, disturbance: Scrapes = scrapes): Series =>
  series(authenticationFailures, {job, instance: 'a', reason: 'invalid'}, counterSamples(perScrape, disturbance));

const rejecting = {alert: 'EmitterRejected', labels: {emitter: 'auth-server'}} as const;
const anyRejecting = {alert: 'EmitterRejected'} as const;
const unknown = {alert: 'EmitterRejected', labels: {emitter: 'unknown'}} as const;
const late = ['15m', '16m', '18m', '20m', '29m'] as const;
const rejection = toProofs(
  [
    'EmitterRejected fires ten minutes after more than 1% of the events were first rejected, for that emitter only',
    [
      accepted(97),
      lost(index => (index > 40 ? 3 : 0)),
      limited(0),
      accepted(10, {emitter: 'registry'}),
      lost(0, {emitter: 'registry'}),
    ],
    silent({...anyRejecting, at: ['10m', '15m', '20m']}),
    firing({...rejecting, at: ['25m', '29m']}),
    firing({...anyRejecting, at: ['25m', '29m']}),
  ],
  [
    'EmitterRejected is silent at exactly 1%',
    [accepted(99), lost(1), limited(0)],
    silent({...anyRejecting, at: checkedTimes}),
  ],
  [
    'EmitterRejected is silent at a small number of rejected events, whatever their share',
    [accepted(1), lost(index => (index % 8 === 0 ? 1 : 0)), limited(0)],
    silent({...anyRejecting, at: checkedTimes}),
  ],
  [
    'EmitterRejected fires for an emitter with one request per minute when all of them are rejected',
    [accepted(0), lost(index => (index % 4 === 0 ? 1 : 0)), limited(0)],
    firing({...rejecting, at: late}),
  ],
  [
    'EmitterRejected fires ten minutes after the first of two requests per minute that are all rejected',
    [accepted(index => (index < 40 ? 20 : 0)), lost(index => (index >= 40 && index % 2 === 0 ? 1 : 0)), limited(0)],
    silent({...anyRejecting, at: ['10m', '15m', '20m']}),
    firing({...rejecting, at: ['23m', '29m']}),
  ],
  [
    'EmitterRejected is silent for one batch every four minutes, each with one rejected event',
    [accepted(index => (index % 16 === 0 ? 1000 : 0)), lost(index => (index % 16 === 0 ? 1 : 0)), limited(0)],
    silent({...anyRejecting, at: checkedTimes}),
  ],
  [
    'EmitterRejected fires when every request exceeds the rate limit',
    [accepted(0), lost(0), limited(index => (index % 4 === 0 ? 1 : 0))],
    firing({...rejecting, at: late}),
  ],
  [
    'EmitterRejected fires when the series of the rate limit and of accepted events do not exist',
    [lost(5)],
    firing({...rejecting, at: late}),
  ],
  [
    'EmitterRejected is silent at a single rejected request',
    [accepted(0), lost(index => (index === 40 ? 1 : 0)), limited(0)],
    silent({...anyRejecting, at: checkedTimes}),
  ],
  [
    'EmitterRejected is silent at a burst of four minutes',
    [accepted(10), lost(index => (index >= 40 && index < 56 ? 10 : 0)), limited(0)],
    silent({...anyRejecting, at: checkedTimes}),
  ],
  [
    'EmitterRejected keeps firing across a missing scrape',
    [
      accepted(10, {disturbance: missingScrape}),
      lost(5, {disturbance: missingScrape}),
      limited(0, {disturbance: missingScrape}),
    ],
    firing({...anyRejecting, at: late}),
  ],
  [
    'EmitterRejected keeps firing across a restart',
    [
      accepted(10, {disturbance: counterReset}),
      lost(5, {disturbance: counterReset}),
      limited(0, {disturbance: counterReset}),
    ],
    firing({...anyRejecting, at: late}),
  ],
  [
    'EmitterRejected stays silent across a restart and a missing scrape',
    [
      accepted(10, {disturbance: counterReset}),
      lost(0, {disturbance: counterReset}),
      accepted(5, {emitter: 'b', disturbance: missingScrape}),
      lost(0, {emitter: 'b', disturbance: missingScrape}),
    ],
    silent({...anyRejecting, at: checkedTimes}),
  ],
  [
    'EmitterRejected fires once for two tasks, one of which stops',
    [
      accepted(10),
      lost(5),
      accepted(10, {instance: 'b', disturbance: vanishedTarget}),
      lost(5, {instance: 'b', disturbance: vanishedTarget}),
    ],
    firing({...anyRejecting, at: late}),
  ],
  [
    'EmitterRejected is silent after the emitter was removed',
    [
      accepted(10, {disturbance: vanishedTarget}),
      lost(5, {disturbance: vanishedTarget}),
      limited(0, {disturbance: vanishedTarget}),
    ],
    firing({...anyRejecting, at: ['14m']}),
    silent({...anyRejecting, at: ['22m', '29m']}),
  ],
  [
    'EmitterRejected fires for the emitter unknown when requests have no valid key, across a missing scrape and a restart',
    [
      otherReporters(1, missingScrape),
      {...otherReporters(1, counterReset), series: otherReporters(1).series.replace('"a"', '"b"')},
    ],
    silent({...anyRejecting, at: ['5m', '10m']}),
    firing({...unknown, at: late}),
  ],
  [
    'EmitterRejected is silent at two requests without a valid key per minute',
    [otherReporters(0.5)],
    silent({...anyRejecting, at: checkedTimes}),
  ],
  ['EmitterRejected is silent when its series are absent', [], silent({...anyRejecting, at: checkedTimes})],
);

const mute = {alert: 'ReporterMute'} as const;
const authenticated = (good: Growth, disturbance: Scrapes = scrapes, instance = 'a') =>
  authentications({good, bad: 0}, disturbance, instance);
const reporters = toProofs(
  [
    'ReporterMute fires 15m after the last authentication, and resolves at the next one',
    [executions(5, scrapes), ...authenticated(index => (index <= stop || index >= 108 ? 5 : 0))],
    silent({...mute, at: ['10m', '18m', '22m']}),
    firing({...mute, at: ['24m', '26m']}),
    silent({...mute, at: ['28m', '29m']}),
  ],
  [
    'ReporterMute fires when there are no series of authentications',
    [executions(5, scrapes)],
    silent({...mute, at: ['5m', '10m']}),
    firing({...mute, at: late}),
  ],
  [
    'ReporterMute is silent while MCP requests and authentications are counted',
    [executions(5, scrapes), ...authenticated(1)],
    silent({...mute, at: checkedTimes}),
  ],
  [
    'ReporterMute is silent at low traffic',
    [executions(0.5, scrapes), ...authenticated(0)],
    silent({...mute, at: checkedTimes}),
  ],
  [
    'ReporterMute is silent when nothing is counted',
    [executions(0, scrapes), ...authenticated(0)],
    silent({...mute, at: checkedTimes}),
  ],
  [
    'ReporterMute stays silent across a missing scrape and a restart',
    [
      executions(5, missingScrape),
      ...authenticated(5, missingScrape),
      executions(5, counterReset, 'b'),
      ...authenticated(5, counterReset, 'b'),
    ],
    silent({...mute, at: checkedTimes}),
  ],
  [
    'ReporterMute keeps firing across a missing scrape and a restart',
    [
      executions(5, missingScrape),
      ...authenticated(0, missingScrape),
      executions(5, counterReset, 'b'),
      ...authenticated(0, counterReset, 'b'),
    ],
    firing({...mute, at: late}),
  ],
  [
    'ReporterMute is silent when one task counts the authentications and another one the MCP requests',
    [executions(5, scrapes), ...authenticated(0), executions(0, scrapes, 'b'), ...authenticated(5, scrapes, 'b')],
    silent({...mute, at: checkedTimes}),
  ],
  ['ReporterMute is silent when its series are absent', [], silent({...mute, at: checkedTimes})],
);

export const emitterProofs: readonly Proof[] = [...silence, ...rejection, ...reporters];
