/** What an alert is made of. */
import type {Duration, RuleExpression} from '../promql/promql.ts';
import type {AlertName} from '../signals/runbook.ts';
import type {Severity} from '../signals/severities.ts';

/** Several rules may make up one alert; then labels tell them apart. */
export type Alert = {
  readonly alert: AlertName;
  readonly severity: Severity;
  /** Fires where this has a series. */
  readonly expr: RuleExpression;
  /** Only when it held at every evaluation of this time; at once when left out. */
  readonly for?: Duration;
  readonly labels?: Readonly<Record<string, string>>;
  /** One line; Prometheus fills in `{{ $labels.name }}` and `{{ $value }}`. */
  readonly summary: string;
  /** What it means for users and where to look first. */
  readonly description: string;
};

export type AlertGroup = {readonly name: string; readonly rules: readonly Alert[]};
