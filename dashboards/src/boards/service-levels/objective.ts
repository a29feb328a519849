/** Panels about objectives: each is the same for all of them. */
import type {BoardPanel} from '../../panels/board-parts.ts';
import {each, stats, timeSeries} from '../../panels/panels.ts';
import {table} from '../../panels/table.ts';
import {budgetShare, burnRate, complianceThresholds} from '../../panels/theme.ts';
import {service} from '../../panels/variables.ts';
import {instant, max, min, panel} from '../../promql/promql.ts';
import {pagedBurns} from '../../signals/burn-alerts.ts';
import {
  type ObjectiveId,
  objectiveIds,
  objectives,
  recordedBudgetLeft,
  recordedBurnRate,
  recordedCompliance,
  recordedTarget,
} from '../../signals/objectives.ts';

const {now: at} = panel;
const by = ['service'] as const;
const of = (objective: ObjectiveId) => ({at, by, as: 'max', where: {objective, service}}) as const;
const worst = {at, by: ['objective', 'service'], as: 'max', where: {service}} as const;
const byObjective = {by: ['objective']} as const;
const tooYoung = 'no traffic yet';

const paged = pagedBurns.map(({over, long}) => `${over} over ${long}`).join(' or ');

type ObjectivePanel = BoardPanel<(typeof service)['scope']>;

const forEach = (panelOf: (id: ObjectiveId) => ObjectivePanel) =>
  objectiveIds.map(panelOf) as [ObjectivePanel, ...ObjectivePanel[]]; // there is an objective

export const atAGlance = table({
  title: 'Objectives at a Glance',
  description:
    'Every objective with its target and the worst reporter. Read the last columns first: a burn rate over 1 uses the budget up before the 30 days are over; budget left is the share of the error budget that remains.',
  label: 'objective',
  rows: 'Objective',
  columns: [
    {heading: 'Target', decimals: 2, query: instant(recordedTarget, {at, by: ['objective'], as: 'max'})},
    {
      heading: 'Compliance 30d',
      decimals: 2,
      query: min(instant(recordedCompliance, worst), byObjective),
      noValue: tooYoung,
    },
    {
      heading: 'Budget left',
      query: min(instant(recordedBudgetLeft, worst), byObjective),
      noValue: tooYoung,
      thresholds: budgetShare,
    },
    {
      heading: 'Burn 5m',
      query: max(instant(recordedBurnRate('5m'), worst), byObjective),
      noValue: 'idle',
      thresholds: burnRate,
    },
    {
      heading: 'Burn 1h',
      query: max(instant(recordedBurnRate('1h'), worst), byObjective),
      noValue: 'idle',
      thresholds: burnRate,
    },
    {
      heading: 'Burn 6h',
      query: max(instant(recordedBurnRate('6h'), worst), byObjective),
      noValue: 'idle',
      thresholds: burnRate,
    },
  ],
});

export const compliance = forEach(id =>
  stats({
    title: `${objectives[id].title}: compliance`,
    description: `The objective is that ${objectives[id].promise}, over 30 days. Red means that it is missed. Every event counts the same, so a bad hour at night weighs little.`,
    series: each('service', instant(recordedCompliance, of(id))),
    decimals: 3,
    thresholds: complianceThresholds(objectives[id].target),
    noValue: tooYoung,
    alerts: [objectives[id].alert],
  }),
);

export const budgetLeft = forEach(id =>
  stats({
    title: `${objectives[id].title}: budget left`,
    description: `The share of the error budget that is left; the objective is that ${objectives[id].promise}. Below a quarter, put reliability before features. Below zero the objective is missed until the bad days are 30 days old.`,
    series: each('service', instant(recordedBudgetLeft, of(id))),
    thresholds: budgetShare,
    noValue: tooYoung,
    alerts: [objectives[id].alert],
  }),
);

/** One window per chart, so that each reporter is one line. */
const burnRatesOver = (
  window: '5m' | '1h' | '6h',
  {title, reading}: {readonly title: string; readonly reading: string},
) => {
  const burnRateOf = (id: ObjectiveId): ObjectivePanel =>
    timeSeries({
      title: `${objectives[id].title}: ${title}`,
      description: `How many times faster than 30 days allow the error budget is used up (${objectives[id].promise}), by reporter, over the last ${window}. ${reading}`,
      series: [each('service', instant(recordedBurnRate(window), of(id)))],
      thresholds: burnRate,
      noValue: tooYoung,
      alerts: [objectives[id].alert],
    });
  // fromEntries forgets the keys' type.
  return Object.fromEntries(objectiveIds.map(id => [id, burnRateOf(id)])) as Record<ObjectiveId, ObjectivePanel>;
};

export const burnRates = burnRatesOver('1h', {
  title: 'burn rate',
  reading: `At 1 it lasts exactly 30 days. An alert pages from ${paged}. The windows of 5m and 6h are below: a rate that is high in 5m only is a spike.`,
});

export const shortBurnRates = burnRatesOver('5m', {
  title: 'burn rate over 5m',
  reading: 'It shows whether the problem still exists: an alert stops when it falls below the rate that pages.',
});

export const longBurnRates = burnRatesOver('6h', {
  title: 'burn rate over 6h',
  reading: `It shows slow leaks that an hour does not. An alert pages from ${paged}.`,
});

export const budgetLeftOverTime = timeSeries({
  title: 'Error Budget Left',
  description:
    'Remaining error budget of each objective over time, for the worst reporter. A steep fall is an incident, a steady slope is an unresolved fault; it rises again only when bad days are older than 30 days.',
  series: [each('objective', min(instant(recordedBudgetLeft, worst), byObjective))],
  thresholds: budgetShare,
  negative: true,
  noValue: tooYoung,
});
