/** Tables: a row for each value of a label, a column for each query. */
import {PromQueryFormat} from '@grafana/grafana-foundation-sdk/prometheus';
import {PanelBuilder as Table} from '@grafana/grafana-foundation-sdk/table';
import type {PromQL, Scope, Unit, Variable, VariableScope, VariablesOf} from '../promql/promql.ts';
import type {BoardPanel} from './board-parts.ts';
import type {BoardUid} from './board-uids.ts';
import {prometheusVariableName} from './datasource.ts';
import {type PanelMeta, withMeta} from './panels.ts';
import {largestFirst, refIdOf, target} from './targets.ts';
import {noThresholds, type Thresholds, thresholdSteps, toThresholdsConfig, unitDecimals, unitIds} from './theme.ts';

/** A column of a table: a query whose series carry the table's label and no other. */
export type Column<L extends string, S extends Scope = Scope> = {
  readonly heading: string;
  readonly query: PromQL<S, Unit, L>;
  /** Shown in a cell without a value. */
  readonly noValue?: string;
  readonly thresholds?: Thresholds;
  /** Number of decimals, if the default of the unit is not enough. */
  readonly decimals?: number;
};

/** Grafana's transformation that removes the rows without a value of the field. */
const having = (fieldName: string) => ({
  id: 'filterByValue',
  options: {type: 'include', match: 'all', filters: [{fieldName, config: {id: 'isNotNull', options: {}}}]},
});

/** A row for each value of the label, the largest of the first column first. */
export const table = <L extends string, S extends Scope, K extends VariableScope = never>({
  label,
  rows,
  columns,
  only,
  drillDown,
  ...meta
}: PanelMeta & {
  readonly label: L;
  /** The heading of the label's column. */
  readonly rows: string;
  readonly columns: readonly [Column<NoInfer<L>, S>, ...Column<NoInfer<L>, S>[]];
  /** The heading of a column: only rows that have a value in it. @default every row */
  readonly only?: string;
  /** The board that a click on a row's name opens, filtered by that name. The variables in `keeping` keep their values. */
  readonly drillDown?: {readonly board: BoardUid; readonly by: Variable; readonly keeping: readonly Variable<K>[]};
}): BoardPanel<VariablesOf<S> | K> => {
  // With several queries Grafana names a value's column after the refId, with one it doesn't.
  const field = (index: number): string => (columns.length > 1 ? `Value #${refIdOf(index)}` : 'Value');
  const panel = withMeta(new Table(), meta)
    .thresholds(toThresholdsConfig(noThresholds))
    .targets(
      columns.map(({query, heading: legend}, index) =>
        target(query, {index, legend}).format(PromQueryFormat.Table).instant(),
      ),
    )
    .withTransformation({id: 'merge', options: {}})
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: {Time: true},
        indexByName: Object.fromEntries([[label, 0], ...columns.map((_, index) => [field(index), index + 1])]),
        renameByName: Object.fromEntries([
          [label, rows],
          ...columns.map((column, index) => [field(index), column.heading]),
        ]),
      },
    })
    .withTransformation(largestFirst(columns[0].heading));
  if (only !== undefined) panel.withTransformation(having(only));
  if (drillDown) {
    const {board, by, keeping} = drillDown;
    const kept = [prometheusVariableName, ...keeping.map(({variable}) => variable)]
      .map(variable => `&\${${variable}:queryparam}`)
      .join('');
    panel.overrideByName(rows, [
      {
        id: 'links',
        value: [
          {
            title: `Only \${__value.text}`,
            url: `/d/${board}?var-${by.variable}=\${__value.text:percentencode}&\${__url_time_range}${kept}`,
          },
        ],
      },
    ]);
  }
  for (const {heading: name, query, noValue, thresholds, decimals = unitDecimals[query.unit]} of columns) {
    panel.overrideByName(name, [
      {id: 'unit', value: unitIds[query.unit]},
      ...(decimals === undefined ? [] : [{id: 'decimals', value: decimals}]),
      ...(noValue === undefined ? [] : [{id: 'noValue', value: noValue}]),
      ...(thresholds
        ? [
            {id: 'thresholds', value: {mode: 'absolute', steps: thresholdSteps(thresholds)}},
            {id: 'custom.cellOptions', value: {type: 'color-text'}},
          ]
        : []),
    ]);
  }
  return panel;
};
