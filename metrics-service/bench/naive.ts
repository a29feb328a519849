/**
 * A first implementation of the service: Koa, koa-router and prom-client's own counters and histograms. It validates
 * and limits nothing, which is to its advantage. Prints its port, which serves scrapes as well.
 */
import type {AddressInfo} from 'node:net';
import Koa from 'koa';
import Router from 'koa-router';
import {Counter, Histogram, Registry} from 'prom-client';
import {
  authRequestDuration,
  authRequests,
  toolExecutionDuration,
  toolExecutions,
  toolPayload,
} from '../src/catalogue.ts';
import {paths} from '../src/contract.ts';
import type {WireBatch} from '../src/json/events.ts';
import type {Counter as CounterOf, Histogram as HistogramOf} from '../src/metric.ts';

const registry = new Registry();
const counterOf = ({name, help, labels}: CounterOf) =>
  new Counter({name, help, labelNames: Object.keys(labels), registers: [registry]});
const histogramOf = ({name, help, labels, buckets}: HistogramOf) =>
  new Histogram({name, help, labelNames: Object.keys(labels), buckets: [...buckets], registers: [registry]});
const count = {tool_execution: counterOf(toolExecutions), auth_request: counterOf(authRequests)};
const duration = {tool_execution: histogramOf(toolExecutionDuration), auth_request: histogramOf(authRequestDuration)};
const payload = histogramOf(toolPayload);

const app = new Koa();
const router = new Router();
router.post(paths.metrics, async ctx => {
  const chunks: Buffer[] = [];
  for await (const chunk of ctx.req) chunks.push(chunk);
  const {service, metrics} = JSON.parse(Buffer.concat(chunks).toString()) as WireBatch; // the bench's own shape
  for (const {type, value, duration_ms: ms, dimensions, metadata} of metrics) {
    const {success, method, server = '', server_name = '', tool_name = '', client_name = ''} = dimensions ?? {};
    if (type === 'tool_execution') {
      const labels = {service, success: String(success), method: String(method), server_name: String(server_name)};
      count[type].inc({...labels, tool_name: String(tool_name), client_name: String(client_name)}, value);
      if (typeof ms === 'number') duration[type].observe(labels, ms / 1000);
      const bytes = metadata?.['input_size_bytes'];
      if (typeof bytes === 'number') payload.observe({direction: 'input', server_name: labels.server_name}, bytes);
    } else if (type === 'auth_request') {
      const labels = {service, success: String(success), method: String(method), server: String(server)};
      count[type].inc(labels, value);
      if (typeof ms === 'number') duration[type].observe(labels, ms / 1000);
    }
  }
  ctx.body = {status: 'success', accepted: metrics.length};
});
router.get(paths.metrics, async ctx => {
  ctx.type = registry.contentType;
  ctx.body = await registry.metrics();
});
app.use(router.routes());
const server = app.listen(0, '127.0.0.1', () => {
  const {port} = server.address() as AddressInfo; // it listens on TCP
  process.stdout.write(`${JSON.stringify({api_port: port, exposition_port: port})}\n`);
});
