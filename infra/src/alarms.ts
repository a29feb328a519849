/** CloudWatch alarms on the pipeline itself, which also work when no metric reaches the workspace. */
import * as cloudwatch from '@pulumi/aws/cloudwatch/index.js';
import type {Provider} from '@pulumi/aws/provider.js';
import * as pulumi from '@pulumi/pulumi';
import {AlertTopic} from './alert-topic.ts';
import type {Cluster} from './cluster.ts';
import {cloudfrontRegion} from './edge.ts';
import {publishAlarms} from './permissions.ts';
import type {ServiceWithAlarms} from './service-with-alarms.ts';
import type {Workspace} from './workspace.ts';

export type AlarmsArgs = {
  readonly prefix: string;
  readonly cluster: Cluster;
  readonly services: readonly ServiceWithAlarms[];
  readonly workspace: Workspace;
  readonly distributionId: pulumi.Input<string>;
  /** CloudFront's metrics, their alarm and its topic are all in us-east-1. */
  readonly cloudfrontProvider: Provider;
  readonly emails: readonly string[];
};

type Alarm = {
  readonly description: string;
  readonly threshold: number;
  /** Consecutive minutes over the threshold, so that a deployment or one late metric raises no alarm. */
  readonly minutes: number;
  readonly missing?: 'breaching' | 'notBreaching';
} & (
  | {
      readonly metric: string;
      readonly namespace: string;
      readonly statistic: 'Average' | 'Maximum' | 'Sum';
      readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
    }
  | {readonly queries: NonNullable<cloudwatch.MetricAlarmArgs['metricQueries']>}
);

/** Percent. Autoscaling adds tasks of metrics-service at half of it; the collector and Grafana don't scale. */
const busy = 85;
const minute = 60;

/** Alarms on the services, the workspace and the CloudFront distribution, and the topic of the latter. */
export class Alarms extends pulumi.ComponentResource {
  readonly #args: AlarmsArgs;
  readonly #topicArn: pulumi.Output<string>;

  constructor(name: string, args: AlarmsArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:Alarms', name, {}, opts);
    this.#args = args;
    this.#topicArn = args.workspace.topic.arn;
    for (const service of args.services) this.#service(service);
    this.#workspace(args.workspace);
    this.#distribution();
    this.registerOutputs();
  }

  #alarm(name: string, alarm: Alarm, cloudfront?: {topicArn: pulumi.Input<string>; provider: Provider}): void {
    const topicArn = cloudfront?.topicArn ?? this.#topicArn;
    new cloudwatch.MetricAlarm(
      name,
      {
        name: `${this.#args.prefix}-${name}`, // the topic's policy allows alarms with this prefix
        alarmDescription: alarm.description,
        comparisonOperator: 'GreaterThanThreshold',
        threshold: alarm.threshold,
        evaluationPeriods: alarm.minutes,
        treatMissingData: alarm.missing ?? 'notBreaching',
        alarmActions: [topicArn],
        okActions: [topicArn],
        ...('queries' in alarm
          ? {metricQueries: alarm.queries}
          : {
              namespace: alarm.namespace,
              metricName: alarm.metric,
              statistic: alarm.statistic,
              period: minute,
              dimensions: alarm.dimensions,
            }),
      },
      // Alarms have fixed names, and CloudWatch treats a second one with the same name as an update of the first.
      {parent: this, deleteBeforeReplace: true, ...(cloudfront && {provider: cloudfront.provider})},
    );
  }

  #service({name, serviceName, targets}: ServiceWithAlarms): void {
    const dimensions = {ClusterName: this.#args.cluster.name, ServiceName: serviceName};
    const tasks = (id: string, metricName: string) => ({
      id,
      returnData: false,
      metric: {namespace: 'ECS/ContainerInsights', metricName, dimensions, period: minute, stat: 'Average'},
    });
    const {countsTasks} = this.#args.cluster;
    if (countsTasks)
      this.#alarm(`${name}-tasks`, {
        description: `Fewer tasks of ${name} are running than desired. Check the service's events and why tasks stopped.`,
        queries: [
          {id: 'missing', expression: 'desired - running', label: 'Missing tasks', returnData: true},
          tasks('desired', 'DesiredTaskCount'),
          tasks('running', 'RunningTaskCount'),
        ],
        threshold: 0,
        minutes: 5,
        missing: 'breaching',
      });
    for (const [resource, metric] of [
      ['cpu', 'CPUUtilization'],
      ['memory', 'MemoryUtilization'],
    ] as const)
      this.#alarm(`${name}-${resource}`, {
        description: `${name} uses more than ${busy}% of its ${resource}. Raise its size in environments.ts.${countsTasks ? '' : " Where it reports nothing, no task is running: check the service's events."}`,
        namespace: 'AWS/ECS',
        metric,
        statistic: 'Average',
        dimensions,
        threshold: busy,
        minutes: 10,
        // Every task reports these. Where tasks aren't counted, a service without a task shows by their absence.
        missing: countsTasks ? 'notBreaching' : 'breaching',
      });
    if (targets)
      this.#alarm(`${name}-unhealthy`, {
        description: `The load balancer's health checks fail for tasks of ${name}.`,
        namespace: targets.namespace,
        metric: 'UnHealthyHostCount',
        statistic: 'Maximum',
        dimensions: {...targets.dimensions},
        threshold: 0,
        minutes: 5,
      });
  }

  #workspace(workspace: Workspace): void {
    // A query sums over the metric's further dimensions, reason and rule group, whatever their values.
    const sum = (metric: string) => [
      {
        id: 'sum',
        expression: pulumi.interpolate`SELECT SUM(${metric}) FROM "AWS/Prometheus" WHERE Workspace = '${workspace.id}'`,
        label: metric,
        period: minute,
        returnData: true,
      },
    ];
    this.#alarm('discarded-samples', {
      description: 'The workspace rejects samples. The dimension Reason of the metric DiscardedSamples has the cause.',
      queries: sum('DiscardedSamples'),
      threshold: 0,
      minutes: 5,
    });
    this.#alarm('rule-failures', {
      description: 'Rules fail to evaluate, so their alerts cannot fire. The log group of the workspace names them.',
      queries: sum('RuleEvaluationFailures'),
      threshold: 0,
      minutes: 5,
    });
    this.#alarm('notification-failures', {
      description: 'Alertmanager fails to send notifications. The log group of the workspace has the cause.',
      namespace: 'AWS/Prometheus',
      metric: 'AlertManagerNotificationsFailed',
      statistic: 'Sum',
      dimensions: {Workspace: workspace.id},
      threshold: 0,
      minutes: 1,
    });
  }

  #distribution(): void {
    const {cloudfrontProvider: provider, emails, cluster, prefix, distributionId} = this.#args;
    const topic = new AlertTopic(
      'cloudfront-alerts',
      {
        emails,
        publishers: topicArn => [
          pulumi
            .all([topicArn, cluster.accountId])
            .apply(([topic, accountId]) =>
              publishAlarms({topicArn: topic, accountId, region: cloudfrontRegion, alarmPrefix: prefix}),
            ),
        ],
      },
      {parent: this, provider},
    );
    this.#alarm(
      'grafana-5xx',
      {
        description:
          'More than 5% of the responses through CloudFront are server errors: Grafana or its load balancer fails.',
        namespace: 'AWS/CloudFront',
        metric: '5xxErrorRate',
        statistic: 'Average',
        dimensions: {DistributionId: distributionId, Region: 'Global'},
        threshold: 5,
        minutes: 5,
      },
      {topicArn: topic.arn, provider},
    );
  }
}
