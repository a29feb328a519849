/** A plan as text: what would exist, what is public, who may do what, and what it costs per month. */
import type {Environment} from '../src/environments.ts';
import {connections, exposed, grants} from './access.ts';
import {parts, shortType} from './components.ts';
import {monthlyCost} from './cost.ts';
import type {Plan} from './plan.ts';
import {assumptions, priceList} from './prices.ts';
import type {Difference} from './resource-diff.ts';

const section = (title: string, lines: readonly string[]): string =>
  [title, ...lines.map(line => `  ${line}`), ''].join('\n');

const table = (rows: readonly (readonly string[])[], rightAligned: readonly number[] = []): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows.map(row =>
    row
      .map((cell, column) =>
        rightAligned.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
};

const number = (value: number, digits = 0): string =>
  value.toLocaleString('en-GB', {minimumFractionDigits: digits, maximumFractionDigits: digits});
const quantity = (value: number): string => number(value, Number.isInteger(value) ? 0 : 1);

const resources = (plan: Plan): string => {
  const lines = parts(plan).flatMap(({name, resources: members}) => {
    const byType = new Map<string, string[]>();
    for (const {type, name: member, protect} of members)
      byType.set(type, [...(byType.get(type) ?? []), protect ? `${member} (protected)` : member]);
    return [
      `${name} (${members.length})`,
      ...table([...byType].map(([type, names]) => [`  ${shortType(type)}`, names.join(', ')])),
    ];
  });
  const count = plan.resources.filter(({kind}) => kind !== 'component').length;
  return section(`Parts: ${count} resources; each awsx resource expands to several`, lines);
};

const open = (plan: Plan): string =>
  section('Reachable from the Internet', exposed(plan).length > 0 ? exposed(plan) : ['nothing']);

const ways = (plan: Plan): string => {
  const found = connections(plan);
  const senders = found.some(({why}) => why.includes('gateway'))
    ? []
    : ['No emitter may send metrics yet: gatewaySecurityGroupIds is empty.'];
  return section('Inbound connections; all others are closed', [
    ...table([['to', 'port', 'from', 'why'], ...found.map(({to, port, from, why}) => [to, port, from, why])]),
    ...senders,
  ]);
};

/** All task roles have the same trust policy, so it is printed once. */
const permissions = (plan: Plan): string => {
  const found = grants(plan);
  const trust = found.filter(({actions}) => actions.includes('sts:AssumeRole'));
  const others = found.filter(grant => !trust.includes(grant));
  const holders = [...new Set(found.map(({holder}) => holder))].sort();
  const conditions = new Set(trust.map(({principal, condition}) => `${principal} if ${JSON.stringify(condition)}`));
  return section('Who may do what', [
    `roles can be assumed by ${[...conditions].join(' or ')}`,
    ...holders.flatMap(holder => {
      const own = others.filter(grant => grant.holder === holder);
      return [
        own.length > 0 ? holder : `${holder}: nothing`,
        ...own.flatMap(({sid, principal, actions, resources: on, condition}) => [
          `  ${sid}: ${principal ? `${principal} may ` : ''}${actions.join(', ')}`,
          ...on.map(one => `    on ${one}`),
          ...(condition === undefined ? [] : [`    if ${JSON.stringify(condition)}`]),
        ]),
      ];
    }),
  ]);
};

const cost = (plan: Plan, environment: Environment): string => {
  const {lines, dollars, samples} = monthlyCost(plan, environment);
  const names = [...new Set(lines.map(({part}) => part))];
  const load = environment.expectedLoad;
  const rows = names.flatMap(part => {
    const own = lines.filter(line => line.part === part);
    const sum = own.reduce((total, line) => total + line.dollars, 0);
    return [
      [part, '', number(sum, 2)],
      ...own.map(line => [`  ${line.item}`, quantity(line.quantity), number(line.dollars, 2)]),
    ];
  });
  return section(`Cost: about $${number(dollars)} per month`, [
    ...table([['', 'quantity', '$ per month'], ...rows], [1, 2]),
    '',
    `Prices: AWS on-demand, ${priceList.region}, ${priceList.date}; without taxes, data transfer out and free tiers.`,
    `Samples: ${number(samples.seriesPerTask)} series per task (catalogue; ${load.observers} reporters, ${load.servers} servers of ${load.toolsPerServer} tools, ${load.clients} clients, ${load.mcpMethods} methods),`,
    `  ${environment.metricsService.tasks.min} tasks, every ${environment.scrapeInterval} s: ${number(samples.series)} series, ${number(samples.samplesPerMonth / 1e6)} million samples per month. Largest families:`,
    ...samples.byMetric.slice(0, 3).map(({name, series}) => `  ${name} ${number(series)} series per task`),
    `Assumptions: the minimum number of tasks; ${assumptions.logGiB} GiB of logs per task; ${assumptions.queriedPerWritten} samples queried by rules per sample written;`,
    `  ${assumptions.storedBytes} bytes per stored sample, kept for ${environment.workspace.retentionDays} days; ${assumptions.repositoryGiB} GiB of images per repository; no load balancer capacity units;`,
    `  a board open for ${assumptions.boards.hoursOpen} hours per month, refreshed every ${assumptions.boards.refreshSeconds} s; Fargate Spot at ${100 * assumptions.spotShare}% of the on-demand price.`,
  ]);
};

const outputs = (plan: Plan): string => section('Outputs', JSON.stringify(plan.outputs, null, 2).split('\n'));

export const report = (plan: Plan, environment: Environment): string =>
  [
    `Stack ${plan.stack}: what \`pulumi up\` would register. Ids, ARNs and addresses are examples in their real format.\n`,
    resources(plan),
    open(plan),
    ways(plan),
    permissions(plan),
    cost(plan, environment),
    outputs(plan),
  ].join('\n');

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
};

/** A difference as text; `before` and `after` name the two plans. */
export const reportDifference = ({added, removed, changed}: Difference, before: string, after: string): string =>
  added.length + removed.length + changed.length === 0
    ? `No difference between ${before} and ${after}.\n`
    : [
        `From ${before} to ${after}: ${added.length} added, ${removed.length} removed, ${changed.length} changed.\n`,
        ...(added.length > 0
          ? [
              section(
                'Added',
                added.map(one => `+ ${one}`),
              ),
            ]
          : []),
        ...(removed.length > 0
          ? [
              section(
                'Removed',
                removed.map(one => `- ${one}`),
              ),
            ]
          : []),
        ...changed.map(({resource, changes}) =>
          section(
            `~ ${resource}`,
            changes.map(({path, from, to}) => `${path}: ${shown(from)} → ${shown(to)}`),
          ),
        ),
      ].join('\n');
