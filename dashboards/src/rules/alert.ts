/** The type of an alert and of a group of alerts. */
import type {Duration, RuleExpression} from '../promql/promql.ts';
import type {AlertName} from '../signals/runbook.ts';
import type {Severity} from '../signals/severities.ts';

/** Several rules may share an alert name; `labels` then distinguish them. */
export type Alert = {
  readonly alert: AlertName;
  readonly severity: Severity;
  /** The alert fires once for each series that this returns. */
  readonly expr: RuleExpression;
  /**
   * How long `expr` must return the series before the alert fires.
   *
   * @default fires at the first evaluation
   */
  readonly for?: Duration;
  readonly labels?: Readonly<Record<string, string>>;
  /** One line. Prometheus expands `{{ $labels.name }}` and `{{ $value }}`. */
  readonly summary: string;
  /** The alert's meaning for users, and where to look first. */
  readonly description: string;
};

export type AlertGroup = {readonly name: string; readonly rules: readonly Alert[]};
