/**
 * Recording rules for the series that boards and alerts share. Long windows are sums of what was recorded every minute:
 * reading days of raw samples exceeds the limit of a workspace for one query. Because they sum growth, busy minutes weigh
 * more than idle ones, the counts of stopped tasks are kept, and restarts have no effect.
 */

import {ValueError} from '../errors.ts';
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
  burnWindows,
  errorBudget,
  type Objective,
  type ObjectiveId,
  objectiveIds,
  objectives,
  recordedBadEvents,
  recordedBudgetLeft,
  recordedBurnRate,
  recordedCompliance,
  recordedErrorBudget,
  recordedEvents,
  recordedTarget,
} from '../signals/objectives.ts';
import {recordedGrowth, recordedMarker} from '../signals/recorded-growth.ts';

export type Recording = {
  readonly record: string;
  readonly expr: RuleExpression;
  readonly labels?: Readonly<Record<string, string>>;
};

export type RecordingGroup = {
  readonly name: string;
  /**
   * Time between evaluations, set where the recorded value depends on it.
   *
   * @default the interval of the rule file
   */
  readonly interval?: Duration;
  readonly rules: readonly Recording[];
};

/**
 * A recording rule for `series`.
 *
 * @throws TypeError when `expr` has another unit than `series`
 */
const recording = (
  series: {readonly name: string; readonly unit: Expression['unit']},
  expr: RuleExpression,
  labels?: Readonly<Record<string, string>>,
): Recording => {
  if (series.unit !== expr.unit) {
    throw new ValueError(`${series.name}: expected an expression in ${series.unit}, found ${expr.unit}`);
  }
  return {record: series.name, expr, ...(labels && {labels})};
};

const recent = {over: rule.last('5m'), by: ['service']} as const;

/** Rules are evaluated every minute over a window of five minutes, so each event is in this many evaluations. */
export const evaluationsPerEvent = 5;

const counts = (objective: ObjectiveId): readonly Recording[] => {
  const {events, bad}: Objective = objectives[objective];
  const all = events(recent);
  return [
    recording(recordedEvents, all, {objective}),
    // Without any failure there is no series of failures; record 0.
    recording(recordedBadEvents, or(bad(recent), times(all, 0)), {objective}),
  ];
};

const constants = (objective: ObjectiveId): readonly Recording[] => [
  recording(recordedTarget, constant(objectives[objective].target, {unit: 'ratio', at: rule.now}), {objective}),
  recording(recordedErrorBudget, constant(errorBudget(objective), {unit: 'ratio', at: rule.now}), {objective}),
];

const by = ['objective', 'service'] as const;

/** The share of bad events, weighted by traffic; no series where there was no event. */
const badShare = (duration: (typeof burnWindows)[number] | '30d') => {
  // Each recorded value already covers five minutes: a sum over five minutes would cover ten.
  const within = (recorded: typeof recordedBadEvents | typeof recordedEvents) =>
    duration === '5m' ? instant(recorded, {at: rule.now, by}) : sumOverTime(recorded, {over: rule.last(duration), by});
  return ratio<'rule', 'events', 'objective' | 'service'>(within(recordedBadEvents), within(recordedEvents), {
    idle: 'absent',
  });
};

const budget: PromQL<'rule', 'ratio', 'objective'> = instant(recordedErrorBudget, {
  at: rule.now,
  by: ['objective'],
  as: 'max',
});

/** Growth of the gateway's metric families: recorded every five minutes and, from those records, every hour. */
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
          // In the larger group, so that the marker is missing when that group takes longer than its interval.
          ...(kind === 'histograms'
            ? [recording(recordedMarker, constant(1, {unit: 'flag', at: rule.now}), {resolution: at})]
            : []),
        ],
      }),
    ),
  );

/** All recording rules. @param scrapeSeconds Seconds between two scrapes of a task. */
export const recordingGroups = (scrapeSeconds: number): readonly RecordingGroup[] => [
  ...growthGroups(scrapeSeconds),
  {name: 'objective-events', rules: objectiveIds.flatMap(counts)},
  {
    name: 'objective-burn-rates',
    rules: [
      ...objectiveIds.flatMap(constants),
      ...burnWindows.map(window =>
        recording(recordedBurnRate(window), round(divideOn(badShare(window), budget), {to: 0.000001})),
      ),
    ],
  },
  {
    name: 'objective-compliance',
    rules: [
      recording(recordedCompliance, oneMinus(badShare('30d'))),
      // Uses the series that the rule above records, so that 30 days are not summed twice.
      recording(
        recordedBudgetLeft,
        oneMinus(divideOn(oneMinus(instant(recordedCompliance, {at: rule.now, by, as: 'max'})), budget)),
      ),
    ],
  },
];
