/** The cost of one resource of a plan per month. */
import type {Environment} from '../src/environments.ts';
import {assumptions} from './assumptions.ts';
import type {CostItem} from './cost-item.ts';
import type {Resource} from './engine.ts';
import type {Json} from './engine-protocol.ts';
import {insightsMetrics, serviceMetrics} from './insights-metrics.ts';
import type {Plan} from './plan.ts';
import {hours, type PriceName, prices} from './prices.ts';

const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

/** The cost of a quantity at one price. */
const monthly = (item: string, quantity: number, price: PriceName): readonly CostItem[] => [
  {item, quantity, dollars: quantity * prices[price].dollars, prices: [price]},
];

/** The cost of a quantity that exists for the whole month, at prices per hour that add up. */
const hourly = (item: string, quantity: number, ...each: readonly PriceName[]): readonly CostItem[] => [
  {
    item,
    quantity,
    dollars: quantity * hours * each.reduce((sum, price) => sum + prices[price].dollars, 0),
    prices: each,
  },
];

const fargate = {
  X86_64: {name: 'x86', cpu: 'x86Cpu', gib: 'x86GiB'},
  ARM64: {name: 'ARM', cpu: 'armCpu', gib: 'armGiB'},
} as const satisfies Record<Environment['architecture'], {name: string; cpu: PriceName; gib: PriceName}>;

const insights = ({containerInsights}: Environment, count: number): readonly CostItem[] =>
  count === 0
    ? []
    : monthly(
        'Container Insights metrics',
        count,
        containerInsights === 'enhanced' ? 'enhancedMetric' : 'customMetric',
      );

const metricsOf = ({containerInsights}: Environment) =>
  containerInsights === 'disabled' ? undefined : insightsMetrics[containerInsights];

const serviceItems = ({inputs, parent}: Resource, plan: Plan, environment: Environment): readonly CostItem[] => {
  const definition = plan.resources.find(
    one => one.parent === parent && one.type === 'aws:ecs/taskDefinition:TaskDefinition',
  );
  const tasks = Number(inputs['desiredCount']);
  const [cpu, gibs] = [Number(definition?.inputs['cpu']) / 1024, Number(definition?.inputs['memory']) / 1024];
  const each = fargate[environment.architecture];
  const isSpot = environment.capacity === 'spot';
  const metrics = metricsOf(environment);
  const containers = inputs['serviceConnectConfiguration'] ? 2 : 1;
  return [
    {
      item: `task of ${cpu} vCPU and ${gibs} GiB, ${each.name}${isSpot ? ', spot (assumed price)' : ''}`,
      quantity: tasks,
      dollars:
        tasks *
        hours *
        (cpu * prices[each.cpu].dollars + gibs * prices[each.gib].dollars) *
        (isSpot ? assumptions.spotShare : 1),
      prices: [each.cpu, each.gib],
    },
    ...monthly('logs, GiB', tasks * assumptions.logGiB, 'logGiB'),
    ...insights(environment, metrics === undefined ? 0 : serviceMetrics(metrics, {tasks, containers})),
  ];
};

/** Requests of boards that are open, over a month: CloudFront logs each. */
const accessLogGiB = (): number => {
  const {hoursOpen, refreshSeconds, requestsPerView} = assumptions.boards;
  return (((hoursOpen * 3600) / refreshSeconds) * requestsPerView * assumptions.accessLogBytes) / 2 ** 30;
};

const queriedMetrics = (): number => {
  const {metricsPerView, hoursOpen, refreshSeconds} = assumptions.cloudWatchBoard;
  return metricsPerView * ((hoursOpen * 3600) / refreshSeconds);
};

export const resourceItems = (resource: Resource, plan: Plan, environment: Environment): readonly CostItem[] => {
  const {inputs, type} = resource;
  switch (type) {
    case 'awsx:ec2:Vpc': {
      const {availabilityZones, natGateways} = environment.network;
      return hourly(
        'NAT gateway with its address',
        natGateways === 'Single' ? 1 : availabilityZones,
        'natGateway',
        'publicAddress',
      );
    }
    case 'aws:ec2/flowLog:FlowLog':
      return monthly('flow logs, GiB', assumptions.flowLogGiB, 'logGiB');
    case 'aws:ec2/vpcEndpoint:VpcEndpoint':
      return hourly('interface endpoint, zones', list(inputs['subnetIds']).length, 'endpoint');
    case 'aws:lb/loadBalancer:LoadBalancer':
      return hourly(`${inputs['loadBalancerType']} load balancer`, 1, 'loadBalancer');
    case 'aws:ecs/cluster:Cluster':
      return insights(environment, metricsOf(environment)?.cluster.length ?? 0);
    case 'aws:ecs/service:Service':
      return serviceItems(resource, plan, environment);
    case 'aws:secretsmanager/secret:Secret':
      return monthly('secret', 1, 'secret');
    case 'aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace':
      return monthly('private DNS zone', 1, 'privateZone');
    case 'awsx:ecr:Repository':
      return monthly('images, GiB', assumptions.repositoryGiB, 'imageGiB');
    case 'aws:cloudwatch/logDelivery:LogDelivery':
      return monthly('access logs, GiB', accessLogGiB(), 'logGiB');
    case 'aws:cloudfront/distribution:Distribution':
      return monthly('CloudWatch metrics queried by open boards', queriedMetrics(), 'queriedMetric');
    case 'aws:cloudwatch/metricAlarm:MetricAlarm':
      return monthly(
        'alarm metric',
        Math.max(1, list(inputs['metricQueries']).filter(one => JSON.stringify(one).includes('"metric"')).length),
        'alarmMetric',
      );
    default:
      return [];
  }
};
