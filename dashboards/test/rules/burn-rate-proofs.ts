/** Error budgets that burn fast, slowly or briefly, for all four objectives at the same time. */
import {errorBudget, type ObjectiveId, objectiveIds, objectives} from '../../src/signals/objectives.ts';
import {type ExpectedSample, firing, type Proof, silent} from './rule-proof.ts';
import type {Growth, Series} from './sample-proofs.ts';
import {
  authentications,
  authenticationTimes,
  executions,
  executionTimes,
  type TrafficSeries,
} from './traffic-proofs.ts';

const seriesOf: Readonly<Record<ObjectiveId, TrafficSeries>> = {
  'auth-availability': authentications,
  'tool-availability': executions,
  'auth-latency': authenticationTimes,
  'tool-latency': executionTimes,
};

/** One sample per minute, so that hours have few samples. */
const everySeconds = 60;
const perMinute = 1000;

/** The error budgets of `ids` burn `times` times too fast in each minute, those of the others not at all. */
const burning = (minutes: number, times: Growth, ids: readonly ObjectiveId[] = objectiveIds): readonly Series[] =>
  objectiveIds.flatMap(id => {
    if (!ids.includes(id)) {
      return seriesOf[id]({bad: 0, good: perMinute}, {count: minutes});
    }
    const bad = (minute: number): number =>
      Math.min(perMinute, perMinute * errorBudget(id) * (typeof times === 'number' ? times : times(minute)));
    return seriesOf[id]({bad, good: minute => perMinute - bad(minute)}, {count: minutes});
  });

const windows = ['1h', '6h', '1d', '3d'] as const;

/** For each objective, exactly the alerts with these long windows fire. */
const exactly = (at: `${number}m`, ...long: readonly (typeof windows)[number][]): readonly ExpectedSample[] =>
  objectiveIds.flatMap(id => {
    const {alert} = objectives[id];
    return windows.flatMap(window => {
      const expectation = {alert, labels: {long_window: window, objective: id}, at: [at]} as const;
      return long.includes(window) ? firing(expectation) : silent(expectation);
    });
  });

const proof = (claim: string, input: readonly Series[], ...answers: readonly (readonly ExpectedSample[])[]): Proof => {
  const [first, ...rest] = answers.flat();
  return {claim, input, expected: [first as ExpectedSample, ...rest], recordings: true, everySeconds}; // each has at least one
};

export const burnRateProofs: readonly Proof[] = [
  ...objectiveIds.map(burned =>
    proof(
      `${burned} burning fires its own alerts and no others`,
      burning(30, 60, [burned]),
      exactly('29m').map(answer => ({...answer, value: answer.query.includes(`"${burned}"`) ? 1 : 0})),
    ),
  ),
  proof(
    'a burn rate of 20 pages over an hour as soon as the hour exceeds the threshold, and until the last minutes do not',
    burning(130, minute => (minute < 30 ? 0 : minute < 120 ? 20 : 10)),
    exactly('59m', '6h', '1d', '3d'),
    exactly('119m', '1h', '6h', '1d', '3d'),
    exactly('128m', '6h', '1d', '3d'),
  ),
  proof(
    'a burn rate of 12 pages over six hours as soon as they exceed the threshold, and until the last half hour does not',
    burning(540, minute => (minute < 200 ? 0 : minute < 500 ? 12 : 4)),
    exactly('299m', '1d', '3d'),
    exactly('499m', '6h', '1d', '3d'),
    exactly('538m', '1d', '3d'),
  ),
  proof('a burn rate of exactly 1 is silent', burning(120, 1), exactly('60m'), exactly('119m')),
  proof('a burn rate of 2 warns over three days only', burning(60, 2), exactly('59m', '3d')),
  proof('a burn rate of 4 also warns over a day', burning(60, 4), exactly('59m', '1d', '3d')),
  proof('a burn rate of 7 pages over six hours', burning(60, 7), exactly('59m', '6h', '1d', '3d')),
  proof('a burn rate of 15 pages within minutes', burning(60, 15), exactly('10m', '1h', '6h', '1d', '3d')),
  proof(
    'a spike of two minutes after eight quiet hours is silent',
    burning(540, minute => (minute === 502 || minute === 503 ? 20 : 0)),
    exactly('501m'),
    exactly('503m'),
    exactly('505m'),
    exactly('510m'),
    exactly('539m'),
  ),
  proof(
    'after the failures end, the page resolves with its short window, not with its long one',
    burning(60, minute => (minute < 30 ? 18 : 0)),
    exactly('29m', '1h', '6h', '1d', '3d'),
    objectiveIds.flatMap(id =>
      silent({alert: objectives[id].alert, labels: {long_window: '1h', objective: id}, at: ['36m', '50m']}),
    ),
  ),
  proof(
    'after the traffic ends, earlier failures are silent',
    burning(60, minute => (minute < 20 ? 18 : 0)).map(({series, values}) => ({
      series,
      values: values.split(' ').slice(0, 20).join(' '),
    })),
    exactly('19m', '1h', '6h', '1d', '3d'),
    objectiveIds.flatMap(id =>
      silent({alert: objectives[id].alert, labels: {long_window: '1h', objective: id}, at: ['35m']}),
    ),
  ),
];
