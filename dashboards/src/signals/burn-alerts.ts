/** When an error budget burns fast enough to alert, by a long and a short window (https://sre.google/workbook/alerting-on-slos/). */
import type {BurnWindow} from './objectives.ts';
import type {Severity} from './severities.ts';

export type BurnAlert = {
  readonly long: BurnWindow;
  readonly short: BurnWindow;
  /** How many times faster than a budget for 30 days allows. */
  readonly over: number;
  readonly severity: Severity;
  /** The part of the budget of 30 days that is used up when the alert fires. */
  readonly spent: string;
};

export const burnAlerts: readonly BurnAlert[] = [
  {long: '1h', short: '5m', over: 14.4, severity: 'critical', spent: '2%'},
  {long: '6h', short: '30m', over: 6, severity: 'critical', spent: '5%'},
  {long: '1d', short: '2h', over: 3, severity: 'warning', spent: '10%'},
  {long: '3d', short: '6h', over: 1, severity: 'warning', spent: '10%'},
];

/** The burn rates that page. */
export const pagedBurns = burnAlerts.filter(({severity}) => severity === 'critical');
