/** Macros that check what a rule of the wire format does to an event, and to the other events of its request. */
import test from 'ava';
import type {NormalizationReason, RejectionReason} from '../src/contract.ts';
import {sampleValue, sumOf} from './exposition-samples.ts';
import {start} from './running-service.ts';

/** A metric, or its JSON where JSON.stringify can't write it. */
export type Written = string | Readonly<Record<string, unknown>> | readonly unknown[] | number | null;

const write = (metric: Written): string => (typeof metric === 'string' ? metric : JSON.stringify(metric));
const batch = (...metrics: readonly Written[]): string =>
  `{"service":"registry","metrics":[${metrics.map(write).join()}]}`;

const neighbour = {type: 'custom', value: 1, dimensions: {metric_name: 'neighbour'}};

/** `make` gets the time at which the test runs. */
export const accepts = test.macro(async (t, metric: Written | ((now: number) => Written)) => {
  const service = await start(t);
  const written = typeof metric === 'function' ? metric(Date.now()) : metric;
  const {status, body} = await service.post(batch(written));
  t.like({status, ...body}, {status: 'success', accepted: 1, rejected: 0, errors: []});
  t.is(status, 200);
  t.is(sumOf(await service.samples(), 'mcp_metrics_service_ingested_total'), 1);
});

export interface Broken {
  readonly metric: Written;
  readonly reason: RejectionReason;
  /** The path after `metrics[i]`. */
  readonly line: string;
}

export const rejects = test.macro(async (t, {metric, reason, line}: Broken) => {
  const service = await start(t);
  const among = await service.post(batch(neighbour, metric, neighbour));
  t.is(among.status, 200);
  t.like(among.body, {status: 'success', accepted: 2, rejected: 1, errors: [`metrics[1]${line}`]});

  const alone = await service.post(batch(metric));
  t.is(alone.status, 422);
  t.deepEqual(
    {...alone.body, request_id: typeof alone.body.request_id},
    {
      status: 'error',
      accepted: 0,
      rejected: 1,
      errors: [`metrics[0]${line}`],
      detail: 'No event was accepted',
      status_code: 422,
      request_id: 'string',
    },
  );

  const samples = await service.samples();
  t.is(sampleValue(samples, 'mcp_custom_events_total', {name: 'neighbour'}), 2);
  t.is(sampleValue(samples, 'mcp_metrics_service_rejected_total', {emitter: 'registry', reason}), 2);
  t.is(sumOf(samples, 'mcp_metrics_service_rejected_total'), 2);
  t.is(sumOf(samples, 'mcp_metrics_service_ingested_total'), 2);
});

/** A value of the event is dropped or changed, which is counted; the event is accepted. */
export const normalizes = test.macro(
  async (t, {metric, reason}: {readonly metric: Written; readonly reason: NormalizationReason}) => {
    const service = await start(t);
    const {status, body} = await service.post(batch(neighbour, metric, neighbour));
    t.like({status, ...body}, {accepted: 3, rejected: 0, errors: []});
    const samples = await service.samples();
    t.is(sampleValue(samples, 'mcp_metrics_service_normalized_total', {reason}), 1);
    t.is(sumOf(samples, 'mcp_metrics_service_normalized_total'), 1);
    t.is(sumOf(samples, 'mcp_metrics_service_ingested_total'), 3);
  },
);
