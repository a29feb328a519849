/**
 * Multiwindow, multi-burn-rate alerts (https://sre.google/workbook/alerting-on-slos/, section 6): the long window shows that
 * the loss of error budget is significant, the short window that it still goes on.
 */
import {and, filter, instant, type PromQL, rule, sumOverTime, times} from '../promql/promql.ts';
import {type BurnAlert, burnAlerts} from '../signals/burn-alerts.ts';
import {
  type BurnWindow,
  type ObjectiveId,
  objectiveIds,
  objectives,
  recordedBadEvents,
  recordedBurnRate,
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
      filter(instant(recordedBurnRate(window), view), '>', over);
    const bad = times(
      sumOverTime(recordedBadEvents, {over: rule.last(long), by: ['service'], where: {objective}}),
      1 / evaluationsPerEvent,
    );
    return {
      alert,
      severity,
      labels: {objective, long_window: long, short_window: short},
      expr: and(and(burning(long), burning(short)), filter(bad, '>', thresholds.fewEvents)),
      summary: `${title} reported by {{ $labels.service }}: the error budget burns {{ $value | printf "%.1f" }} times too fast`,
      description: `The objective is that ${promise}. Over ${long} and over ${short}, the share of events that miss it was more than ${over} times the error budget. When this alert fires, ${spent} of the budget of 30 days is used up. See the board Service Levels.`,
    };
  };

/** One group per objective: the rules of a group are evaluated sequentially, groups concurrently. */
export const burnRateGroups: readonly AlertGroup[] = objectiveIds.map(objective => ({
  name: `${objective}-burn`,
  rules: burnAlerts.map(alertOn(objective)),
}));
