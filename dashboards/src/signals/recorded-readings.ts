/**
 * Expressions over growth. In a rule they accept all labels of the metric family and read the raw series. On a board they
 * accept the labels of the record, and read raw series or records, depending on the time range.
 */
import type {Counter, Histogram, LabelOf, Labels} from '@mcp-observability/metrics-service/catalogue';
import {
  type BoardWindow,
  type Conditions,
  constant,
  divide,
  type Growth,
  type InferVariables,
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
  type VariableScope,
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
import {counterSignal} from './raw-readings.ts';

/** An expression over a window, in a form for rules and a form for boards. */
export type Reading<M extends Selectable, G extends Selectable, U extends Unit> = <
  S extends Scope,
  K extends LabelOf<ReadFrom<S, M, G>> = never,
  V extends VariableScope = never,
>(view: {
  // Not overloads: the compiler's message about a wrong label would describe each of them.
  readonly over: Window<S> & ([S] extends ['rule'] ? unknown : BoardWindow);
  readonly by?: readonly K[] | undefined;
  readonly where?:
    | (Conditions<LabelOf<ReadFrom<S, M, G>>, ReadFrom<S, M, G>['labels'], V> & InferVariables<V>)
    | undefined;
}) => PromQL<NoInfer<S | V | ChoosingForm<S>>, U, NoInfer<K>>;

/** The variables of boards that choose between raw series and records. */
type ChoosingForm<S extends Scope> = [S] extends ['rule'] ? never : '$resolution' | '$step';

/** The metric that has the labels: the family in a rule, its record on a board. */
type ReadFrom<S extends Scope, M extends Selectable, G extends Selectable> = [S] extends ['rule'] ? M : G;

/** An expression for rules only: the part of the histogram that it needs is not recorded. */
export type RuleReading<M extends Selectable, U extends Unit> = <K extends LabelOf<M> = never>(
  view: Over<'rule', M, K>,
) => PromQL<'rule', U, NoInfer<K>>;

type RuleView = Over<'rule', Selectable, string>;

const reading = <M extends Selectable, G extends Selectable, U extends Unit>(
  inRule: (view: RuleView) => PromQL<'rule', Unit, string>,
  onBoard: (view: CheckedView) => PromQL<'panel', Unit, string>,
): Reading<M, G, U> => {
  const read = (view: RuleView | CheckedView) =>
    // Only windows of boards have `growth`; nothing else shows at run time which overload was called.
    'growth' in view.over ? onBoard(view as CheckedView) : inRule(view as RuleView);
  // Callers see the type that checks labels and units; the implementation handles any of them.
  return read as unknown as Reading<M, G, U>;
};

type OnBoard = PromQL<'panel', 'events', string>;
type Events = Counter<string, Labels, 'events'>;

/** The expressions of a counter of events. */
export const counterGrowth = <M extends Events, L extends LabelOf<M>>(growth: Growth<M, L>) => {
  const metric: Events = growth.metric;
  return {
    /** Always the raw series: for panels that override the time range. */
    raw: counterSignal(growth.metric),
    perSecond: reading<M, Growth<M, L>, 'events per second'>(
      view => rate(metric, view),
      view => recordedRate(growth, view),
    ),
    /** The average rate over the window, per hour. */
    perHour: reading<M, Growth<M, L>, 'events per hour'>(
      view => perHour(rate<'rule', Events, string>(metric, view)),
      view => perHour(recordedRate(growth, view)),
    ),
    inWindow: reading<M, Growth<M, L>, 'events'>(
      view => increase(metric, view),
      view => recordedIncrease(growth, view),
    ),
  };
};

/** The expressions of a counter of events that succeed or fail, by the label `success`. */
export const outcomeGrowth = <M extends Events, L extends LabelOf<M>>(
  // An intersection would lose which labels the record has.
  ...[all]: 'success' extends L ? [growth: Growth<M, L>] : [growth: never]
) => {
  type Outcome = 'true' | 'false';
  const whole: AnyGrowth = all;
  const only = (success: Outcome): Growth<M, L> =>
    // Narrowing changes neither labels nor parts, and the parameter's type requires the label.
    narrowGrowth(whole, {success}) as Growth<M, L>;
  const share = (success: Outcome) => {
    const part = only(success);
    const rest = narrowGrowth(whole, {success: {not: success}});
    return reading<M, Growth<M, L>, 'ratio'>(
      view =>
        ratio<'rule', 'events', string>(
          increase<'rule', Events, string>(part.metric, view),
          increase<'rule', Events, string>(all.metric, view),
          {idle: 'absent'},
        ),
      view => {
        const zero: OnBoard =
          view.by === undefined || view.by.length === 0
            ? // A sum without labels has no missing groups.
              (constant(0, {unit: 'events', at: view.over}) as PromQL<'panel', 'events', never> as unknown as OnBoard)
            : // A group that lacks this outcome has events of the others, which are fewer samples to read than all of them.
              times(recordedIncrease(rest, view), 0);
        return divide(or(recordedIncrease(part, view), zero), positive(recordedIncrease(whole, view)));
      },
    );
  };
  return {
    ...counterGrowth(all),
    succeeded: counterGrowth(only('true')),
    failed: counterGrowth(only('false')),
    /** Events whose `success` is neither true nor false count in the denominator only. */
    successShare: share('true'),
    failedShare: share('false'),
    /** For tables, which explain empty cells: a group without failures has no series instead of 0. */
    failedShareIfAny: reading<M, Growth<M, L>, 'ratio'>(
      view =>
        divide<'rule', 'events', string>(
          increase<'rule', Events, string>(only('false').metric, view),
          positive(increase<'rule', Events, string>(all.metric, view)),
        ),
      view => divide(recordedIncrease(only('false'), view), positive(recordedIncrease(whole, view))),
    ),
  };
};

/** The expressions of a histogram. On a board, only those whose parts are recorded. */
export const histogramGrowth = <M extends Histogram, L extends LabelOf<M>, P extends Part>(growth: Growth<M, L, P>) => {
  type Recorded = Growth<M, L, P>;
  type Needing<Needed extends Part> = [Needed] extends [P]
    ? Reading<M, Recorded, M['unit']>
    : RuleReading<M, M['unit']>;
  const metric: Histogram = growth.metric;
  // The compiler does not resolve a conditional type over a type parameter. The value is the same function either way.
  const share = (q: number) =>
    reading<M, Recorded, M['unit']>(
      view => quantile(q, metric, view),
      view => recordedQuantile(q, growth, view),
    ) as Needing<'bucket'>;
  return {
    mean: reading<M, Recorded, M['unit']>(
      view => mean(metric, view),
      view => recordedMean(growth, view),
    ) as Needing<'sum' | 'count'>,
    median: share(0.5),
    p95: share(0.95),
    p99: share(0.99),
    /** The number of observations in the window. For rules only. */
    inWindow: <K extends LabelOf<M> = never>(view: Over<'rule', M, K>) =>
      increaseObserved<'rule', M, K>(growth.metric, view),
    /** The number of observations above `bound`, which must be one of the bucket boundaries. For rules only. */
    slowerThan: <K extends LabelOf<M> = never>(bound: number, view: Over<'rule', M, K>) =>
      subtract<'rule', 'events', K>(
        increaseObserved<'rule', M, K>(growth.metric, view),
        increaseWithin<'rule', M, K>(bound, growth.metric, view),
      ),
  };
};
