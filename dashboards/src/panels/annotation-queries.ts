/** Restarts and firing alerts, drawn across the graphs of every board. */
import type {Builder} from '@grafana/grafana-foundation-sdk/cog';
import {type AnnotationQuery, AnnotationQueryBuilder} from '@grafana/grafana-foundation-sdk/dashboard';
import {panel, times} from '../promql/promql.ts';
import {firingAlertsByName, taskStartTime} from '../signals/pipeline-signals.ts';
import {prometheus} from './datasource.ts';
import {colours} from './theme.ts';

const {now} = panel;

/** Grafana reads a value as a time when it is in milliseconds. */
const milliseconds = 1000;

export const annotations = (): Builder<AnnotationQuery>[] => [
  new AnnotationQueryBuilder()
    .name('Restarts of metrics-service')
    .datasource(prometheus)
    .enable(true)
    .iconColor(colours.neutral)
    .expr(times(taskStartTime({at: now}), milliseconds).text)
    .useValueForTime(true)
    .titleFormat('metrics-service started')
    .textFormat('{{instance}}'),
  new AnnotationQueryBuilder()
    .name('Firing alerts')
    .datasource(prometheus)
    .enable(true)
    .iconColor(colours.bad)
    .expr(firingAlertsByName({at: now}).text)
    .titleFormat('{{alertname}}')
    .textFormat('{{severity}} {{service}}'),
];
