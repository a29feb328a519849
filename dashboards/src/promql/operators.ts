/**
 * Operators and aggregations on expressions. Both operands must have the same labels, so that every series has a match;
 * functions whose right side may have fewer labels are documented as such.
 */
import {
  type Aggregation,
  aboveZero,
  aggregate,
  type Expression,
  expression,
  finite,
  type PromQL,
  type Scope,
  type Unit,
  wholeAboveZero,
} from './expression.ts';

const operand = ({text, compound}: Expression): string => (compound ? `(${text})` : text);

const join = <S extends Scope, U extends Unit, L extends string>(
  left: Expression,
  operator: string,
  right: Expression | number,
  {unit, by}: {readonly unit: U; readonly by: readonly L[]},
): PromQL<S, U, L> =>
  expression({
    text: `${operand(left)} ${operator} ${typeof right === 'number' ? right : operand(right)}`,
    unit,
    by,
    compound: true,
  });

/** The series of the left side, and those of the right side that have no match on the left. */
export const or = <S extends Scope, U extends Unit, L extends string>(
  left: PromQL<S, U, L>,
  right: PromQL<S, NoInfer<U>, NoInfer<L>>,
): PromQL<S, U, L> => join(left, 'or', right, left);

/** The series of the left side that have a match on the right, whatever its value. */
export const and = <S extends Scope, U extends Unit, L extends string>(
  left: PromQL<S, U, L>,
  right: PromQL<S, Unit, NoInfer<L>>,
): PromQL<S, U, L> => join(left, 'and', right, left);

/** The series of the left side that have no match on the right. */
export const unless = <S extends Scope, U extends Unit, L extends string>(
  left: PromQL<S, U, L>,
  right: PromQL<S, Unit, NoInfer<L>>,
): PromQL<S, U, L> => join(left, 'unless', right, left);

/** The left side while the right side has a series. The right side has no labels. */
export const andAny = <S extends Scope, U extends Unit, L extends string>(
  left: PromQL<S, U, L>,
  right: PromQL<S, Unit, never>,
): PromQL<S, U, L> => join(left, 'and on ()', right, left);

export const add = <S extends Scope, U extends Unit, L extends string>(
  left: PromQL<S, U, L>,
  right: PromQL<S, NoInfer<U>, NoInfer<L>>,
): PromQL<S, U, L> => join(left, '+', right, left);

export const subtract = <S extends Scope, U extends Unit, L extends string>(
  left: PromQL<S, U, L>,
  right: PromQL<S, NoInfer<U>, NoInfer<L>>,
): PromQL<S, U, L> => join(left, '-', right, left);

/** Multiplies by a number; the unit stays the same. */
export const times = <S extends Scope, U extends Unit, L extends string>(
  query: PromQL<S, U, L>,
  factor: number,
): PromQL<S, U, L> => join(query, '*', finite('factor', factor), query);

export const perHour = <S extends Scope, L extends string>(
  query: PromQL<S, 'events per second', L>,
): PromQL<S, 'events per hour', L> => join(query, '*', 3600, {unit: 'events per hour', by: query.by});

/** `1 - query`: the remaining share, negative when the query is above 1. */
export const oneMinus = <S extends Scope, L extends string>(
  query: PromQL<S, 'ratio' | 'multiple', L>,
): PromQL<S, 'ratio', L> => expression({text: `1 - ${operand(query)}`, unit: 'ratio', by: query.by, compound: true});

type Comparison = '>' | '>=' | '<' | '<=' | '==' | '!=';

/** Only the series for which the comparison is true, with a number or with series of the same labels and unit. */
export const filter = <S extends Scope, U extends Unit, L extends string>(
  query: PromQL<S, U, L>,
  comparison: Comparison,
  limit: number | PromQL<S, NoInfer<U>, NoInfer<L>>,
): PromQL<S, U, L> => join(query, comparison, typeof limit === 'number' ? finite('limit', limit) : limit, query);

/** Only the series above zero. */
export const positive = <S extends Scope, U extends Unit, L extends string>(query: PromQL<S, U, L>): PromQL<S, U, L> =>
  filter(query, '>', 0);

/** `part / whole`, a ratio. Groups that are missing on one side have no result; see `ratio`. */
export const divide = <S extends Scope, U extends Unit, L extends string>(
  part: PromQL<S, U, L>,
  whole: PromQL<S, NoInfer<U>, NoInfer<L>>,
): PromQL<S, 'ratio', L> => join(part, '/', whole, {unit: 'ratio', by: whole.by});

/**
 * The share of `part` in `whole`; 0 for groups that are missing in `part`. `idle` is the result where `whole` is 0: a number,
 * or `absent` for no series, for which a panel shows its `noValue` text.
 */
export const ratio = <S extends Scope, U extends Unit, L extends string>(
  part: PromQL<S, U, L>,
  whole: PromQL<S, NoInfer<U>, NoInfer<L>>,
  {idle}: {readonly idle: 'absent' | number},
): PromQL<S, 'ratio', L> => {
  const share = join<S, 'ratio', L>(or(part, times(whole, 0)), '/', positive(whole), {unit: 'ratio', by: whole.by});
  if (idle === 'absent') {
    return share;
  }
  finite('idle', idle);
  const nothing: PromQL<S, 'ratio', L> =
    whole.by.length > 0
      ? expression({text: `${operand(whole)} * 0 + ${idle}`, unit: 'ratio', by: whole.by, compound: true})
      : expression({text: `vector(${idle})`, unit: 'ratio', by: whole.by});
  return or(share, nothing);
};

/** Each series of `part` as a multiple of the series of `allowed` that matches it. `allowed` may have fewer labels. */
export const divideOn = <S extends Scope, U extends Unit, L extends string, W extends L>(
  part: PromQL<S, U, L>,
  allowed: PromQL<S, NoInfer<U>, W>,
): PromQL<S, 'multiple', L> =>
  join(part, `/ on (${allowed.by.join(', ')}) group_left ()`, positive(allowed), {unit: 'multiple', by: part.by});

/** 0 when there is no series. Only for expressions without labels: PromQL cannot know which groups are missing. */
export const orZero = <S extends Scope, U extends Unit>(query: PromQL<S, U, never>): PromQL<S, U, never> =>
  or(query, expression({text: 'vector(0)', unit: query.unit, by: []}));

/** When there is no series, one with the value 0 and the given label value. */
export const orZeroAs = <S extends Scope, U extends Unit, L extends string>(
  query: PromQL<S, U, L>,
  label: NoInfer<L>,
  value: string,
): PromQL<S, U, L> =>
  expression({
    text: `${operand(query)} or on () label_replace(vector(0), "${label}", "${value}", "", "")`,
    unit: query.unit,
    by: query.by,
    compound: true,
  });

const combined =
  (aggregation: Exclude<Aggregation, 'count'>) =>
  <S extends Scope, U extends Unit, L extends string, K extends L = never>(
    query: PromQL<S, U, L>,
    {by = []}: {readonly by?: readonly K[]} = {},
  ): PromQL<S, U, NoInfer<K>> =>
    expression({text: aggregate(aggregation, by, query.text), unit: query.unit, by});

export const sum = combined('sum');
export const max = combined('max');
export const min = combined('min');

/** The number of series. */
export const count = <S extends Scope, L extends string, K extends L = never>(
  query: PromQL<S, Unit, L>,
  {by = []}: {readonly by?: readonly K[]} = {},
): PromQL<S, 'count', NoInfer<K>> => expression({text: aggregate('count', by, query.text), unit: 'count', by});

/** The `k` largest series; in an instant query, largest first. @throws {ValueError} when `k` is not a whole number above 0. */
export const topk = <S extends Scope, U extends Unit, L extends string>(
  k: number,
  query: PromQL<S, U, L>,
): PromQL<S, U, L> =>
  expression({text: `topk(${wholeAboveZero('k', k)}, ${query.text})`, unit: query.unit, by: query.by});

/** Sorts series by value, largest first. It has an effect only in instant queries. */
export const sortDesc = <S extends Scope, U extends Unit, L extends string>(query: PromQL<S, U, L>): PromQL<S, U, L> =>
  expression({text: `sort_desc(${query.text})`, unit: query.unit, by: query.by});

/**
 * Rounds to the nearest multiple of `to`. This removes floating-point error that would put a value above an equal threshold.
 *
 * @throws {ValueError} when `to` is not above 0
 */
export const round = <S extends Scope, U extends Unit, L extends string>(
  query: PromQL<S, U, L>,
  {to}: {readonly to: number},
): PromQL<S, U, L> =>
  expression({text: `round(${query.text}, ${aboveZero('to', to)})`, unit: query.unit, by: query.by});
