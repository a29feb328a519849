/** A plan as text: what would exist, what is public, the permissions, and the cost per month. */
import type {Environment} from '../src/environments.ts';
import {connections, grants, publicAccess} from './access.ts';
import {assumptions} from './assumptions.ts';
import {components, shortType} from './components.ts';
import {type CostLine, monthlyCost} from './cost.ts';
import type {Plan} from './plan.ts';
import {freeTier, priceRegion, prices} from './prices.ts';
import {quotas} from './quotas.ts';
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
  const lines = components(plan).flatMap(({name, resources: members}) => {
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
  section('Reachable from the Internet', publicAccess(plan).length > 0 ? publicAccess(plan) : ['nothing']);

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
  return section('Permissions', [
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

/** The prices that a plan's cost is computed from, each with its date and its source. */
const priceList = (lines: readonly CostLine[]): readonly string[] => {
  const used = [...new Set(lines.flatMap(line => line.prices))].map(name => prices[name]);
  return table([
    ['$', 'per', 'checked', 'source'],
    ...used.map(({dollars, per, checked, source}) => [exact(dollars), per, checked, source]),
  ]);
};

/** Formats a small number without floating-point error: `0.00000009`. */
const exact = (dollars: number): string => dollars.toFixed(15).replace(/0+$/, '');

const assumed = ({capacity, containerInsights, workspace}: Environment): readonly string[] => {
  const {boards, cloudWatchBoard: own} = assumptions;
  return [
    'the minimum number of tasks; no load balancer capacity units; no taxes and no data transfer out',
    `${assumptions.logGiB} GiB of logs per task, ${assumptions.flowLogGiB} GiB of flow logs, ${assumptions.accessLogBytes} bytes per request in the access log`,
    `${assumptions.sentBytes} bytes per sample sent and ${assumptions.storedBytes} stored, kept for ${workspace.retentionDays} days; rules query ${assumptions.queriedPerWritten} samples per sample written`,
    `MCP Analytics open for ${boards.hoursOpen} hours per month, AWS Infrastructure for ${own.hoursOpen}, refreshed every ${boards.refreshSeconds} s`,
    `${assumptions.repositoryGiB} GiB of images per repository`,
    ...(containerInsights === 'disabled'
      ? []
      : [
          "Container Insights reports every metric of AWS's tables, and each set of dimensions is billed: insights-metrics.ts",
        ]),
    ...(capacity === 'spot'
      ? [
          `Fargate Spot at ${100 * assumptions.spotShare}% of the on-demand price: AWS publishes no fixed price, only "up to 70% off"`,
        ]
      : []),
  ];
};

const cost = (plan: Plan, environment: Environment): string => {
  const {lines, dollars, freeTierWorth, samples} = monthlyCost(plan, environment);
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
    `Samples: ${number(samples.seriesPerTask)} series per task (catalogue; ${load.reporters} reporters, ${load.servers} servers of ${load.toolsPerServer} tools, ${load.clients} clients, ${load.mcpMethods} methods),`,
    `  ${environment.metricsService.tasks.min} task(s), every ${environment.scrapeInterval} s: ${number(samples.series)} series, ${number(samples.samplesPerMonth / 1e6)} million samples per month. Largest families:`,
    ...samples.byMetric.slice(0, 3).map(({name, series}) => `  ${name} ${number(series)} series per task`),
    '',
    'Assumptions, where the program does not determine a value:',
    ...assumed(environment).map(line => `  ${line}`),
    `Free tiers are not subtracted. AMP's (${number(freeTier.samplesWritten / 1e6)} million samples written, ${freeTier.storedGiB} GiB stored, ${number(freeTier.samplesQueried / 1e9)} billion samples queried`,
    `  per account and month) would save $${number(freeTierWorth, 2)}.`,
    '',
    `Prices: AWS on-demand, ${priceRegion}, in US dollars`,
    ...priceList(lines).map(line => `  ${line}`),
  ]);
};

const quotaTable = (plan: Plan, environment: Environment): string =>
  section(
    'Quotas: what is needed at most, with every task, during a rolling deployment',
    table(
      [
        ['', 'needed', 'default', ''],
        ...quotas(plan, environment).map(({name, needed, defaultValue}) => [
          name,
          quantity(needed),
          number(defaultValue),
          needed > defaultValue ? 'may have to be raised in a new account' : '',
        ]),
      ],
      [1, 2],
    ),
  );

const outputs = (plan: Plan): string => section('Outputs', JSON.stringify(plan.outputs, null, 2).split('\n'));

export const report = (plan: Plan, environment: Environment): string =>
  [
    `Stack ${plan.stack}: what \`pulumi up\` would register. Ids, ARNs and addresses are examples in their real format.\n`,
    resources(plan),
    open(plan),
    ways(plan),
    permissions(plan),
    cost(plan, environment),
    quotaTable(plan, environment),
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
