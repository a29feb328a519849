/**
 * Readings of what is recorded. In a rule a reading takes the family's own labels and reads the raw series; on a board it
 * takes the labels of the record and reads raw series or records, whichever the time range asks for.
 */
import type {Counter, Histogram, LabelOf, Labels} from '@mcp-observability/metrics-service/catalogue';
import {
  type BoardWindow,
  type Conditions,
  constant,
  divide,
  type Growth,
  increase,
  increaseObserved,
  increaseWithin,
  mean,
  narrowGrowth,
  type Over,
  or,
  type PromQL,
  perHour,
  positive,
  quantile,
  rate,
  ratio,
  type Scope,
  subtract,
  times,
  type Unit,
  type Window,
} from '../promql/promql.ts';
import {
  type AnyGrowth,
  type CheckedView,
  type Part,
  recordedIncrease,
  recordedMean,
  recordedQuantile,
  recordedRate,
} from '../promql/recorded-growth.ts';
import type {Selectable} from '../promql/selector.ts';
import {counted} from './raw-readings.ts';

/** One thing read over a window, in its two forms. */
export type Reading<M extends Selectable, G extends Selectable, U extends Unit> = <
  S extends Scope,
  K extends LabelOf<ReadFrom<S, M, G>> = never,
>(view: {
  // Not overloads: the compiler's message about a wrong label would describe each of them.
  readonly over: Window<S> & (S extends 'panel' ? BoardWindow : unknown);
  readonly by?: readonly K[] | undefined;
  readonly where?: Conditions<LabelOf<ReadFrom<S, M, G>>, ReadFrom<S, M, G>['labels'], S> | undefined;
}) => PromQL<NoInfer<S>, U, NoInfer<K>>;

/** What has the labels: the family in a rule, its record on a board. */
type ReadFrom<S extends Scope, M extends Selectable, G extends Selectable> = S extends 'rule' ? M : G;

/** What only rules read, since the part it needs is not recorded. */
export type RuleReading<M extends Selectable, U extends Unit> = <K extends LabelOf<M> = never>(
  view: Over<'rule', M, K>,
) => PromQL<'rule', U, NoInfer<K>>;

type RuleView = Over<'rule', Selectable, string>;

const reading = <M extends Selectable, G extends Selectable, U extends Unit>(
  inRule: (view: RuleView) => PromQL<'rule', Unit, string>,
  onBoard: (view: CheckedView) => PromQL<'panel', Unit, string>,
): Reading<M, G, U> => {
  const read = (view: RuleView | CheckedView) =>
    // Only a board's window has one for growth; which overload was called does not show otherwise.
    'growth' in view.over ? onBoard(view as CheckedView) : inRule(view as RuleView);
  // Labels and units are checked by the type that callers see; within, they are any.
  return read as unknown as Reading<M, G, U>;
};

type OnBoard = PromQL<'panel', 'events', string>;
type Events = Counter<string, Labels, 'events'>;

/** What can be read from anything that is counted. */
export const countedGrowth = <M extends Events, L extends LabelOf<M>>(growth: Growth<M, L>) => {
  const of: Events = growth.of;
  return {
    /** The raw series whatever the time range is: for panels with a range of their own. */
    raw: counted(growth.of),
    perSecond: reading<M, Growth<M, L>, 'events per second'>(
      view => rate(of, view),
      view => recordedRate(growth, view),
    ),
    /** The rate of the window, in the unit people plan with. */
    perHour: reading<M, Growth<M, L>, 'events per hour'>(
      view => perHour(rate<'rule', Events, string>(of, view)),
      view => perHour(recordedRate(growth, view)),
    ),
    inWindow: reading<M, Growth<M, L>, 'events'>(
      view => increase(of, view),
      view => recordedIncrease(growth, view),
    ),
  };
};

/** What can be read from anything that succeeds or fails, by the label `success`. */
export const judgedGrowth = <M extends Events, L extends LabelOf<M>>(
  // An intersection would lose which labels the record has.
  ...[all]: 'success' extends L ? [growth: Growth<M, L>] : [growth: never]
) => {
  type Outcome = 'true' | 'false';
  const whole: AnyGrowth = all;
  const only = (success: Outcome): Growth<M, L> =>
    // Narrowing changes neither labels nor parts, and the label is there: see the parameter.
    narrowGrowth(whole, {success}) as Growth<M, L>;
  const share = (success: Outcome) => {
    const part = only(success);
    const rest = narrowGrowth(whole, {success: {not: success}});
    return reading<M, Growth<M, L>, 'ratio'>(
      view =>
        ratio<'rule', 'events', string>(
          increase<'rule', Events, string>(part.of, view),
          increase<'rule', Events, string>(all.of, view),
          {idle: 'absent'},
        ),
      view => {
        const zero: OnBoard =
          view.by === undefined || view.by.length === 0
            ? // A sum without labels has no group to lack.
              (constant(0, {unit: 'events', at: view.over}) as PromQL<'panel', 'events', never> as unknown as OnBoard)
            : // A group without any of the part has some of the rest: less to read than the whole.
              times(recordedIncrease(rest, view), 0);
        return divide(or(recordedIncrease(part, view), zero), positive(recordedIncrease(whole, view)));
      },
    );
  };
  return {
    ...countedGrowth(all),
    succeeded: countedGrowth(only('true')),
    failed: countedGrowth(only('false')),
    /** What is neither true nor false counts in the whole alone. */
    successShare: share('true'),
    failedShare: share('false'),
    /** The same for tables, which say what an empty cell means: no series for a group without failures. */
    failedShareIfAny: reading<M, Growth<M, L>, 'ratio'>(
      view =>
        divide<'rule', 'events', string>(
          increase<'rule', Events, string>(only('false').of, view),
          positive(increase<'rule', Events, string>(all.of, view)),
        ),
      view => divide(recordedIncrease(only('false'), view), positive(recordedIncrease(whole, view))),
    ),
  };
};

/** What can be read from anything that is measured; on a board only what is recorded of it. */
export const measuredGrowth = <M extends Histogram, L extends LabelOf<M>, P extends Part>(growth: Growth<M, L, P>) => {
  type Recorded = Growth<M, L, P>;
  type Needing<Needed extends Part> = [Needed] extends [P]
    ? Reading<M, Recorded, M['unit']>
    : RuleReading<M, M['unit']>;
  const of: Histogram = growth.of;
  // The compiler does not resolve a condition on a type parameter: it says who may call what is the same function.
  const share = (q: number) =>
    reading<M, Recorded, M['unit']>(
      view => quantile(q, of, view),
      view => recordedQuantile(q, growth, view),
    ) as Needing<'bucket'>;
  return {
    mean: reading<M, Recorded, M['unit']>(
      view => mean(of, view),
      view => recordedMean(growth, view),
    ) as Needing<'sum' | 'count'>,
    median: share(0.5),
    p95: share(0.95),
    p99: share(0.99),
    /** How often it was measured; in rules alone. */
    inWindow: <K extends LabelOf<M> = never>(view: Over<'rule', M, K>) =>
      increaseObserved<'rule', M, K>(growth.of, view),
    /** How often it took longer than the boundary, which must be one of its buckets; in rules alone. */
    slowerThan: <K extends LabelOf<M> = never>(bound: number, view: Over<'rule', M, K>) =>
      subtract<'rule', 'events', K>(
        increaseObserved<'rule', M, K>(growth.of, view),
        increaseWithin<'rule', M, K>(bound, growth.of, view),
      ),
  };
};
