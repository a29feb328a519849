/** A comparison of plans, as part of a pull request's comment. */

import {shortType} from './components.ts';
import type {LineChanges, PlanComparison} from './report-diff.ts';

const dollars = (value: number): string => `$${value.toFixed(2)}`;

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${dollars(Math.abs(value))}`;

/** `parentType$aws:ecs/service:Service::name` → `ecs.Service name`. */
const displayName = (key: string): string => {
  const [types = '', name = ''] = key.split('::');
  return `${shortType(types.split('$').at(-1) ?? types)} ${name}`;
};

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 297)}...` : text;
};

const fence = (lines: readonly string[]): readonly string[] => ['```diff', ...lines, '```'];

const moves = (title: string, {added, removed}: LineChanges): readonly string[] =>
  added.length + removed.length === 0
    ? []
    : [`**${title}**`, '', ...fence([...removed.map(line => `- ${line}`), ...added.map(line => `+ ${line}`)]), ''];

const countsOf = ({added, removed}: LineChanges): string =>
  added.length + removed.length === 0
    ? 'no change'
    : [added.length > 0 ? `${added.length} more` : '', removed.length > 0 ? `${removed.length} fewer` : '']
        .filter(Boolean)
        .join(', ');

/** Column heads of a table with one row per stack. */
export const planColumns = ['stack', 'resources', 'public', 'ways in', 'permissions', '$ per month'] as const;

const resourceCount = ({resources: {added, removed, changed}, builds}: PlanComparison): string =>
  [
    added.length + removed.length + changed.length === 0
      ? ''
      : `${added.length} more, ${removed.length} fewer, ${changed.length} changed`,
    builds.length === 0 ? '' : `rebuilt: ${builds.join(', ')}`,
  ]
    .filter(Boolean)
    .join('; ') || 'no change';

/** The comparison as one row of a table with the columns `planColumns`. */
export const planRow = (comparison: PlanComparison): readonly string[] => {
  const {stack, publicAccess, ways, permissions, cost} = comparison;
  return [
    stack,
    resourceCount(comparison),
    publicAccess.added.length > 0 ? `⚠️ ${countsOf(publicAccess)}` : countsOf(publicAccess),
    countsOf(ways),
    countsOf(permissions),
    cost.parts.length === 0
      ? dollars(cost.after)
      : `${dollars(cost.before)} → ${dollars(cost.after)} (${signed(cost.after - cost.before)})`,
  ];
};

/** All differences; empty if there are none. */
export const planDetails = ({stack, resources, publicAccess, ways, permissions, cost}: PlanComparison): string => {
  const {added, removed, changed} = resources;
  const lines = [
    ...moves('Reachable from the Internet', publicAccess),
    ...moves('Ways in', ways),
    ...moves('Permissions', permissions),
    ...(cost.parts.length === 0
      ? []
      : [
          '**Cost per month, by part**',
          '',
          '| part | before | after | |',
          '| --- | ---: | ---: | ---: |',
          ...cost.parts.map(
            ({part, before, after}) =>
              `| ${part} | ${dollars(before)} | ${dollars(after)} | ${signed(after - before)} |`,
          ),
          '',
        ]),
    ...(added.length + removed.length + changed.length === 0
      ? []
      : [
          '**Resources**',
          '',
          ...fence([
            ...removed.map(key => `- ${displayName(key)}`),
            ...added.map(key => `+ ${displayName(key)}`),
            ...changed.flatMap(({resource, changes}) => [
              `! ${displayName(resource)}`,
              ...changes.flatMap(({path, from, to}) => [`-   ${path}: ${shown(from)}`, `+   ${path}: ${shown(to)}`]),
            ]),
          ]),
          '',
        ]),
  ];
  if (lines.length === 0) return '';
  return [`<details><summary>${stack}, in detail</summary>`, '', ...lines, '</details>', ''].join('\n');
};

/** The whole comparison, for the command line. */
export const planMarkdown = (comparison: PlanComparison): string =>
  [
    `| ${planColumns.join(' | ')} |`,
    `| ${planColumns.map(() => '---').join(' | ')} |`,
    `| ${planRow(comparison).join(' | ')} |`,
    '',
    planDetails(comparison),
  ].join('\n');
