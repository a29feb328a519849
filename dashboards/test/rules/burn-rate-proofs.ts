/** Error budgets burning fast, slowly and for a moment; all four objectives at once. */
import {budgetOf, type ObjectiveId, objectiveIds, objectives} from '../../src/signals/objectives.ts';
import {type Answer, firing, type Proof, silent} from './rule-proof.ts';
import type {Growth, Series} from './sample-proofs.ts';
import {authentications, authenticationTimes, executions, executionTimes, type Told} from './traffic-proofs.ts';

const told: Readonly<Record<ObjectiveId, Told>> = {
  'auth-availability': authentications,
  'tool-availability': executions,
  'auth-latency': authenticationTimes,
  'tool-latency': executionTimes,
};

/** Scrapes a minute apart, so that hours stay short. */
const everySeconds = 60;
const perMinute = 1000;

/** These objectives' budgets burn so many times too fast, minute by minute; the others' don't. */
const burning = (minutes: number, times: Growth, ids: readonly ObjectiveId[] = objectiveIds): readonly Series[] =>
  objectiveIds.flatMap(id => {
    if (!ids.includes(id)) {
      return told[id]({bad: 0, good: perMinute}, {count: minutes});
    }
    const bad = (minute: number): number =>
      Math.min(perMinute, perMinute * budgetOf(id) * (typeof times === 'number' ? times : times(minute)));
    return told[id]({bad, good: minute => perMinute - bad(minute)}, {count: minutes});
  });

const windows = ['1h', '6h', '1d', '3d'] as const;

/** Of each objective, exactly the alerts over these windows fire. */
const exactly = (at: `${number}m`, ...long: readonly (typeof windows)[number][]): readonly Answer[] =>
  objectiveIds.flatMap(id => {
    const {alert} = objectives[id];
    return windows.flatMap(window => {
      const expectation = {alert, labels: {long_window: window, objective: id}, at: [at]} as const;
      return long.includes(window) ? firing(expectation) : silent(expectation);
    });
  });

const proof = (claim: string, input: readonly Series[], ...answers: readonly (readonly Answer[])[]): Proof => {
  const [first, ...rest] = answers.flat();
  return {claim, input, answers: [first as Answer, ...rest], recordings: true, everySeconds}; // each has at least one
};

export const burnRateProofs: readonly Proof[] = [
  ...objectiveIds.map(burned =>
    proof(
      `${burned} burning calls by its own alerts and no other's.`,
      burning(30, 60, [burned]),
      exactly('29m').map(answer => ({...answer, value: answer.query.includes(`"${burned}"`) ? 1 : 0})),
    ),
  ),
  proof(
    'Twenty times too fast pages over an hour once the hour is that bad, and no longer than the last minutes are.',
    burning(130, minute => (minute < 30 ? 0 : minute < 120 ? 20 : 10)),
    exactly('59m', '6h', '1d', '3d'),
    exactly('119m', '1h', '6h', '1d', '3d'),
    exactly('128m', '6h', '1d', '3d'),
  ),
  proof(
    'Twelve times too fast pages over six hours once they are that bad, and no longer than the last half hour is.',
    burning(540, minute => (minute < 200 ? 0 : minute < 500 ? 12 : 4)),
    exactly('299m', '1d', '3d'),
    exactly('499m', '6h', '1d', '3d'),
    exactly('538m', '1d', '3d'),
  ),
  proof('A budget burning at exactly its pace calls nobody.', burning(120, 1), exactly('60m'), exactly('119m')),
  proof('A budget burning twice too fast warns over three days alone.', burning(60, 2), exactly('59m', '3d')),
  proof('A budget burning four times too fast warns over a day as well.', burning(60, 4), exactly('59m', '1d', '3d')),
  proof(
    'A budget burning seven times too fast pages over six hours.',
    burning(60, 7),
    exactly('59m', '6h', '1d', '3d'),
  ),
  proof(
    'A budget burning fifteen times too fast pages within minutes.',
    burning(60, 15),
    exactly('10m', '1h', '6h', '1d', '3d'),
  ),
  proof(
    'A spike of two minutes after eight quiet hours calls nobody.',
    burning(540, minute => (minute === 502 || minute === 503 ? 20 : 0)),
    exactly('501m'),
    exactly('503m'),
    exactly('505m'),
    exactly('510m'),
    exactly('539m'),
  ),
  proof(
    'Once the trouble is over, the page ends with its short window, not with its long one.',
    burning(60, minute => (minute < 30 ? 18 : 0)),
    exactly('29m', '1h', '6h', '1d', '3d'),
    objectiveIds.flatMap(id =>
      silent({alert: objectives[id].alert, labels: {long_window: '1h', objective: id}, at: ['36m', '50m']}),
    ),
  ),
  proof(
    'What burned before the traffic ended calls nobody afterwards.',
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
