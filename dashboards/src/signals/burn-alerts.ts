/** The burn rates that alert, each over a long and a short window (https://sre.google/workbook/alerting-on-slos/). */
import type {BurnWindow} from './objectives.ts';
import type {Severity} from './severities.ts';

export type BurnAlert = {
  readonly long: BurnWindow;
  readonly short: BurnWindow;
  /** Burn rate above which the alert fires; 1 uses up exactly the error budget in 30 days. */
  readonly over: number;
  readonly severity: Severity;
  /** The share of the error budget of 30 days that is used up when the alert fires. */
  readonly spent: string;
};

export const burnAlerts: readonly BurnAlert[] = [
  {long: '1h', short: '5m', over: 14.4, severity: 'critical', spent: '2%'},
  {long: '6h', short: '30m', over: 6, severity: 'critical', spent: '5%'},
  {long: '1d', short: '2h', over: 3, severity: 'warning', spent: '10%'},
  {long: '3d', short: '6h', over: 1, severity: 'warning', spent: '10%'},
];

/** The burn-rate alerts that page. */
export const pagedBurns = burnAlerts.filter(({severity}) => severity === 'critical');
