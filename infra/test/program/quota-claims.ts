/** Compares AWS's default quotas with the needs of the profiles. */

import {catalogue} from '@mcp-observability/metrics-service/catalogue';
import test from 'ava';
import {expectedSamples} from '../../plan/billable-series.ts';
import {quotas} from '../../plan/quotas.ts';
import {report} from '../../plan/report.ts';
import {environments} from '../../src/environments.ts';
import {dev, devJoined, lean, leanOnSpot, prod} from './plans.ts';

const profiled = {
  dev: {plan: dev, environment: environments.dev},
  prod: {plan: prod, environment: environments.prod},
  lean: {plan: lean, environment: environments.lean},
} as const;

const named = (rows: ReturnType<typeof quotas>, start: string) => rows.find(({name}) => name.startsWith(start));

for (const [name, {plan, environment}] of Object.entries(profiled))
  test(`${name}: a new workspace stores all its series, samples and families`, t => {
    const rows = quotas(plan, environment);
    const series = named(rows, 'Active series');
    const {seriesPerTask} = expectedSamples(environment, {tasks: 1, collectors: 0});
    t.true((series?.needed ?? 0) > 2 * environment.metricsService.tasks.max * seriesPerTask);
    for (const start of ['Active series', 'Ingestion rate', 'Active metrics with metadata']) {
      const row = named(rows, start);
      t.true((row?.needed ?? 0) > 0 && (row?.needed ?? 0) < (row?.defaultValue ?? 0), start);
    }
    t.true((named(rows, 'Active metrics')?.needed ?? 0) > Object.keys(catalogue).length);
    // AMP would otherwise drop samples before our own limit, which has an alarm and a runbook.
    t.true(environment.workspace.maxSeries < (series?.defaultValue ?? 0));
  });

test('the plan names the quota that a new account may have to raise: vCPUs, in prod', t => {
  const raised = ({plan, environment}: (typeof profiled)[keyof typeof profiled]) =>
    quotas(plan, environment)
      .filter(({needed, defaultValue}) => needed > defaultValue)
      .map(({name, needed}) => `${name}: ${needed}`);
  t.deepEqual(Object.values(profiled).map(raised), [[], ['Fargate On-Demand vCPU resource count: 10'], []]);
  t.regex(report(prod, environments.prod), /vCPU resource count +10 +6 +may have to be raised in a new account/);
  t.notRegex(report(dev, environments.dev), /may have to be raised/);
});

test('addresses are needed by a created VPC only, and Spot has its own quota', t => {
  t.is(named(quotas(prod, environments.prod), 'EC2-VPC Elastic IPs')?.needed, 3);
  t.is(named(quotas(devJoined, environments.dev), 'EC2-VPC Elastic IPs'), undefined);
  t.truthy(named(quotas(leanOnSpot, {...environments.lean, capacity: 'spot'}), 'Fargate Spot vCPU'));
});
