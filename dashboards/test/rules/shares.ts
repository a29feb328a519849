/** Alerts on what share of events is bad, each put through the same weather. */
import type {AlertName} from '../../src/rules/runbook.ts';
import {firing, type Proof, silent} from './proof.ts';
import type {Scrapes, Series} from './samples.ts';
import {authentications, authenticationTimes, executions, executionTimes, type Told, type Traffic} from './traffic.ts';

type Subject = {
  readonly alert: AlertName;
  readonly of: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly input: Told;
  /** Out of a hundred events, so many bad ones are where the alert begins, and these are far beyond. */
  readonly threshold: number;
  readonly beyond: number;
  /** The first moment at which it must fire when trouble is there from the start. */
  readonly fires: number;
  /** Traffic so low that nobody is called even if all of it is bad. */
  readonly low: Traffic;
};

/** One bad event in 75 seconds is four in five minutes. */
const few: Traffic = {good: 0, bad: 0.2};
/** One in two minutes is less than ten in the time these tests take. */
const veryFew: Traffic = {good: 0, bad: 0.02};

const fast = {long_window: '1h', severity: 'critical'} as const;

const subjects: readonly Subject[] = [
  {
    alert: 'MCPHighErrorRate',
    of: 'authentications',
    labels: {of: 'authentications', service: 'auth-server', severity: 'critical'},
    input: authentications,
    threshold: 10,
    beyond: 20,
    fires: 8,
    low: few,
  },
  {
    alert: 'MCPHighErrorRate',
    of: 'executions',
    labels: {of: 'executions', service: 'nginx', severity: 'critical'},
    input: executions,
    threshold: 10,
    beyond: 20,
    fires: 8,
    low: few,
  },
  {
    alert: 'MCPHighLatency',
    of: 'executions',
    labels: {service: 'nginx'},
    input: executionTimes,
    threshold: 5,
    beyond: 20,
    fires: 8,
    low: few,
  },
  {
    alert: 'MCPAuthErrorBudgetBurn',
    of: 'authentications',
    labels: {...fast, service: 'auth-server'},
    input: authentications,
    threshold: 7.2,
    beyond: 20,
    fires: 8,
    low: veryFew,
  },
  {
    alert: 'MCPToolErrorBudgetBurn',
    of: 'executions',
    labels: {...fast, service: 'nginx'},
    input: executions,
    threshold: 14.4,
    beyond: 30,
    fires: 8,
    low: veryFew,
  },
  {
    alert: 'MCPAuthLatencyBudgetBurn',
    of: 'authentications',
    labels: {...fast, service: 'auth-server'},
    input: authenticationTimes,
    threshold: 14.4,
    beyond: 30,
    fires: 8,
    low: veryFew,
  },
  {
    alert: 'MCPToolLatencyBudgetBurn',
    of: 'executions',
    labels: {...fast, service: 'nginx'},
    input: executionTimes,
    threshold: 72,
    beyond: 90,
    fires: 8,
    low: veryFew,
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

const proofsOf = ({alert, of, labels, input, threshold, beyond, fires, low}: Subject): readonly Proof[] => {
  const trouble = outOfHundred(beyond);
  const fine = outOfHundred(threshold / 2);
  const whenTrouble = firing({alert, labels, at: minutes(fires + 4, length - 1)});
  const never = silent({alert, labels, at: minutes(1, length - 1)});
  const named = (what: string, input: readonly Series[], answers: Proof['answers']): Proof => ({
    claim: `${alert} (${of}) ${what}.`,
    input,
    answers,
    recordings: alert.endsWith('Burn'),
  });
  const twoTasks = (traffic: Traffic): readonly Series[] => [
    ...input(traffic, scrapes),
    ...input(traffic, {...scrapes, gone: middle}, 'b'),
  ];
  return [
    named('fires', input(trouble, scrapes), whenTrouble),
    named('is silent at the threshold', input(outOfHundred(threshold), scrapes), never),
    named('is silent at low traffic, all of it bad', input(low, scrapes), never),
    named('is silent without traffic', input({good: 0, bad: 0}, scrapes), never),
    named('is silent when its series are absent', [], never),
    named('stays silent across a missing scrape', input(fine, {...scrapes, missing: middle}), never),
    named('keeps firing across a missing scrape', input(trouble, {...scrapes, missing: middle}), whenTrouble),
    named('stays silent across a counter reset', input(fine, {...scrapes, reset: middle}), never),
    named('keeps firing across a counter reset', input(trouble, {...scrapes, reset: middle}), whenTrouble),
    named('stays silent when one of two tasks is gone', twoTasks(fine), never),
    named('keeps firing when one of two tasks is gone', twoTasks(trouble), whenTrouble),
  ];
};

/** Each observer is judged by itself: the good calls of one don't hide the bad ones of another. */
const byObserver: Proof = {
  claim: 'MCPHighErrorRate judges each observer by itself.',
  input: [
    ...executions(outOfHundred(0), scrapes),
    ...executions(outOfHundred(50), scrapes).map(({series: name, values}) => ({
      series: name.replace('service="nginx"', 'service="registry"'),
      values,
    })),
  ],
  answers: [
    ...firing({alert: 'MCPHighErrorRate', labels: {service: 'registry'}, at: ['15m']}),
    ...silent({alert: 'MCPHighErrorRate', labels: {service: 'nginx'}, at: ['15m']}),
  ],
};

export const shareProofs: readonly Proof[] = [...subjects.flatMap(proofsOf), byObserver];
