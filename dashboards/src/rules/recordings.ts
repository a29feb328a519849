/**
 * What boards and alerts share, computed once. Long windows add up what was recorded every minute, since reading days of
 * raw samples costs more than a workspace allows a query. As sums of growth they weigh busy minutes more than idle ones,
 * keep what a vanished task had counted, and take no notice of a restart.
 */

import type {Duration} from '../promql/promql.ts';
import {
  constant,
  divideOn,
  type Expression,
  instant,
  oneMinus,
  or,
  type PromQL,
  type RuleExpression,
  ratio,
  round,
  rule,
  sumOverTime,
  times,
} from '../promql/promql.ts';
import {growthRules} from '../promql/recorded-growth.ts';
import {
  badEventsRecorded,
  budgetLeftRecorded,
  budgetOf,
  budgetRecorded,
  burnRateRecorded,
  burnWindows,
  complianceRecorded,
  eventsRecorded,
  type Objective,
  type ObjectiveId,
  objectiveIds,
  objectives,
  targetRecorded,
} from '../signals/objectives.ts';
import {recordedGrowth, recordedMarker} from '../signals/recorded-growth.ts';

export type Recording = {
  readonly record: string;
  readonly expr: RuleExpression;
  readonly labels?: Readonly<Record<string, string>>;
};

export type RecordingGroup = {
  readonly name: string;
  /** Of evaluations, where what is recorded depends on it. */
  readonly interval?: Duration;
  readonly rules: readonly Recording[];
};

/** A rule for the series: one expression, whose labels and unit must be the series'. */
const recording = (
  series: {readonly name: string; readonly unit: Expression['unit']},
  expr: RuleExpression,
  labels?: Readonly<Record<string, string>>,
): Recording => {
  if (series.unit !== expr.unit) {
    throw new TypeError(`${series.name}: expected a query in ${series.unit}, found ${expr.unit}`);
  }
  return {record: series.name, expr, ...(labels && {labels})};
};

const recent = {over: rule.last('5m'), by: ['service']} as const;

/** Each evaluation, one a minute, sees five minutes, so each event is in this many of them. */
export const evaluationsPerEvent = 5;

const counts = (objective: ObjectiveId): readonly Recording[] => {
  const {events, bad}: Objective = objectives[objective];
  const all = events(recent);
  return [
    recording(eventsRecorded, all, {objective}),
    // Where nothing ever failed there are no such series, and that is zero.
    recording(badEventsRecorded, or(bad(recent), times(all, 0)), {objective}),
  ];
};

const constants = (objective: ObjectiveId): readonly Recording[] => [
  recording(targetRecorded, constant(objectives[objective].target, {unit: 'ratio', at: rule.now}), {objective}),
  recording(budgetRecorded, constant(budgetOf(objective), {unit: 'ratio', at: rule.now}), {objective}),
];

const by = ['objective', 'service'] as const;

/** The share of bad events, busy minutes weighing more than idle ones; no series where there was no event. */
const badShare = (duration: (typeof burnWindows)[number] | '30d') => {
  // What is recorded is five minutes already: added up over five more it would be ten.
  const within = (recorded: typeof badEventsRecorded | typeof eventsRecorded) =>
    duration === '5m' ? instant(recorded, {at: rule.now, by}) : sumOverTime(recorded, {over: rule.last(duration), by});
  return ratio<'rule', 'events', 'objective' | 'service'>(within(badEventsRecorded), within(eventsRecorded), {
    idle: 'absent',
  });
};

const budget: PromQL<'rule', 'ratio', 'objective'> = instant(budgetRecorded, {
  at: rule.now,
  by: ['objective'],
  as: 'max',
});

/** Growth of the gateway's families, once every five minutes and, from those records, once an hour. */
const growthGroups = (scrapeSeconds: number) =>
  (['5m', '1h'] as const).flatMap(at =>
    Object.entries(recordedGrowth).map(
      ([kind, families]): RecordingGroup => ({
        name: `growth-${at}-${kind}`,
        interval: at,
        rules: [
          ...families.flatMap(growth =>
            growthRules(growth, at, scrapeSeconds).map(rule => ({...rule, labels: {resolution: at}})),
          ),
          // Of the larger group, so that it is missing when that group takes longer than its interval.
          ...(kind === 'histograms'
            ? [recording(recordedMarker, constant(1, {unit: 'flag', at: rule.now}), {resolution: at})]
            : []),
        ],
      }),
    ),
  );

/** @param scrapeSeconds between two scrapes of a task */
export const recordingGroups = (scrapeSeconds: number): readonly RecordingGroup[] => [
  ...growthGroups(scrapeSeconds),
  {name: 'objective-events', rules: objectiveIds.flatMap(counts)},
  {
    name: 'objective-burn-rates',
    rules: [
      ...objectiveIds.flatMap(constants),
      ...burnWindows.map(window =>
        recording(burnRateRecorded(window), round(divideOn(badShare(window), budget), {to: 0.000001})),
      ),
    ],
  },
  {
    name: 'objective-compliance',
    rules: [
      recording(complianceRecorded, oneMinus(badShare('30d'))),
      // From what the rule above recorded: thirty days are not added up twice.
      recording(
        budgetLeftRecorded,
        oneMinus(divideOn(oneMinus(instant(complianceRecorded, {at: rule.now, by, as: 'max'})), budget)),
      ),
    ],
  },
];
