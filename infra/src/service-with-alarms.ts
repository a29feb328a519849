/** The names by which CloudWatch identifies the metrics of a service. */
import type * as pulumi from '@pulumi/pulumi';

/** ARN suffixes of a load balancer and its target group. */
export type TargetDimensions = {
  readonly LoadBalancer: pulumi.Input<string>;
  readonly TargetGroup: pulumi.Input<string>;
};

export type ServiceWithAlarms = {
  readonly name: string;
  readonly serviceName: pulumi.Input<string>;
  /** Dimensions of its load balancer. @default no load balancer */
  readonly targets?: {
    readonly namespace: 'AWS/NetworkELB' | 'AWS/ApplicationELB';
    readonly dimensions: TargetDimensions;
  };
};
