/** Checks that the compiler cannot make: unique uids, and variables declared before they are used. */

import type {MetricsQuery} from '@grafana/grafana-foundation-sdk/cloudwatch';
import type {Dashboard, Panel, RowPanel, VariableModel} from '@grafana/grafana-foundation-sdk/dashboard';
import type {Dataquery} from '@grafana/grafana-foundation-sdk/prometheus';
import {BoardsError} from '../errors.ts';

/** Variables of the board that a string references; those of Grafana start with two underscores. */
export const referencedVariables = (text: string): readonly string[] =>
  [...text.matchAll(/\$(?:\{(?!__)(\w+)(?::\w+)?\}|(?!__)([A-Za-z]\w*))/g)].map(
    ([, braced, bare]) => braced ?? bare ?? '',
  );

export const panelsOf = ({panels = []}: Pick<Dashboard, 'panels'>): readonly Panel[] =>
  panels.flatMap((panel: Panel | RowPanel) => ('panels' in panel ? panel.panels : [panel]));

/** Where a panel references variables: its queries, their steps and its data source. */
const textsOf = ({targets = [], datasource}: Panel): readonly string[] => [
  datasource?.uid ?? '',
  // The SDK's type does not have a query's fields.
  ...(targets as (Dataquery | MetricsQuery)[]).flatMap(query =>
    'expr' in query
      ? [query.expr, query.interval ?? '']
      : Object.values('dimensions' in query ? (query.dimensions ?? {}) : {}).flat(),
  ),
];

const listed = (names: readonly string[]): string => names.map(name => `$${name}`).join(', ');

const undeclared = (where: string, text: string, declared: readonly string[]): readonly string[] =>
  referencedVariables(text)
    .filter(name => !declared.includes(name))
    .map(
      name =>
        `${where}: expected a variable that the board declares before (${listed(declared) || 'none'}), found $${name}; add its builder to the board's variables`,
    );

const variableProblems = (title: string, variables: readonly VariableModel[]): readonly string[] =>
  variables.flatMap(({name, definition = ''}, index) =>
    undeclared(
      `${title}, variable ${name}`,
      definition,
      variables.slice(0, index).map(earlier => earlier.name),
    ),
  );

/** One line per problem; none where the boards can be written. */
export const findProblems = (dashboards: readonly Dashboard[]): readonly string[] => {
  const uids = dashboards.map(({uid = ''}) => uid);
  return [
    ...dashboards
      .filter(({uid = ''}, index) => uids.indexOf(uid) < index)
      .map(({uid = '', title}) => `${title}: expected a uid that no other board has, found ${JSON.stringify(uid)}`),
    ...dashboards.flatMap(dashboard => {
      const {title = '', templating} = dashboard;
      const variables = templating?.list ?? [];
      const declared = variables.map(({name}) => name);
      return [
        ...variableProblems(title, variables),
        ...panelsOf(dashboard).flatMap(panel => [
          ...new Set(textsOf(panel).flatMap(text => undeclared(`${title}, panel ${panel.title}`, text, declared))),
        ]),
      ];
    }),
  ];
};

/** @throws {BoardsError} with every problem of the boards, one per line. */
export const checkBoards = (dashboards: readonly Dashboard[]): readonly Dashboard[] => {
  const problems = findProblems(dashboards);
  if (problems.length > 0) throw new BoardsError(problems.join('\n'));
  return dashboards;
};
