/** The variables of the board; CloudWatch provides their values. */
import {dimensionValues} from '../../panels/cloudwatch-variables.ts';
import {singleVariable} from '../../promql/promql.ts';

export const cluster = singleVariable('cluster');
export const service = singleVariable('service');
export const balancer = singleVariable('loadbalancer');
export const targetGroup = singleVariable('targetgroup');
export const distribution = singleVariable('distribution');
export const workspace = singleVariable('workspace');

export const clusterVariable = dimensionValues({
  variable: cluster,
  label: 'Cluster',
  description: 'The ECS cluster. Filters the services offered and all panels about tasks.',
  namespace: 'AWS/ECS',
  metric: 'CPUUtilization',
  dimension: 'ClusterName',
});

export const serviceVariable = dimensionValues({
  variable: service,
  label: 'Service',
  description: 'The ECS service: metrics-service, the collector or Grafana. Filters the panels about tasks.',
  namespace: 'AWS/ECS',
  metric: 'CPUUtilization',
  dimension: 'ServiceName',
  where: {ClusterName: cluster},
});

export const balancerVariable = dimensionValues({
  variable: balancer,
  label: 'Load balancer',
  description: 'The application load balancer, as the end of its ARN. Filters the panels about the load balancer.',
  namespace: 'AWS/ApplicationELB',
  metric: 'RequestCount',
  dimension: 'LoadBalancer',
});

export const targetGroupVariable = dimensionValues({
  variable: targetGroup,
  label: 'Target group',
  description: 'A target group of the load balancer. Filters Healthy and Unhealthy Targets.',
  namespace: 'AWS/ApplicationELB',
  metric: 'HealthyHostCount',
  dimension: 'TargetGroup',
  where: {LoadBalancer: balancer},
});

export const distributionVariable = dimensionValues({
  variable: distribution,
  label: 'Distribution',
  description: 'The CloudFront distribution in front of Grafana. Filters CloudFront.',
  namespace: 'AWS/CloudFront',
  metric: 'Requests',
  dimension: 'DistributionId',
});

export const workspaceVariable = dimensionValues({
  variable: workspace,
  label: 'Workspace',
  description: 'The workspace of Amazon Managed Service for Prometheus, by its id. Filters Prometheus Workspace.',
  namespace: 'AWS/Usage',
  metric: 'ResourceCount',
  dimension: 'ResourceId',
  where: {Service: 'Prometheus', Resource: 'ActiveSeries'},
});
