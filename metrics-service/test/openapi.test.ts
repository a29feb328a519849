/** The OpenAPI document of the service, compared with the contract. `npm run check -- fuzz` compares the responses with it. */
import test, {type ExecutionContext} from 'ava';
import {bounds, headers, paths, statusesByRoute, valueBounds} from '../src/contract.ts';
import {start} from './running-service.ts';

/** Read as any other JSON; the tests define what they expect of it. */
type Tree = {readonly [key: string]: Tree};

const serve = async (t: ExecutionContext, variables: Readonly<Record<string, string>> = {}) => {
  const service = await start(t, {variables});
  const {status, headers, body} = await service.request({path: paths.openapi});
  t.is(status, 200);
  t.is(headers.get('content-type'), 'application/json; charset=utf-8');
  return body as unknown as Tree & {readonly openapi: string}; // the type of responses has no such fields
};

test('the document has every path of the contract with every status of its responses, each with a request id', async t => {
  const document = await serve(t);
  t.is(document.openapi, '3.1.0');
  t.deepEqual(Object.keys(document['paths'] ?? {}).sort(), Object.values(paths).sort());
  for (const path of Object.values(paths)) {
    const [operation] = Object.values(document['paths']?.[path] ?? {});
    const responses = operation?.['responses'] ?? {};
    for (const status of statusesByRoute[path]) t.truthy(responses[status], `${path} ${status}`);
    for (const [status, response] of Object.entries(responses))
      t.truthy(response['headers']?.[headers.requestId], `${path} ${status}`);
  }
});

test('the limits are those of the contract and of the settings', async t => {
  const document = await serve(t, {METRICS_MAX_BATCH: '2000', METRICS_RATE_LIMIT: '77'});
  const {schemas, headers: described} = document['components'] ?? {};
  t.like(schemas?.['Batch']?.['properties'], {
    service: {pattern: bounds.service.pattern.source, maxLength: bounds.service.max},
    metrics: {maxItems: 2000},
  });
  t.like(described?.['RateLimit'], {schema: {const: '77'}});
  const forms = Object.values(schemas?.['Metric']?.['oneOf'] ?? {}).map(form => form['properties']);
  for (const [type, {min, max}] of Object.entries(valueBounds)) {
    const holding = forms.filter(form =>
      Object.values(form?.['type']?.['enum'] ?? {}).some(one => String(one) === type),
    );
    t.is(holding.length, 1, type);
    t.like(holding[0]?.['value'], {minimum: min, maximum: max});
  }
});

test('a key is required on the same paths as in the service', async t => {
  const document = await serve(t);
  const asking = Object.entries(document['paths'] ?? {})
    .filter(([, item]) => Object.values(item).some(({security}) => Object.keys(security ?? {}).length > 0))
    .map(([path]) => path);
  t.deepEqual(asking.sort(), [paths.flush, paths.metrics, paths.rateLimit, paths.otlpMetrics]);
});
