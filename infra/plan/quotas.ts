/** AWS's default quotas that a plan can reach, and its maximum use: with every task, during a rolling deployment. */
import type {Environment} from '../src/environments.ts';
import {expectedSamples} from './billable-series.ts';
import type {Plan} from './plan.ts';

export type Quota = {
  /** The name in Service Quotas. */
  readonly name: string;
  /** The lowest default that AWS documents, such as that of a new account. */
  readonly defaultValue: number;
  readonly needed: number;
  readonly source: string;
};

const amp = 'https://docs.aws.amazon.com/prometheus/latest/userguide/AMP_quotas.html';
const fargate = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html';
const vpc = 'https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html';

/** Entries that CloudFront's prefix list counts for in a security group. */
const prefixListWeight = 55;

/** Number of families of Node, the collector, and each target's scrape. */
const otherFamilies = 100;

const cpu = ({size}: {readonly size: {readonly cpu: number}}): number => size.cpu / 1024;

export const quotas = (plan: Plan, environment: Environment): readonly Quota[] => {
  const {metricsService, collector, grafana, network, scrapeInterval} = environment;
  const tasks = 2 * metricsService.tasks.max; // a rolling deployment runs old and new ones
  const {series, recorded, byMetric} = expectedSamples(environment, {tasks, collectors: collector.shards});
  const makesVpc = plan.resources.some(({type}) => type === 'awsx:ec2:Vpc');
  const rules = plan.resources.filter(
    ({type, inputs}) =>
      type === 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule' && inputs['prefixListId'] !== undefined,
  );
  return [
    {
      name: 'Active series per workspace',
      defaultValue: 10_000_000,
      needed: series + 2 * recorded.series, // by five minutes and by hour
      source: amp,
    },
    {
      name: 'Ingestion rate per workspace, samples per second',
      defaultValue: 70_000,
      needed: Math.ceil(series / scrapeInterval),
      source: amp,
    },
    {
      name: 'Active metrics with metadata per workspace',
      defaultValue: 20_000,
      needed: byMetric.length + otherFamilies,
      source: amp,
    },
    {
      name: `Fargate ${environment.capacity === 'spot' ? 'Spot' : 'On-Demand'} vCPU resource count`,
      defaultValue: 6,
      // The collector and Grafana stop before they are replaced; npm run smoke -- aws runs one task of the service's size.
      needed: (tasks + 1) * cpu(metricsService) + collector.shards * cpu(collector) + cpu(grafana),
      source: fargate,
    },
    ...(makesVpc
      ? [
          {
            name: 'EC2-VPC Elastic IPs',
            defaultValue: 5,
            needed: network.natGateways === 'Single' ? 1 : network.availabilityZones,
            source: vpc,
          },
        ]
      : []),
    {
      name: 'Inbound or outbound rules per security group',
      defaultValue: 60,
      needed: prefixListWeight * rules.length,
      source: vpc,
    },
  ];
};
