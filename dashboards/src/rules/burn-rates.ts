/**
 * Alerts on how fast an error budget is used up, each over a long window, so that it matters, and a short one, so that
 * it still goes on (https://sre.google/workbook/alerting-on-slos/, the sixth way).
 */
import {and, filter, instant, type PromQL, rule, sumOverTime, times} from '../promql/promql.ts';
import {type BurnAlert, burnAlerts} from '../signals/burn-alerts.ts';
import {
  type BurnWindow,
  badEventsRecorded,
  burnRateRecorded,
  type ObjectiveId,
  objectiveIds,
  objectives,
} from '../signals/objectives.ts';
import {thresholds} from '../signals/thresholds.ts';
import type {Alert, AlertGroup} from './alert.ts';
import {evaluationsPerEvent} from './recordings.ts';

const alertOn =
  (objective: ObjectiveId) =>
  ({long, short, over, severity, spent}: BurnAlert): Alert => {
    const {alert, title, promise} = objectives[objective];
    const view = {at: rule.now, by: ['service'], where: {objective}, as: 'max'} as const;
    const burning = (window: BurnWindow): PromQL<'rule', 'multiple', 'service'> =>
      filter(instant(burnRateRecorded(window), view), '>', over);
    const bad = times(
      sumOverTime(badEventsRecorded, {over: rule.last(long), by: ['service'], where: {objective}}),
      1 / evaluationsPerEvent,
    );
    return {
      alert,
      severity,
      labels: {objective, long_window: long, short_window: short},
      expr: and(and(burning(long), burning(short)), filter(bad, '>', thresholds.fewEvents)),
      summary: `${title} of {{ $labels.service }}: the error budget burns {{ $value | printf "%.1f" }} times too fast`,
      description: `Promised is that ${promise}. Over ${long} and over ${short} more than ${over} times the share that may break it did; ${spent} of 30 days' budget go this way until this fires. See the board Service Levels.`,
    };
  };

/** A group for each objective, as rules of a group run one after the other. */
export const burnRateGroups: readonly AlertGroup[] = objectiveIds.map(objective => ({
  name: `${objective}-burn`,
  rules: burnAlerts.map(alertOn(objective)),
}));
