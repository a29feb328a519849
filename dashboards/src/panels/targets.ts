/** Queries as panels hold them: what each asks, and what its series are called. */
import {DataqueryBuilder} from '@grafana/grafana-foundation-sdk/prometheus';
import type {Expression, PromQL, Scope, Unit} from '../promql/promql.ts';
import {readsRecords} from '../promql/recorded-growth.ts';
import {prometheus} from './datasource.ts';
import {leastStep} from './resolution-variables.ts';
import type {Meaning} from './theme.ts';

/** A query and what its series are called. */
export type Series<U extends Unit> = {
  readonly query: Expression & {readonly unit: U};
  readonly legend: string;
  readonly meaning?: Meaning;
};

/** One series under a name of ours. */
export const named = <U extends Unit>(
  legend: string,
  query: PromQL<Scope, U, never>,
  meaning?: Meaning,
): Series<U> => ({query, legend, ...(meaning && {meaning})});

/** A series for each value of the label, called by it. */
export const each = <U extends Unit, L extends string>(
  label: L,
  query: PromQL<Scope, U, L>,
  {before = ''}: {readonly before?: string} = {},
): Series<U> => ({query, legend: `${before}{{${label}}}`});

/** Grafana's names for the queries of a panel, in their order. */
export const refIdOf = (index: number): string => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.charAt(index);

export const target = (query: Expression, {index = 0, legend}: {readonly index?: number; readonly legend: string}) => {
  const asked = new DataqueryBuilder()
    .refId(refIdOf(index))
    .datasource(prometheus)
    .expr(query.text)
    .legendFormat(legend);
  return readsRecords(query) ? asked.interval(`$${leastStep.variable}`) : asked;
};

/** Grafana's transformation that puts the rows with the largest value of the field first. */
export const largestFirst = (field: string) => ({id: 'sortBy', options: {fields: {}, sort: [{field, desc: true}]}});
