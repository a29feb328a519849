/** Queries as panels hold them: what each asks, and what its series are called. */
import {DataqueryBuilder} from '@grafana/grafana-foundation-sdk/prometheus';
import type {Expression, PromQL, Scope, Unit} from '../promql/promql.ts';
import {readsRecords} from '../promql/recorded-growth.ts';
import {prometheus} from './datasource.ts';
import {leastStep} from './resolution-variables.ts';
import type {SeriesColour} from './series-colours.ts';

type Asked<U extends Unit> = {readonly query: Expression & {readonly unit: U}};

/** A series with a name of ours, so with a colour of ours. */
type NamedSeries<U extends Unit> = Asked<U> & {readonly legend: string; readonly colour: SeriesColour};

/** A series for each value of the labels in its legend. */
type OpenSeries<U extends Unit> = Asked<U> & {readonly legend: `${string}{{${string}}}${string}`};

/** A query and what its series are called. */
export type Series<U extends Unit> = NamedSeries<U> | OpenSeries<U>;

/** Whether the series has a name of ours. */
export const isNamed = <U extends Unit>(series: Series<U>): series is NamedSeries<U> => 'colour' in series;

/** One series under a name of ours. */
export const named = <U extends Unit>(
  legend: string,
  query: PromQL<Scope, U, never>,
  colour: SeriesColour,
): NamedSeries<U> => ({query, legend, colour});

/** A series for each value of the label, called by it. */
export const each = <U extends Unit, L extends string>(
  label: L,
  query: PromQL<Scope, U, L>,
  {before = ''}: {readonly before?: string} = {},
): OpenSeries<U> => ({query, legend: `${before}{{${label}}}`});

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
