/** The targets of panels: queries, and the legends and colours of their series. */

import {DataqueryBuilder} from '@grafana/grafana-foundation-sdk/prometheus';
import type {LabelOf, Labels, ValueOf} from '@mcp-observability/metrics-service/catalogue';
import {ValueError} from '../errors.ts';
import type {Expression, PromQL, Scope, Unit} from '../promql/promql.ts';
import {readsRecords} from '../promql/recorded-growth.ts';
import {prometheus} from './datasource.ts';
import {minStep} from './resolution-variables.ts';
import type {SeriesColour} from './series-colours.ts';

type QueryIn<U extends Unit, S extends Scope> = Expression<S> & {readonly unit: U};

/** A series with a fixed name, and therefore a fixed colour. */
type NamedSeries<U extends Unit, S extends Scope> = {
  readonly query: QueryIn<U, S>;
  readonly legend: string;
  readonly colour: SeriesColour;
};

/** A series for each value of the labels in its legend. */
type OpenSeries<U extends Unit, S extends Scope> = {
  readonly query: QueryIn<U, S>;
  readonly legend: `${string}{{${string}}}${string}`;
  /** Colours of series whose names are known, by name. */
  readonly known?: Readonly<Record<string, SeriesColour>>;
  /** The series have shades of this colour. @default the palette, in the order of the series */
  readonly shades?: SeriesColour | undefined;
};

/** A query with the legend of its series. */
export type Series<U extends Unit, S extends Scope = Scope> = NamedSeries<U, S> | OpenSeries<U, S>;

/** Whether the series has a fixed name. */
export const isNamed = <U extends Unit, S extends Scope>(series: Series<U, S>): series is NamedSeries<U, S> =>
  'colour' in series;

/** The known names of a series, and their colours. */
export const namedColours = (series: Series<Unit>): readonly (readonly [name: string, colour: SeriesColour])[] =>
  isNamed(series) ? [[series.legend, series.colour]] : Object.entries(series.known ?? {});

/** One series with a fixed name. */
export const named = <U extends Unit, S extends Scope>(
  legend: string,
  query: PromQL<S, U, never>,
  colour: SeriesColour,
): NamedSeries<U, S> => ({query, legend: literalLegend(legend), colour});

/** Colours of values of a label. */
export type ValueColours<L extends string> = {readonly [Label in L]?: Readonly<Record<string, SeriesColour>>};

/** Colours of values of a closed label: one that it does not have does not compile. */
export const coloursOf = <M extends {readonly labels: Labels}, L extends LabelOf<M>>(
  _metric: M,
  label: L,
  colours: {readonly [Value in ValueOf<M['labels'][L]>]?: SeriesColour},
): ValueColours<L> => ({[label]: colours}) as ValueColours<L>; // a computed key forgets its type

/** A series for each value of the label, named after it. */
export const each = <U extends Unit, S extends Scope, L extends string>(
  label: L,
  query: PromQL<S, U, L>,
  {
    before = '',
    colours = {},
    shades,
  }: {readonly before?: string; readonly colours?: ValueColours<L>; readonly shades?: SeriesColour} = {},
): OpenSeries<U, S> => ({
  query,
  legend: `${literalLegend(before)}{{${label}}}`,
  shades,
  known: Object.fromEntries(
    Object.entries(colours[label] ?? {}).map(([value, colour]) => [`${before}${value}`, colour]),
  ),
});

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Grafana's names for the queries of a panel, in their order: A to Z, then AA, AB and so on. */
export const refIdOf = (index: number): string =>
  (index >= letters.length ? refIdOf(Math.floor(index / letters.length) - 1) : '') +
  letters.charAt(index % letters.length);

/**
 * A fixed legend. Grafana would interpret a dollar sign as the start of a variable, and has no escape for it.
 * @throws {ValueError} when the legend contains a dollar sign.
 */
const literalLegend = (legend: string): string => {
  if (legend.includes('$')) throw new ValueError(`legend: expected no dollar sign, found ${JSON.stringify(legend)}`);
  return legend;
};

export const target = (query: Expression, {index = 0, legend}: {readonly index?: number; readonly legend: string}) => {
  const dataquery = new DataqueryBuilder()
    .refId(refIdOf(index))
    .datasource(prometheus)
    .expr(query.text)
    .legendFormat(legend);
  return readsRecords(query) ? dataquery.interval(`$${minStep.variable}`) : dataquery;
};

/** Grafana's transformation that puts the rows with the largest value of the field first. */
export const largestFirst = (field: string) => ({id: 'sortBy', options: {fields: {}, sort: [{field, desc: true}]}});
