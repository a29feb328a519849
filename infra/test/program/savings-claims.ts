/** Compares operating.md's table of savings with the plan's estimates. */
import {readFileSync} from 'node:fs';
import test from 'ava';
import {parse} from 'yaml';
import {monthlyCost} from '../../plan/cost.ts';
import type {Plan} from '../../plan/plan.ts';
import {type Environment, environments} from '../../src/environments.ts';
import {parseSettings} from '../../src/settings.ts';
import {dev, devJoined, lean, leanOnSpot, prod} from './plans.ts';

const dollars = (plan: Plan, environment: Environment): number => Math.round(monthlyCost(plan, environment).dollars);
const profile: Environment = environments.lean;
const {bucketBoundaries} = profile.metricsService;
const slower: Environment = {...environments.dev, scrapeInterval: profile.scrapeInterval};
const coarser: Environment = {
  ...slower,
  metricsService: {...slower.metricsService, ...(bucketBoundaries && {bucketBoundaries})},
};
const onArm: Environment = {...coarser, architecture: 'ARM64'};

/** The cost after each step, by the start of its row. */
const steps: readonly (readonly [string, number])[] = [
  ['`dev` with its own VPC', dollars(dev, environments.dev)],
  ['joined VPC, Service Connect', dollars(devJoined, environments.dev)],
  ['a scrape every 60 s', dollars(devJoined, slower)],
  ['8 bucket boundaries', dollars(devJoined, coarser)],
  ['ARM64', dollars(devJoined, onArm)],
  ['no Container Insights', dollars(devJoined, {...onArm, containerInsights: 'disabled'})],
  ['a quarter of a vCPU for Grafana: `lean`', dollars(lean, profile)],
  ['`capacity: spot`', dollars(leanOnSpot, {...profile, capacity: 'spot'})],
];

const document = readFileSync(new URL('../../operating.md', import.meta.url), 'utf8');
/** Cells by the first cell of their row. */
const rows = new Map(
  document
    .split('\n')
    .filter(line => line.startsWith('| '))
    .map(line => line.split('|').map(cell => cell.trim()))
    .map(([, first = '', ...rest]) => [first, rest]),
);

test("operating.md's table of savings has the plan's cost after each step", t => {
  t.deepEqual(
    steps.map(([step]) => [step, rows.get(step)?.[0]]),
    steps.map(([step, cost]) => [step, String(cost)]),
  );
});

test("operating.md's table of costs adds up to the plans'", t => {
  const parts: Readonly<Record<string, readonly string[]>> = {
    'workspace: samples written, recorded, stored, queried': ['workspace'],
    'network: NAT gateways, endpoint': ['network'],
    'metrics-service': ['metrics-service'],
    collector: ['collector'],
    Grafana: ['grafana'],
    'load balancers, private zone': ['edge', 'discovery'],
  };
  const plans = [monthlyCost(dev, environments.dev), monthlyCost(prod, environments.prod), monthlyCost(lean, profile)];
  const sum = (of: readonly string[]) =>
    plans.map(({lines}) =>
      String(Math.round(lines.filter(({part}) => of.includes(part)).reduce((total, line) => total + line.dollars, 0))),
    );
  for (const [row, members] of Object.entries(parts)) t.deepEqual(rows.get(row)?.slice(0, 3), sum(members), row);
  t.deepEqual(
    rows.get('**all**')?.slice(0, 3),
    plans.map(({dollars: all}) => `**${Math.round(all)}**`),
  );
});

const guide = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test("the README names the profiles' costs", t => {
  const cost = (plan: Plan, environment: Environment): string => `$${dollars(plan, environment)}`;
  const [forDev, forProd] = [cost(dev, environments.dev), cost(prod, environments.prod)];
  const named = `\`dev\` costs about ${forDev} per month, \`prod\` ${forProd}, \`lean\` ${cost(lean, profile)};`;
  t.true(guide.includes(named), named);
});

test("operating.md names what AMP's free tier is worth", t => {
  const worth = (plan: Plan, environment: Environment): string =>
    `$${Math.round(monthlyCost(plan, environment).freeTierWorth)}`;
  const named = `is worth ${worth(lean, profile)} to \`lean\`, ${worth(prod, environments.prod)} to \`prod\``;
  t.true(document.includes(named), named);
});

test("the README's example of a stack that joins a VPC is accepted", t => {
  const [, text = ''] = /```yaml\n([\s\S]*?)```/.exec(guide) ?? [];
  const {config}: {config: Readonly<Record<string, unknown>>} = parse(text);
  const settings = parseSettings(
    Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
    ),
    'mcp-observability',
    'dev',
  );
  t.is(settings.vpc?.privateSubnetIds.length, 2);
  t.is(settings.profile, 'dev');
});
