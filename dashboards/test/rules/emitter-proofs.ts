/** Alerts on the way from an emitter into the counters: silence, rejection, a reporter that is mute. */
import {
  authenticationFailures,
  ingested,
  lastAccepted,
  rateLimited,
  rejected,
} from '@mcp-observability/metrics-service/catalogue';
import {
  traffic as executions,
  gone,
  indices,
  job,
  middle,
  missing,
  proven,
  reset,
  scrapes,
  soonAndLater,
} from './input-series.ts';
import {firing, type Proof, silent} from './rule-proof.ts';
import {type Growth, growing, type Sample, type Scrapes, type Series, scrapeSeconds, series} from './sample-proofs.ts';
import {authentications} from './traffic-proofs.ts';

type Placed = {readonly emitter?: string; readonly instance?: string; readonly weather?: Scrapes};

const accepted = (
  perScrape: Growth,
  {emitter = 'auth-server', instance = 'a', weather = scrapes}: Placed = {},
): Series => series(ingested, {job, instance, emitter, type: 'auth_request'}, growing(perScrape, weather));
/** Times of the last accepted event, by the index of each scrape; 0 stands for none. */
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
/** An emitter that is accepted with each scrape, in all its series. */
const regular = (placed: Placed = {}): readonly Series[] => [accepted(5, placed), times(index => index, placed)];
const others = regular({emitter: 'registry'});

const stop = 32; // of the scrapes: eight minutes
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
const silence = proven(
  [
    'EmitterSilent fires a quarter of an hour after the last accepted event, for that emitter alone.',
    [...stopping(), ...others],
    silent({...any, at: ['10m', '17m', '18m', '22m']}),
    firing({...quiet, at: ['24m', '29m']}),
    firing({...any, at: ['24m', '29m']}),
  ],
  [
    'EmitterSilent ends when an event is accepted.',
    [
      accepted(index => (index <= stop || index >= 104 ? 5 : 0)),
      times(index => (index >= 104 ? index : Math.min(index, stop))),
      ...others,
    ],
    firing({...quiet, at: ['24m']}),
    silent({...any, at: ['27m', '29m']}),
  ],
  [
    'EmitterSilent is silent while every emitter is accepted.',
    [...regular(), ...others],
    silent({...any, at: soonAndLater}),
  ],
  [
    'EmitterSilent is silent when nobody is accepted: that is another alert.',
    [...stopping(), ...stopping(5, {emitter: 'registry'})],
    silent({...any, at: ['24m', '29m']}),
  ],
  [
    'EmitterSilent is silent for an emitter that reports less than once in a quarter of an hour.',
    [...stopping(2), ...others],
    silent({...any, at: ['24m', '29m']}),
  ],
  [
    'EmitterSilent is silent for an emitter that was never accepted.',
    [accepted(0), times(() => 0), ...others],
    silent({...any, at: soonAndLater}),
  ],
  [
    'EmitterSilent stays silent across a missing scrape and a restart.',
    [
      accepted(5, {weather: missing}),
      times(index => (index === middle ? 'missing' : index)),
      accepted(5, {emitter: 'library', weather: reset}),
      times(index => (index === middle || index === middle + 1 ? 0 : index), {emitter: 'library'}),
      ...others,
    ],
    silent({...any, at: soonAndLater}),
  ],
  [
    'EmitterSilent fires across a restart and a missing scrape, after which the service has not seen the emitter.',
    [
      accepted(untilStop(5), {weather: reset}),
      times(index => (index === middle + 4 ? 'missing' : index >= middle ? 0 : Math.min(index, stop))),
      ...others,
    ],
    firing({...quiet, at: ['24m', '29m']}),
  ],
  [
    'EmitterSilent is silent when one of two tasks is not reached by the emitter.',
    [...stopping(), ...regular({instance: 'b'}), ...others],
    silent({...any, at: ['24m', '29m']}),
  ],
  [
    'EmitterSilent fires once for two tasks, one of which is gone.',
    [
      ...stopping(),
      accepted(untilStop(5), {instance: 'b', weather: gone}),
      times(index => (index < middle ? Math.min(index, stop) : index === middle ? 'stale' : 'missing'), {
        instance: 'b',
      }),
      ...others,
    ],
    firing({...any, at: ['24m', '29m']}),
  ],
  [
    'EmitterSilent is silent for an emitter whose key was removed.',
    [
      accepted(untilStop(5)),
      times(index => (index < middle ? Math.min(index, stop) : index === middle ? 'stale' : 'missing')),
      ...others,
    ],
    silent({...any, at: ['17m', '24m', '29m']}),
  ],
  [
    'EmitterSilent is silent when an emitter comes back four minutes after the others from an outage of a quarter of an hour.',
    (['auth-server', 'registry'] as const).flatMap(emitter => {
      const back = emitter === 'registry' ? 80 : 96;
      const down = (index: number) => index > 20 && index < 80;
      return [
        series(
          ingested,
          {job, instance: 'a', emitter, type: 'auth_request'},
          growing(index => (index <= 20 || index >= back ? 8 : 0), scrapes).map((sample, index) =>
            down(index) ? 'missing' : sample,
          ),
        ),
        times(index => (down(index) ? 'missing' : index >= back ? index : Math.min(index, 20)), {emitter}),
      ];
    }),
    silent({...any, at: ['18m', '20m', '21m', '23m', '24m', '29m']}),
  ],
  ['EmitterSilent is silent when its series are absent.', [], silent({...any, at: soonAndLater})],
);

const lost = (perScrape: Growth, {emitter = 'auth-server', instance = 'a', weather = scrapes}: Placed = {}): Series =>
  series(rejected, {job, instance, emitter, reason: 'temporality'}, growing(perScrape, weather));
const limited = (
  perScrape: Growth,
  {emitter = 'auth-server', instance = 'a', weather = scrapes}: Placed = {},
): Series => series(rateLimited, {job, instance, emitter}, growing(perScrape, weather));
const strangers = (perScrape: Growth, weather: Scrapes = scrapes): Series =>
  series(authenticationFailures, {job, instance: 'a', reason: 'invalid'}, growing(perScrape, weather));

const rejecting = {alert: 'EmitterRejected', labels: {emitter: 'auth-server'}} as const;
const anyRejecting = {alert: 'EmitterRejected'} as const;
const unknown = {alert: 'EmitterRejected', labels: {emitter: 'unknown'}} as const;
const late = ['15m', '16m', '18m', '20m', '29m'] as const;
const rejection = proven(
  [
    'EmitterRejected fires ten minutes after more than 1% of the events were first rejected, for that emitter alone.',
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
    'EmitterRejected is silent at 1%.',
    [accepted(99), lost(1), limited(0)],
    silent({...anyRejecting, at: soonAndLater}),
  ],
  [
    'EmitterRejected is silent at a small number of rejected events, whatever their share.',
    [accepted(1), lost(index => (index % 8 === 0 ? 1 : 0)), limited(0)],
    silent({...anyRejecting, at: soonAndLater}),
  ],
  [
    'EmitterRejected fires for an emitter of one request per minute when each is rejected.',
    [accepted(0), lost(index => (index % 4 === 0 ? 1 : 0)), limited(0)],
    firing({...rejecting, at: late}),
  ],
  [
    'EmitterRejected fires ten minutes after the first of the requests that are all rejected, two of them per minute.',
    [accepted(index => (index < 40 ? 20 : 0)), lost(index => (index >= 40 && index % 2 === 0 ? 1 : 0)), limited(0)],
    silent({...anyRejecting, at: ['10m', '15m', '20m']}),
    firing({...rejecting, at: ['23m', '29m']}),
  ],
  [
    'EmitterRejected is silent for an emitter of one batch per four minutes, each with one event that is rejected.',
    [accepted(index => (index % 16 === 0 ? 1000 : 0)), lost(index => (index % 16 === 0 ? 1 : 0)), limited(0)],
    silent({...anyRejecting, at: soonAndLater}),
  ],
  [
    'EmitterRejected fires when each request meets the rate limit.',
    [accepted(0), lost(0), limited(index => (index % 4 === 0 ? 1 : 0))],
    firing({...rejecting, at: late}),
  ],
  [
    'EmitterRejected fires where no request ever met the rate limit, and no event was ever accepted.',
    [lost(5)],
    firing({...rejecting, at: late}),
  ],
  [
    'EmitterRejected is silent at a single rejected request.',
    [accepted(0), lost(index => (index === 40 ? 1 : 0)), limited(0)],
    silent({...anyRejecting, at: soonAndLater}),
  ],
  [
    'EmitterRejected is silent at a burst of four minutes.',
    [accepted(10), lost(index => (index >= 40 && index < 56 ? 10 : 0)), limited(0)],
    silent({...anyRejecting, at: soonAndLater}),
  ],
  [
    'EmitterRejected keeps firing across a missing scrape.',
    [accepted(10, {weather: missing}), lost(5, {weather: missing}), limited(0, {weather: missing})],
    firing({...anyRejecting, at: late}),
  ],
  [
    'EmitterRejected keeps firing across a restart.',
    [accepted(10, {weather: reset}), lost(5, {weather: reset}), limited(0, {weather: reset})],
    firing({...anyRejecting, at: late}),
  ],
  [
    'EmitterRejected stays silent across a restart and a missing scrape.',
    [
      accepted(10, {weather: reset}),
      lost(0, {weather: reset}),
      accepted(5, {emitter: 'b', weather: missing}),
      lost(0, {emitter: 'b', weather: missing}),
    ],
    silent({...anyRejecting, at: soonAndLater}),
  ],
  [
    'EmitterRejected fires once for two tasks, one of which goes.',
    [accepted(10), lost(5), accepted(10, {instance: 'b', weather: gone}), lost(5, {instance: 'b', weather: gone})],
    firing({...anyRejecting, at: late}),
  ],
  [
    'EmitterRejected is silent after the emitter was removed.',
    [accepted(10, {weather: gone}), lost(5, {weather: gone}), limited(0, {weather: gone})],
    firing({...anyRejecting, at: ['14m']}),
    silent({...anyRejecting, at: ['22m', '29m']}),
  ],
  [
    'EmitterRejected fires for the emitter unknown when requests have no valid key, across a missing scrape and a restart.',
    [strangers(1, missing), {...strangers(1, reset), series: strangers(1).series.replace('"a"', '"b"')}],
    silent({...anyRejecting, at: ['5m', '10m']}),
    firing({...unknown, at: late}),
  ],
  [
    'EmitterRejected is silent at two requests without a valid key per minute.',
    [strangers(0.5)],
    silent({...anyRejecting, at: soonAndLater}),
  ],
  ['EmitterRejected is silent when its series are absent.', [], silent({...anyRejecting, at: soonAndLater})],
);

const mute = {alert: 'ReporterMute'} as const;
const told = (good: Growth, weather: Scrapes = scrapes, instance = 'a') =>
  authentications({good, bad: 0}, weather, instance);
const reporters = proven(
  [
    'ReporterMute fires a quarter of an hour after the last authentication, and ends with the next.',
    [executions(5, scrapes), ...told(index => (index <= stop || index >= 108 ? 5 : 0))],
    silent({...mute, at: ['10m', '18m', '22m']}),
    firing({...mute, at: ['24m', '26m']}),
    silent({...mute, at: ['28m', '29m']}),
  ],
  [
    'ReporterMute fires where authentications have no series at all.',
    [executions(5, scrapes)],
    silent({...mute, at: ['5m', '10m']}),
    firing({...mute, at: late}),
  ],
  [
    'ReporterMute is silent while both are counted.',
    [executions(5, scrapes), ...told(1)],
    silent({...mute, at: soonAndLater}),
  ],
  [
    'ReporterMute is silent at low traffic.',
    [executions(0.5, scrapes), ...told(0)],
    silent({...mute, at: soonAndLater}),
  ],
  [
    'ReporterMute is silent when nothing is counted.',
    [executions(0, scrapes), ...told(0)],
    silent({...mute, at: soonAndLater}),
  ],
  [
    'ReporterMute stays silent across a missing scrape and a restart.',
    [executions(5, missing), ...told(5, missing), executions(5, reset, 'b'), ...told(5, reset, 'b')],
    silent({...mute, at: soonAndLater}),
  ],
  [
    'ReporterMute keeps firing across a missing scrape and a restart.',
    [executions(5, missing), ...told(0, missing), executions(5, reset, 'b'), ...told(0, reset, 'b')],
    firing({...mute, at: late}),
  ],
  [
    'ReporterMute is silent when one of two tasks counts the authentications, and the other one the MCP requests.',
    [executions(5, scrapes), ...told(0), executions(0, scrapes, 'b'), ...told(5, scrapes, 'b')],
    silent({...mute, at: soonAndLater}),
  ],
  ['ReporterMute is silent when its series are absent.', [], silent({...mute, at: soonAndLater})],
);

export const emitterProofs: readonly Proof[] = [...silence, ...rejection, ...reporters];
