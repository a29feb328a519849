/** The cost of a plan per month, by part. */
import type {Environment} from '../src/environments.ts';
import {expectedSamples, type Samples} from './billable-series.ts';
import {components} from './components.ts';
import type {CostItem} from './cost-item.ts';
import type {Plan} from './plan.ts';
import {resourceItems} from './resource-cost.ts';
import {freeTierWorth, workspaceItems} from './workspace-cost.ts';

export type CostLine = CostItem & {readonly part: string};

export type Cost = {
  readonly lines: readonly CostLine[];
  readonly dollars: number;
  /** The part of it that AMP's free tier would save, in US dollars. */
  readonly freeTierWorth: number;
  readonly samples: Samples;
};

/** Merges equal items of a part into one line. */
const gathered = (lines: readonly CostLine[]): readonly CostLine[] => {
  const byItem = new Map<string, CostLine>();
  for (const line of lines) {
    const key = `${line.part} ${line.item}`;
    const {quantity, dollars, prices} = byItem.get(key) ?? {quantity: 0, dollars: 0, prices: []};
    byItem.set(key, {
      ...line,
      quantity: quantity + line.quantity,
      dollars: dollars + line.dollars,
      prices: [...new Set([...prices, ...line.prices])],
    });
  }
  return [...byItem.values()];
};

export const monthlyCost = (plan: Plan, environment: Environment): Cost => {
  const samples = expectedSamples(environment, {
    tasks: environment.metricsService.tasks.min,
    collectors: environment.collector.shards,
  });
  const lines = gathered([
    ...components(plan).flatMap(({name, resources}) =>
      resources.flatMap(resource => resourceItems(resource, plan, environment).map(item => ({part: name, ...item}))),
    ),
    ...workspaceItems(samples, plan, environment).map(item => ({part: 'workspace', ...item})),
  ]).toSorted((a, b) => (a.part < b.part ? -1 : a.part > b.part ? 1 : b.dollars - a.dollars));
  return {
    lines,
    dollars: lines.reduce((sum, {dollars}) => sum + dollars, 0),
    freeTierWorth: freeTierWorth(samples, environment),
    samples,
  };
};
