/** Panels about the Prometheus workspace: active series, ingested samples, discarded samples. */

import {cloudTimeSeries} from '../../panels/cloudwatch-panels.ts';
import {metricQuery, wildcard} from '../../signals/cloudwatch-metrics.ts';
import {workspace as chosen} from './aws-variables.ts';

const usageOf = (resource: 'ActiveSeries' | 'IngestionRate') =>
  metricQuery('AWS/Usage', 'ResourceCount', {
    statistic: 'Average',
    dimensions: {Service: 'Prometheus', Type: 'Resource', Class: 'None', Resource: resource, ResourceId: chosen},
  });

export const workspace = cloudTimeSeries({
  title: 'Prometheus Workspace',
  description:
    'Series with a sample in the last two hours, and on the right axis samples ingested per second and samples discarded, by reason. The bill follows the ingestion rate. Discarded samples are lost; the reason is a quota or out-of-order samples.',
  series: [{legend: 'active series', colour: 'traffic', query: usageOf('ActiveSeries')}],
  right: [
    {legend: 'ingested per second', colour: 'outgoing', query: usageOf('IngestionRate')},
    {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch fills it in
      legend: "discarded: ${PROP('Dim.Reason')}",
      shades: 'failure',
      query: metricQuery('AWS/Prometheus', 'DiscardedSamples', {
        statistic: 'Sum',
        dimensions: {Workspace: chosen, Reason: wildcard},
      }),
    },
  ],
  noValue: 'no workspace',
  alerts: ['RemoteWriteFailing'],
});
