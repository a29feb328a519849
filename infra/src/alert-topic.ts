/** The SNS topic of alerts and alarms, with its publishers and subscribers. */
import * as sns from '@pulumi/aws/sns/index.js';
import * as pulumi from '@pulumi/pulumi';
import {outputOf} from './defined.ts';
import {policy, type Statement} from './permissions.ts';

export type AlertTopicArgs = {
  /** Email addresses; each has to confirm the message that SNS sends first. */
  readonly emails: readonly string[];
  /** Returns the statements that allow publishing, given the topic's ARN. */
  readonly publishers: (topicArn: pulumi.Output<string>) => pulumi.Input<Statement>[];
};

/** A topic that only its publishers may use, with email subscriptions. */
export class AlertTopic extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** Alerts can be published once it exists. */
  readonly policy: sns.TopicPolicy;

  constructor(name: string, args: AlertTopicArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:AlertTopic', name, {}, opts);
    // Not encrypted with a key: AMP and alarms can't use alias/aws/sns, and alerts carry names and rates only.
    const topic = new sns.Topic(name, {}, {parent: this});
    this.arn = outputOf(topic, 'arn');
    this.policy = new sns.TopicPolicy(
      name,
      {arn: this.arn, policy: pulumi.all(args.publishers(this.arn)).apply(policy)},
      {parent: this},
    );
    for (const endpoint of args.emails)
      new sns.TopicSubscription(`${name}-${endpoint}`, {topic: this.arn, protocol: 'email', endpoint}, {parent: this});
    this.registerOutputs({arn: this.arn});
  }
}
