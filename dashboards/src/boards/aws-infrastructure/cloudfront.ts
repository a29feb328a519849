/** The way from a browser to Grafana: CloudFront and the load balancer. */

import {cloudTimeSeries} from '../../panels/cloudwatch-panels.ts';
import {metricQuery} from '../../signals/cloudwatch-metrics.ts';
import {balancer, distribution, targetGroup} from './aws-variables.ts';

const dimensions = {LoadBalancer: balancer};
const ofGroup = {LoadBalancer: balancer, TargetGroup: targetGroup};
const ofEdge = {DistributionId: distribution, Region: 'Global'};
const noValue = 'no requests';

export const albRequests = cloudTimeSeries({
  title: 'ALB Requests',
  description:
    'Requests that the load balancer passed on, per minute, or per longer period over long time ranges. None while CloudFront has some means that the way between the two is broken: security group, listener or VPC origin.',
  series: [
    {
      legend: 'requests',
      colour: 'traffic',
      query: metricQuery('AWS/ApplicationELB', 'RequestCount', {statistic: 'Sum', dimensions}),
    },
  ],
  noValue,
});

export const albResponseTime = cloudTimeSeries({
  title: 'ALB Response Time',
  description:
    'Response time of the targets, mean and 95th percentile. Grafana waits for Prometheus: if healthy targets respond slowly, a board reads too many samples, or the workspace is slow.',
  series: [
    {
      legend: 'mean',
      colour: 'typical',
      query: metricQuery('AWS/ApplicationELB', 'TargetResponseTime', {statistic: 'Average', dimensions}),
    },
    {
      legend: 'p95',
      colour: 'worst',
      query: metricQuery('AWS/ApplicationELB', 'TargetResponseTime', {statistic: 'p95', dimensions}),
    },
  ],
  noValue,
});

export const albCodes = cloudTimeSeries({
  title: 'ALB Status Codes',
  description:
    'Responses by class, per minute, or per longer period over long time ranges. 4xx are mostly users who are not signed in; 5xx of targets are Grafana failing, 5xx of the load balancer itself mean that no target responded: see Healthy and Unhealthy Targets.',
  series: [
    {
      legend: '2xx',
      colour: 'success',
      query: metricQuery('AWS/ApplicationELB', 'HTTPCode_Target_2XX_Count', {statistic: 'Sum', dimensions}),
    },
    {
      legend: '4xx',
      colour: 'warning',
      query: metricQuery('AWS/ApplicationELB', 'HTTPCode_Target_4XX_Count', {statistic: 'Sum', dimensions}),
    },
    {
      legend: '5xx',
      colour: 'failure',
      query: metricQuery('AWS/ApplicationELB', 'HTTPCode_Target_5XX_Count', {statistic: 'Sum', dimensions}),
    },
    {
      legend: '5xx of the balancer',
      colour: 'failureOnTheWay',
      query: metricQuery('AWS/ApplicationELB', 'HTTPCode_ELB_5XX_Count', {statistic: 'Sum', dimensions}),
    },
  ],
  noValue,
});

export const targets = cloudTimeSeries({
  title: 'Healthy and Unhealthy Targets',
  description:
    'Targets of the group that pass the health check and targets that fail it, at the worst moment of each period. Without a healthy target no user reaches Grafana: see ECS Restarts and Unhealthy Containers, and the log of Grafana.',
  series: [
    {
      legend: 'healthy',
      colour: 'success',
      query: metricQuery('AWS/ApplicationELB', 'HealthyHostCount', {statistic: 'Minimum', dimensions: ofGroup}),
    },
    {
      legend: 'unhealthy',
      colour: 'failure',
      query: metricQuery('AWS/ApplicationELB', 'UnHealthyHostCount', {statistic: 'Maximum', dimensions: ofGroup}),
    },
  ],
  noValue: 'no targets',
});

export const cloudfront = cloudTimeSeries({
  title: 'CloudFront Requests and Error Rates',
  description:
    'Requests from viewers, per minute, or per longer period over long time ranges; on the right axis the percentage of error responses. Only 5xx: the load balancer or Grafana, compare with ALB Status Codes. Only 4xx: browsers without a session, or a scanner.',
  series: [
    {
      legend: 'requests',
      colour: 'traffic',
      query: metricQuery('AWS/CloudFront', 'Requests', {statistic: 'Sum', dimensions: ofEdge}),
    },
  ],
  right: [
    {
      legend: '4xx',
      colour: 'warning',
      query: metricQuery('AWS/CloudFront', '4xxErrorRate', {statistic: 'Average', dimensions: ofEdge}),
    },
    {
      legend: '5xx',
      colour: 'failure',
      query: metricQuery('AWS/CloudFront', '5xxErrorRate', {statistic: 'Average', dimensions: ofEdge}),
    },
  ],
  noValue,
});
