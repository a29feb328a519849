/** The tasks of one ECS service. */

import {cloudTimeSeries} from '../../panels/cloudwatch-panels.ts';
import {usedPercent} from '../../panels/theme.ts';
import {metricQuery} from '../../signals/cloudwatch-metrics.ts';
import {cluster, service} from './aws-variables.ts';

const dimensions = {ClusterName: cluster, ServiceName: service};
const noValue = 'no data from ECS';

export const cpu = cloudTimeSeries({
  title: 'ECS CPU',
  description:
    'CPU that the tasks of the service use, in percent of their limit: mean and busiest task. If it stays above 75%, the service should have been scaled out; only one task at 100% is busy with a single large request.',
  series: [
    {
      legend: 'mean',
      colour: 'typical',
      query: metricQuery('AWS/ECS', 'CPUUtilization', {statistic: 'Average', dimensions}),
    },
    {
      legend: 'busiest',
      colour: 'worst',
      query: metricQuery('AWS/ECS', 'CPUUtilization', {statistic: 'Maximum', dimensions}),
    },
  ],
  thresholds: usedPercent,
  noValue,
});

export const memory = cloudTimeSeries({
  title: 'ECS Memory',
  description:
    'Memory that the tasks of the service use, in percent of their limit. At 100% a task is killed and replaced: see ECS Restarts and Unhealthy Containers. Growth that does not stop is caused by too many label values, or by a leak.',
  series: [
    {
      legend: 'mean',
      colour: 'typical',
      query: metricQuery('AWS/ECS', 'MemoryUtilization', {statistic: 'Average', dimensions}),
    },
    {
      legend: 'fullest',
      colour: 'worst',
      query: metricQuery('AWS/ECS', 'MemoryUtilization', {statistic: 'Maximum', dimensions}),
    },
  ],
  thresholds: usedPercent,
  noValue,
});

export const tasks = cloudTimeSeries({
  title: 'ECS Running vs Desired Tasks',
  description:
    'Running tasks and desired tasks. A difference of some minutes is a deployment; if it lasts longer, tasks do not start: the events of the service in the ECS console show the reason.',
  series: [
    // The line drawn last is in front: most of the time the two are equal.
    {
      legend: 'desired',
      colour: 'target',
      query: metricQuery('ECS/ContainerInsights', 'DesiredTaskCount', {statistic: 'Average', dimensions}),
    },
    {
      legend: 'running',
      colour: 'success',
      query: metricQuery('ECS/ContainerInsights', 'RunningTaskCount', {statistic: 'Average', dimensions}),
    },
  ],
  noValue,
});

export const restarts = cloudTimeSeries({
  title: 'ECS Restarts and Unhealthy Containers',
  description:
    'Containers that were started again, and containers that fail their health check. Investigate any of them: the stopped tasks of the service show the reason. Needs Container Insights with enhanced observability.',
  series: [
    {
      legend: 'restarts',
      colour: 'warning',
      query: metricQuery('ECS/ContainerInsights', 'RestartCount', {statistic: 'Sum', dimensions}),
    },
    {
      legend: 'unhealthy',
      colour: 'failure',
      query: metricQuery('ECS/ContainerInsights', 'UnHealthyContainerHealthStatus', {statistic: 'Maximum', dimensions}),
    },
  ],
  noValue,
  alerts: ['MetricsServiceRestarting', 'MetricsServiceDown'],
});

export const network = cloudTimeSeries({
  title: 'ECS Network',
  description:
    'Bytes per second into and out of a task, mean. For metrics-service, incoming bytes are those that emitters send and outgoing bytes those of scrapes; if only the latter grow, the number of series grows.',
  series: [
    {
      legend: 'in',
      colour: 'incoming',
      query: metricQuery('ECS/ContainerInsights', 'NetworkRxBytes', {statistic: 'Average', dimensions}),
    },
    {
      legend: 'out',
      colour: 'outgoing',
      query: metricQuery('ECS/ContainerInsights', 'NetworkTxBytes', {statistic: 'Average', dimensions}),
    },
  ],
  noValue,
});
