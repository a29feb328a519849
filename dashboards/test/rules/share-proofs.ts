/** Alerts on the share of bad events, with the same claims and disturbances for each. */
import type {AlertName} from '../../src/signals/runbook.ts';
import {firing, type Proof, silent} from './rule-proof.ts';
import type {Scrapes, Series} from './sample-proofs.ts';
import {
  authentications,
  authenticationTimes,
  executions,
  executionTimes,
  type Traffic,
  type TrafficSeries,
} from './traffic-proofs.ts';

type Subject = {
  readonly alert: AlertName;
  readonly of: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly input: TrafficSeries;
  /** Bad events out of 100: the threshold of the alert, and a number far above it. */
  readonly threshold: number;
  readonly beyond: number;
  /** Events between two scrapes, all bad: just too few for the alert to fire, and just enough. */
  readonly tooFew: number;
  readonly enough: number;
  /** The first minute at which it fires when failures far above the threshold start at minute ten. burn-rate-proofs.ts tests error budgets. */
  readonly fires?: number;
};

/** The window of five minutes has twenty scrapes: just under ten events, and just over. */
const inWindow = {tooFew: 0.49, enough: 0.53} as const;
/** These proofs take about a hundred scrapes, which is within the window of an hour. */
const inHour = {tooFew: 0.08, enough: 0.16} as const;

const fast = {long_window: '1h', severity: 'critical'} as const;

const subjects: readonly Subject[] = [
  {
    alert: 'MCPHighErrorRate',
    of: 'authentications',
    labels: {signal: 'authentications', service: 'auth-server', severity: 'critical'},
    input: authentications,
    threshold: 10,
    beyond: 20,
    ...inWindow,
    fires: 18,
  },
  {
    alert: 'MCPHighErrorRate',
    of: 'executions',
    labels: {signal: 'executions', service: 'nginx', severity: 'critical'},
    input: executions,
    threshold: 10,
    beyond: 20,
    ...inWindow,
    fires: 18,
  },
  {
    alert: 'MCPHighLatency',
    of: 'executions',
    labels: {service: 'nginx'},
    input: executionTimes,
    threshold: 5,
    beyond: 20,
    ...inWindow,
    fires: 17,
  },
  {
    alert: 'MCPAuthErrorBudgetBurn',
    of: 'authentications',
    labels: {...fast, service: 'auth-server'},
    input: authentications,
    threshold: 7.2,
    beyond: 20,
    ...inHour,
  },
  {
    alert: 'MCPToolErrorBudgetBurn',
    of: 'executions',
    labels: {...fast, service: 'nginx'},
    input: executions,
    threshold: 14.4,
    beyond: 30,
    ...inHour,
  },
  {
    alert: 'MCPAuthLatencyBudgetBurn',
    of: 'authentications',
    labels: {...fast, service: 'auth-server'},
    input: authenticationTimes,
    threshold: 14.4,
    beyond: 30,
    ...inHour,
  },
  {
    alert: 'MCPToolLatencyBudgetBurn',
    of: 'executions',
    labels: {...fast, service: 'nginx'},
    input: executionTimes,
    threshold: 72,
    beyond: 90,
    ...inHour,
  },
];

const outOfHundred = (bad: number): Traffic => ({good: 100 - bad, bad});
const minutes = (from: number, to: number): [`${number}m`, ...`${number}m`[]] => [
  `${from}m`,
  ...Array.from({length: to - from}, (_, index): `${number}m` => `${from + index + 1}m`),
];

const length = 24;
const scrapes: Scrapes = {count: length * 4};
const middle = length * 2;

/** Failures start at minute ten. */
const begin = 10;
const later = (bad: number): Traffic => ({
  good: index => (index > begin * 4 ? 100 - bad : 100),
  bad: index => (index > begin * 4 ? bad : 0),
});

/** The same authentications, for another server. */
const forServer = (server: string, input: readonly Series[]): readonly Series[] =>
  input.map(({series: name, values}) => ({series: name.replace('server="github"', `server="${server}"`), values}));

/** The same series with another method. */
const ofMethod = (method: string, input: readonly Series[]): readonly Series[] =>
  input.map(({series: name, values}) => ({series: name.replace('method="tools/call"', `method="${method}"`), values}));

const proofsOf = ({alert, of, labels, input, threshold, beyond, tooFew, enough, fires}: Subject): readonly Proof[] => {
  const failing = outOfHundred(beyond);
  const fine = outOfHundred(threshold / 2);
  const whenFailing = firing({alert, labels, at: minutes(12, length - 1)});
  const never = silent({alert, labels, at: minutes(1, length - 1)});
  const named = (what: string, input: readonly Series[], expected: Proof['expected']): Proof => ({
    claim: `${alert} (${of}) ${what}`,
    input,
    expected,
    recordings: alert.endsWith('Burn'),
  });
  const twoTasks = (traffic: Traffic): readonly Series[] => [
    ...input(traffic, scrapes),
    ...input(traffic, {...scrapes, gone: middle}, 'b'),
  ];
  return [
    ...(fires === undefined
      ? []
      : [
          named('fires exactly when it should', input(later(beyond), scrapes), [
            ...silent({alert, labels, at: minutes(1, fires - 1)}),
            ...firing({alert, labels, at: minutes(fires, length - 1)}),
          ]),
        ]),
    named('fires just above the threshold', input(outOfHundred(threshold * 1.05), scrapes), whenFailing),
    named('is silent at the threshold', input(outOfHundred(threshold), scrapes), never),
    named('is silent at low traffic when all events are bad', input({good: 0, bad: tooFew}, scrapes), never),
    named('fires at slightly more traffic when all events are bad', input({good: 0, bad: enough}, scrapes), [
      ...firing({alert, labels, at: minutes(length - 1, length - 1)}),
    ]),
    ...(of === 'executions'
      ? [
          named(
            'counts only tool calls',
            [...input(outOfHundred(0), scrapes), ...ofMethod('tools/list', input(outOfHundred(100), scrapes))],
            never,
          ),
        ]
      : []),
    ...(of === 'authentications'
      ? [
          named(
            "is silent when only authentications for the registry's API are bad",
            [...input(outOfHundred(0), scrapes), ...forServer('api', input(outOfHundred(100), scrapes))],
            never,
          ),
          named(
            "fires however many authentications for the registry's API are good",
            [...input(failing, scrapes), ...forServer('api', input({good: 10_000, bad: 0}, scrapes))],
            whenFailing,
          ),
        ]
      : []),
    named('is silent without traffic', input({good: 0, bad: 0}, scrapes), never),
    named('is silent when its series are absent', [], never),
    named('stays silent across a missing scrape', input(fine, {...scrapes, missing: middle}), never),
    named('keeps firing across a missing scrape', input(failing, {...scrapes, missing: middle}), whenFailing),
    named('stays silent across a counter reset', input(fine, {...scrapes, reset: middle}), never),
    named('keeps firing across a counter reset', input(failing, {...scrapes, reset: middle}), whenFailing),
    named('stays silent when one of two tasks is gone', twoTasks(fine), never),
    named('keeps firing when one of two tasks is gone', twoTasks(failing), whenFailing),
  ];
};

/** Reporters are evaluated separately: successful calls of one do not hide the failures of another. */
const byObserver: Proof = {
  claim: 'MCPHighErrorRate is evaluated separately for each reporter',
  input: [
    ...executions(outOfHundred(0), scrapes),
    ...executions(outOfHundred(50), scrapes).map(({series: name, values}) => ({
      series: name.replace('service="nginx"', 'service="registry"'),
      values,
    })),
  ],
  expected: [
    ...firing({alert: 'MCPHighErrorRate', labels: {service: 'registry'}, at: ['15m']}),
    ...silent({alert: 'MCPHighErrorRate', labels: {service: 'nginx'}, at: ['15m']}),
  ],
};

export const shareProofs: readonly Proof[] = [...subjects.flatMap(proofsOf), byObserver];
