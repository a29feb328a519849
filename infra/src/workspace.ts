/** The Prometheus workspace: its retention, limits and rules, and where its alerts go. */

import {alertmanager, ruleFiles} from '@mcp-observability/dashboards';
import * as amp from '@pulumi/aws/amp/index.js';
import * as cloudwatch from '@pulumi/aws/cloudwatch/index.js';
import * as pulumi from '@pulumi/pulumi';
import {AlertTopic} from './alert-topic.ts';
import {outputOf, ValueError} from './defined.ts';
import type {Environment} from './environments.ts';
import {publishAlarms, publishAlerts} from './permissions.ts';

export type WorkspaceArgs = {
  /** The stack, part of the name of the workspace. */
  readonly stack: string;
  /** Prefix of the names of the alarms that may publish to the topic. */
  readonly prefix: string;
  readonly region: string;
  readonly accountId: pulumi.Input<string>;
  readonly environment: Pick<Environment, 'workspace' | 'protected' | 'logRetentionDays' | 'scrapeInterval'>;
  readonly alarmEmails: readonly string[];
  /** A workspace that another stack left behind. @default one is created */
  readonly adoptedId?: string | undefined;
};

/** The workspace with its limits, rules, Alertmanager and topic. */
export class Workspace extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  /** Ends in a slash; Grafana's datasource accepts it unchanged. */
  readonly endpoint: pulumi.Output<string>;
  readonly remoteWriteUrl: pulumi.Output<string>;
  /** The topic of alerts and of the alarms of the region. */
  readonly topic: AlertTopic;

  constructor(name: string, args: WorkspaceArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:Workspace', name, {}, opts);
    const child = {parent: this};
    const {environment} = args;
    // Two options, as lifting the one for `pulumi destroy` must not cost what is stored.
    const kept = {...child, retainOnDelete: environment.workspace.retainOnDelete};
    // A workspace has one definition, one configuration, and one namespace of a name: a second can't be created beside it.
    const single = {...child, deleteBeforeReplace: true};
    // CloudWatch Logs accepts deliveries from AWS services in groups whose names start with /aws/vendedlogs/.
    const logs = new cloudwatch.LogGroup(
      `${name}-logs`,
      {name: `/aws/vendedlogs/${args.prefix}/${name}`, retentionInDays: environment.logRetentionDays},
      {...child, deleteBeforeReplace: true}, // its name is fixed
    );
    const logGroupArn = pulumi.interpolate`${outputOf(logs, 'arn')}:*`;

    const workspace = new amp.Workspace(
      name,
      {alias: `${args.stack}-prometheus`, loggingConfiguration: {logGroupArn}},
      {...kept, protect: environment.protected, ...(args.adoptedId !== undefined && {import: args.adoptedId})},
    );
    this.id = workspace.id;
    this.arn = outputOf(workspace, 'arn');
    this.endpoint = outputOf(workspace, 'prometheusEndpoint');
    this.remoteWriteUrl = pulumi.interpolate`${this.endpoint}api/v1/remote_write`;
    new amp.WorkspaceConfiguration(
      `${name}-configuration`,
      {
        workspaceId: workspace.id,
        retentionPeriodInDays: environment.workspace.retentionDays,
        // No label set: the bound of all series.
        limitsPerLabelSets: [{labelSet: {}, limits: {maxSeries: environment.workspace.maxSeries}}],
      },
      kept, // or what is kept would fall back to AMP's own retention
    );
    new amp.QueryLoggingConfiguration(
      `${name}-query-logging`,
      {
        workspaceId: workspace.id,
        destinations: [
          {cloudwatchLogs: {logGroupArn}, filters: {qspThreshold: environment.workspace.loggedQuerySamples}},
        ],
      },
      single,
    );

    this.topic = new AlertTopic(
      'alerts',
      {
        emails: args.alarmEmails,
        publishers: topicArn => [
          pulumi
            .all([topicArn, this.arn, args.accountId])
            .apply(([topic, workspaceArn, accountId]) => publishAlerts({topicArn: topic, workspaceArn, accountId})),
          pulumi
            .all([topicArn, args.accountId])
            .apply(([topic, accountId]) =>
              publishAlarms({topicArn: topic, accountId, region: args.region, alarmPrefix: args.prefix}),
            ),
        ],
      },
      child,
    );
    for (const [path, data] of ruleFiles({scrapeSeconds: args.environment.scrapeInterval})) {
      const group = /^rules\/(.+)\.yaml$/.exec(path)?.[1];
      if (group === undefined) throw new ValueError(`rule file: expected the name rules/<group>.yaml, found ${path}`);
      new amp.RuleGroupNamespace(`rules-${group}`, {name: group, workspaceId: workspace.id, data}, single);
    }
    new amp.AlertManagerDefinition(
      'alertmanager',
      {
        workspaceId: workspace.id,
        definition: this.topic.arn.apply(topicArn => alertmanager({topicArn, region: args.region})),
      },
      {...single, dependsOn: [this.topic.policy]},
    );
    this.registerOutputs({id: this.id});
  }
}
