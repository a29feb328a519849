/** The estimate of cost: where its numbers come from, and what is in it. */
import {artefacts} from '@mcp-observability/dashboards';
import test from 'ava';
import {assumptions} from '../../plan/assumptions.ts';
import {monthlyCost} from '../../plan/cost.ts';
import {insightsMetrics, serviceMetrics} from '../../plan/insights-metrics.ts';
import {freeTier, offerFile, type Price, prices} from '../../plan/prices.ts';
import {report} from '../../plan/report.ts';
import {type Environment, environments} from '../../src/environments.ts';
import {dev, lean, leanOnSpot, prod} from './plans.ts';

const estimated = {
  dev: {plan: dev, environment: environments.dev},
  prod: {plan: prod, environment: environments.prod},
  lean: {plan: lean, environment: environments.lean},
} satisfies Record<string, {plan: typeof dev; environment: Environment}>;

test('every price has its own month, a page of AWS, and a file of the public price list', t => {
  for (const [name, price] of Object.entries<Price>(prices)) {
    t.regex(price.checked, /^20\d\d-(0[1-9]|1[0-2])$/, name);
    t.regex(price.source, /^https:\/\/aws\.amazon\.com\/[a-z0-9-]+\/pricing\/$/, name);
    t.regex(
      offerFile(price),
      /^https:\/\/pricing\.us-east-1\.amazonaws\.com\/offers\/v1\.0\/aws\/(AmazonECS|AmazonEC2|AmazonVPC|AmazonCloudWatch|AmazonPrometheus|AWSELB|AWSSecretsManager|AmazonRoute53|AmazonECR)\/current\/us-east-1\/index\.json$/,
      name,
    );
    t.true(price.dollars > 0, name);
  }
});

for (const [name, {plan, environment}] of Object.entries(estimated))
  test(`${name}: the plan prints each price that it uses with its date and source, and every line has one`, t => {
    const {lines} = monthlyCost(plan, environment);
    const printed = report(plan, environment).split('\n');
    for (const line of lines) {
      t.true(line.prices.length > 0, line.item);
      for (const {per, checked, source} of line.prices.map(price => prices[price]))
        t.true(
          printed.some(one => one.includes(per) && one.includes(checked) && one.endsWith(source)),
          per,
        );
    }
  });

test('access logs are part of every estimate, flow logs of one with flow logs', t => {
  const items = ({plan, environment}: (typeof estimated)[keyof typeof estimated]) =>
    monthlyCost(plan, environment).lines.map(({item}) => item);
  for (const one of Object.values(estimated)) t.true(items(one).includes('access logs, GiB'));
  t.true(items(estimated.prod).includes('flow logs, GiB'));
  t.false(items(estimated.dev).includes('flow logs, GiB'));
  t.false(items(estimated.lean).includes('flow logs, GiB'));
});

test('a view of AWS Infrastructure queries at most the metrics that are assumed', t => {
  const board = artefacts().get('dashboards/mcp-aws-infrastructure.json') ?? '';
  const asked = board.match(/"metricName": "[^"]/g)?.length ?? 0;
  t.true(asked > 10);
  t.true(asked <= assumptions.cloudWatchBoard.metricsPerView, `${asked}`);
  const {lines} = monthlyCost(dev, environments.dev);
  t.true(lines.some(({item, dollars}) => item.startsWith('CloudWatch metrics queried') && dollars > 0));
});

test('Container Insights is counted by name and dimensions', t => {
  const {enabled, enhanced} = insightsMetrics;
  for (const names of [...Object.values(enabled), ...Object.values(enhanced)]) t.is(new Set(names).size, names.length);
  // AWS's page counts 8 metrics per cluster, 11 per service and 6 per task definition: those of before 2020.
  const since = /Reserved$|^EphemeralStorage/;
  const early = (names: readonly string[]) => names.filter(name => !since.test(name)).length;
  t.deepEqual([early(enabled.cluster), early(enabled.service), early(enabled.family)], [8, 11, 6]);
  t.is(serviceMetrics(enabled, {tasks: 5, containers: 1}), enabled.service.length + enabled.family.length);
  const byTask = (tasks: number) => serviceMetrics(enhanced, {tasks, containers: 1});
  t.is(byTask(3) - byTask(2), 2 * enhanced.task.length + enhanced.container.length);
  const quantity = (plan: typeof dev, environment: Environment, part: string) =>
    monthlyCost(plan, environment).lines.find(line => line.part === part && line.item === 'Container Insights metrics')
      ?.quantity;
  t.is(quantity(dev, environments.dev, 'cluster'), enabled.cluster.length);
  t.is(quantity(prod, environments.prod, 'metrics-service'), byTask(2));
  t.is(quantity(lean, environments.lean, 'cluster'), undefined);
});

test("AMP's free tier is not subtracted, and the plan shows what it would save", t => {
  const {lines, freeTierWorth} = monthlyCost(lean, environments.lean);
  const written = lines.find(({item}) => item === 'samples written, millions');
  t.is(written?.dollars, (written?.quantity ?? 0) * 1e6 * prices.firstSample.dollars);
  const least = freeTier.samplesWritten * prices.firstSample.dollars;
  t.true(freeTierWorth >= least && freeTierWorth < least + 5, `${freeTierWorth}`);
  t.regex(report(lean, environments.lean), /Free tiers are not subtracted\.[^$]*\n[^$]*would save \$\d+\.\d\d\./);
});

test('the price of Fargate Spot is labelled as an assumption, on spot only', t => {
  const onSpot = report(leanOnSpot, {...environments.lean, capacity: 'spot'});
  t.regex(onSpot, /task of 0\.25 vCPU and 0\.5 GiB, ARM, spot \(assumed price\)/);
  t.regex(onSpot, /Assumptions[\s\S]*Fargate Spot at 40% of the on-demand price/);
  t.notRegex(report(lean, environments.lean), /[Ss]pot/);
});
