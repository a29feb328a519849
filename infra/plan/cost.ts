/** What a plan costs per month, by part. */
import type {Environment} from '../src/environments.ts';
import {expectedSamples, type Samples} from './billable-series.ts';
import {parts} from './components.ts';
import type {Resource} from './engine.ts';
import type {Json} from './engine-protocol.ts';
import type {Plan} from './plan.ts';
import {assumptions, hours, prices} from './prices.ts';

export type CostLine = {
  readonly part: string;
  readonly item: string;
  readonly quantity: number;
  /** US dollars per month. */
  readonly dollars: number;
};

export type Cost = {
  readonly lines: readonly CostLine[];
  readonly dollars: number;
  readonly samples: Samples;
};

const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
const gibibytes = (bytes: number): number => bytes / 2 ** 30;

const ingestion = (samples: number): number => {
  let below = 0;
  let dollars = 0;
  for (const {upTo, each} of prices.samples) {
    dollars += Math.max(0, Math.min(samples, upTo) - below) * each;
    below = upTo;
  }
  return dollars;
};

type Item = Omit<CostLine, 'part'>;

const architectureName = {X86_64: 'x86', ARM64: 'ARM'} as const;

/** Metrics of Service Connect's proxy, beside those of a task with one container. */
const proxyShare = assumptions.enhancedMetrics.container / assumptions.enhancedMetrics.task;

/** What Container Insights reports of that many clusters, services or tasks. */
const insights = (
  {containerInsights}: Environment,
  level: 'cluster' | 'service' | 'task',
  count: number,
): readonly Item[] => {
  const [each, price] =
    containerInsights === 'enhanced'
      ? [assumptions.enhancedMetrics[level], prices.enhancedMetric]
      : [containerInsights === 'enabled' ? assumptions.standardMetrics[level] : 0, prices.customMetric];
  return each > 0 ? [{item: 'Container Insights metrics', quantity: each * count, dollars: each * count * price}] : [];
};

const items = (resource: Resource, plan: Plan, environment: Environment): readonly Item[] => {
  const {inputs, type} = resource;
  const item = (name: string, quantity: number, price: number): readonly Item[] => [
    {item: name, quantity, dollars: quantity * price},
  ];
  switch (type) {
    case 'awsx:ec2:Vpc': {
      const {availabilityZones, natGateways} = environment.network;
      return item('NAT gateway', natGateways === 'Single' ? 1 : availabilityZones, prices.natGateway);
    }
    case 'aws:ec2/vpcEndpoint:VpcEndpoint':
      return item('interface endpoint, zones', list(inputs['subnetIds']).length, prices.interfaceEndpoint);
    case 'aws:lb/loadBalancer:LoadBalancer':
      return item(`${inputs['loadBalancerType']} load balancer`, 1, prices.loadBalancer);
    case 'aws:ecs/cluster:Cluster':
      return insights(environment, 'cluster', 1);
    case 'aws:ecs/service:Service': {
      const definition = plan.resources.find(
        one => one.parent === resource.parent && one.type === 'aws:ecs/taskDefinition:TaskDefinition',
      );
      const tasks = Number(inputs['desiredCount']);
      const each = prices.fargate[environment.architecture];
      const [cpu, gibs] = [Number(definition?.inputs['cpu']) / 1024, Number(definition?.inputs['memory']) / 1024];
      return [
        ...item(
          `task of ${cpu} vCPU and ${gibs} GiB, ${architectureName[environment.architecture]}${environment.capacity === 'spot' ? ', spot' : ''}`,
          tasks,
          (cpu * each.cpu + gibs * each.gib) * (environment.capacity === 'spot' ? assumptions.spotShare : 1),
        ),
        ...item('logs, GiB', tasks * assumptions.logGiB, prices.logGiB),
        ...insights(environment, 'service', 1),
        ...insights(environment, 'task', tasks * (1 + (inputs['serviceConnectConfiguration'] ? proxyShare : 0))),
      ];
    }
    case 'aws:secretsmanager/secret:Secret':
      return item('secret', 1, prices.secret);
    case 'aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace':
      return item('private DNS zone', 1, prices.privateZone);
    case 'awsx:ecr:Repository':
      return item('images, GiB', assumptions.repositoryGiB, prices.imageGiB);
    case 'aws:cloudwatch/metricAlarm:MetricAlarm':
      return item(
        'alarm metric',
        Math.max(1, list(inputs['metricQueries']).filter(one => JSON.stringify(one).includes('"metric"')).length),
        prices.alarmMetric,
      );
    default:
      return [];
  }
};

/** Of the boards that are open, over a month: a look reads some samples of each series, in proportion to the scrapes. */
const boardSamples = ({series}: Samples, {scrapeInterval}: Environment): number => {
  const {samplesPerSeries, hoursOpen, refreshSeconds} = assumptions.boards;
  return series * samplesPerSeries * (15 / scrapeInterval) * ((hoursOpen * 3600) / refreshSeconds);
};

const workspaceItems = (samples: Samples, plan: Plan, environment: Environment): readonly Item[] => {
  const {samplesPerMonth, recorded} = samples;
  const written = samplesPerMonth + recorded.samplesPerMonth;
  const sent = gibibytes(samplesPerMonth * assumptions.sentBytes);
  const stored = gibibytes(((written * environment.workspace.retentionDays * 24) / hours) * assumptions.storedBytes);
  const queried = samplesPerMonth * assumptions.queriedPerWritten;
  const looked = boardSamples(samples, environment);
  return [
    {item: 'samples written, millions', quantity: samplesPerMonth / 1e6, dollars: ingestion(samplesPerMonth)},
    {
      item: 'samples recorded for boards, millions',
      quantity: recorded.samplesPerMonth / 1e6,
      dollars: ingestion(written) - ingestion(samplesPerMonth),
    },
    {
      item: 'samples read for those, millions',
      quantity: recorded.samplesReadPerMonth / 1e6,
      dollars: recorded.samplesReadPerMonth * prices.queriedSample,
    },
    {item: 'samples queried by rules, millions', quantity: queried / 1e6, dollars: queried * prices.queriedSample},
    {item: 'samples queried by open boards, millions', quantity: looked / 1e6, dollars: looked * prices.queriedSample},
    {item: 'samples stored, GiB', quantity: stored, dollars: stored * prices.storedGiB},
    plan.resources.some(({type}) => type === 'aws:ec2/vpcEndpoint:VpcEndpoint')
      ? {item: 'through the endpoint, GiB', quantity: sent, dollars: sent * prices.endpointGiB}
      : {item: 'through NAT, GiB', quantity: sent, dollars: sent * prices.natGiB},
  ];
};

/** Merges equal items of a part into one line. */
const gathered = (lines: readonly CostLine[]): readonly CostLine[] => {
  const byItem = new Map<string, CostLine>();
  for (const line of lines) {
    const key = `${line.part} ${line.item}`;
    const {quantity, dollars} = byItem.get(key) ?? {quantity: 0, dollars: 0};
    byItem.set(key, {...line, quantity: quantity + line.quantity, dollars: dollars + line.dollars});
  }
  return [...byItem.values()];
};

export const monthlyCost = (plan: Plan, environment: Environment): Cost => {
  const samples = expectedSamples(environment, {
    tasks: environment.metricsService.tasks.min,
    collectors: environment.collector.shards,
  });
  const lines = gathered([
    ...parts(plan).flatMap(({name, resources}) =>
      resources.flatMap(resource => items(resource, plan, environment).map(item => ({part: name, ...item}))),
    ),
    ...workspaceItems(samples, plan, environment).map(item => ({part: 'workspace', ...item})),
  ]).toSorted((a, b) => (a.part < b.part ? -1 : a.part > b.part ? 1 : b.dollars - a.dollars));
  return {lines, dollars: lines.reduce((sum, {dollars}) => sum + dollars, 0), samples};
};
