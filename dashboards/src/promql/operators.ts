/**
 * What is done with PromQL once it is composed. Operands must carry the same labels, so that every series finds its
 * partner; where the right side carries fewer, the function says so.
 */
import {
  type Aggregation,
  aggregate,
  type Expression,
  expression,
  type PromQL,
  type Scope,
  type Unit,
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

/** Both sides where only one exists, the left one where both do. */
export const or = <S extends Scope, U extends Unit, L extends string>(
  left: PromQL<S, U, L>,
  right: PromQL<S, NoInfer<U>, NoInfer<L>>,
): PromQL<S, U, L> => join(left, 'or', right, left);

/** The left side where the right one has a series, whatever its value. */
export const and = <S extends Scope, U extends Unit, L extends string>(
  left: PromQL<S, U, L>,
  right: PromQL<S, Unit, NoInfer<L>>,
): PromQL<S, U, L> => join(left, 'and', right, left);

/** The left side where the right one has no series. */
export const unless = <S extends Scope, U extends Unit, L extends string>(
  left: PromQL<S, U, L>,
  right: PromQL<S, Unit, NoInfer<L>>,
): PromQL<S, U, L> => join(left, 'unless', right, left);

/** The left side while the right one has any series, whatever their labels are. */
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

/** The same thing `factor` times over: its unit stays. */
export const times = <S extends Scope, U extends Unit, L extends string>(
  query: PromQL<S, U, L>,
  factor: number,
): PromQL<S, U, L> => join(query, '*', finite('factor', factor), query);

export const perHour = <S extends Scope, L extends string>(
  query: PromQL<S, 'events per second', L>,
): PromQL<S, 'events per hour', L> => join(query, '*', 3600, {unit: 'events per hour', by: query.by});

/** `1 - query`: what is left of a whole, negative when more than the whole was used. */
export const oneMinus = <S extends Scope, L extends string>(
  query: PromQL<S, 'ratio' | 'multiple', L>,
): PromQL<S, 'ratio', L> => expression({text: `1 - ${operand(query)}`, unit: 'ratio', by: query.by, compound: true});

type Comparison = '>' | '>=' | '<' | '<=' | '==' | '!=';

/** PromQL reads `Infinity` and `NaN` as names of metrics. @throws {TypeError} when the number is not finite. */
const finite = (name: string, value: number): number => {
  if (!Number.isFinite(value)) throw new TypeError(`${name}: expected a finite number, found ${value}`);
  return value;
};

/** Only the series that hold. Against a number, or against a series with the same labels and unit. */
export const filter = <S extends Scope, U extends Unit, L extends string>(
  query: PromQL<S, U, L>,
  comparison: Comparison,
  limit: number | PromQL<S, NoInfer<U>, NoInfer<L>>,
): PromQL<S, U, L> => join(query, comparison, typeof limit === 'number' ? finite('limit', limit) : limit, query);

/** Only the series above zero: those in which anything happened. */
export const positive = <S extends Scope, U extends Unit, L extends string>(query: PromQL<S, U, L>): PromQL<S, U, L> =>
  filter(query, '>', 0);

/** One count divided by another: what a share is. */
export const divide = <S extends Scope, U extends Unit, L extends string>(
  part: PromQL<S, U, L>,
  whole: PromQL<S, NoInfer<U>, NoInfer<L>>,
): PromQL<S, 'ratio', L> => join(part, '/', whole, {unit: 'ratio', by: whole.by});

/**
 * The share of `part` in `whole`. `idle` says what it is where `whole` counted nothing: a number, or `absent` for no
 * series at all, which a panel shows as its `noValue` text.
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
  const nothing: PromQL<S, 'ratio', L> =
    whole.by.length > 0
      ? expression({text: `${operand(whole)} * 0 + ${idle}`, unit: 'ratio', by: whole.by, compound: true})
      : expression({text: `vector(${idle})`, unit: 'ratio', by: whole.by});
  return or(share, nothing);
};

/** Each series as a multiple of the one that carries some of its labels: what is used of what may be used. */
export const divideOn = <S extends Scope, U extends Unit, L extends string, W extends L>(
  part: PromQL<S, U, L>,
  allowed: PromQL<S, NoInfer<U>, W>,
): PromQL<S, 'multiple', L> =>
  join(part, `/ on (${allowed.by.join(', ')}) group_left ()`, positive(allowed), {unit: 'multiple', by: part.by});

/** 0 where there is no series. Only for a query without labels: of a group nobody knows that it is missing. */
export const orZero = <S extends Scope, U extends Unit>(query: PromQL<S, U, never>): PromQL<S, U, never> =>
  or(query, expression({text: 'vector(0)', unit: query.unit, by: []}));

/** Where there is no series at all, one that is 0 under a label that says so. */
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

/** How many series there are. */
export const count = <S extends Scope, L extends string, K extends L = never>(
  query: PromQL<S, Unit, L>,
  {by = []}: {readonly by?: readonly K[]} = {},
): PromQL<S, 'count', NoInfer<K>> => expression({text: aggregate('count', by, query.text), unit: 'count', by});

/** The `k` largest series; in a table or bar gauge, largest first. */
export const topk = <S extends Scope, U extends Unit, L extends string>(
  k: number,
  query: PromQL<S, U, L>,
): PromQL<S, U, L> => expression({text: `topk(${k}, ${query.text})`, unit: query.unit, by: query.by});

/** Series in the order of their values, largest first, at one moment. */
export const sortDesc = <S extends Scope, U extends Unit, L extends string>(query: PromQL<S, U, L>): PromQL<S, U, L> =>
  expression({text: `sort_desc(${query.text})`, unit: query.unit, by: query.by});

/** To the nearest multiple: takes off the dust of binary fractions, which would lift a value over an equal threshold. */
export const round = <S extends Scope, U extends Unit, L extends string>(
  query: PromQL<S, U, L>,
  {to}: {readonly to: number},
): PromQL<S, U, L> => expression({text: `round(${query.text}, ${to})`, unit: query.unit, by: query.by});
