/** Faults around the service: crowds of clients, names made to break the exposition, stalls and clocks. */
import test from 'ava';
import fc from 'fast-check';
import {type Sample, sampleValue, sumOf} from './exposition-samples.ts';
import {createRandom, seedOfTests} from './random.ts';
import {type Client, registryKey, runReady, start} from './running-service.ts';
import {open} from './socket.ts';

const metric = {type: 'custom', value: 1};
const good = JSON.stringify({service: 'registry', metrics: [metric]});

test.serial('a thousand half-open connections are cut off and cost a well-behaved client nothing', async t => {
  const timeouts = {
    timeout: 2500,
    headersTimeout: 1500,
    requestTimeout: 2000,
    keepAliveTimeout: 1500,
    connectionsCheckingInterval: 100,
  };
  const service = await start(t, {timeouts, variables: {METRICS_RATE_LIMIT: '100000'}});
  const post = `POST /metrics HTTP/1.1\r\nHost: metrics\r\nX-API-Key: ${registryKey}\r\n`;
  const beginnings = [
    '',
    'P',
    `${post}X-`,
    `${post}Content-Length: 1000\r\n\r\n{`,
    `${post}Transfer-Encoding: chunked\r\n\r\n5\r\n{`,
  ];
  const connections = await Promise.all(
    Array.from({length: 1000}, async (_, index) => {
      const port = index % 10 === 0 ? service.expositionPort : service.apiPort;
      const connection = await open(t, port);
      connection.write(beginnings[index % beginnings.length] ?? '');
      return connection;
    }),
  );
  let answered = 0;
  let left = connections.length;
  const over = Promise.all(
    connections.map(async ({closed}) => {
      await closed;
      left -= 1;
    }),
  );
  do {
    // As long as the clients in the field wait.
    const response = await fetch(`http://127.0.0.1:${service.apiPort}/metrics`, {
      method: 'POST',
      headers: {'X-API-Key': registryKey},
      body: Buffer.from(good),
      signal: AbortSignal.timeout(5000),
    });
    t.is(response.status, 200);
    await response.arrayBuffer();
    answered += 1;
  } while (left > 0);
  await over;
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), answered);
});

test('as many concurrent requests pass as there are tokens, separately for each key', async t => {
  const limit = 20;
  const other = 'key-of-the-auth-server-01';
  const startedAt = performance.now();
  const service = await start(t, {
    variables: {METRICS_RATE_LIMIT: String(limit), METRICS_API_KEY_AUTH_SERVER: other},
  });
  const responses = await Promise.all(
    Array.from({length: 400}, (_, index) =>
      service.post(good, {'X-API-Key': index % 2 === 0 ? registryKey : other}).then(response => ({index, response})),
    ),
  );
  // On a slow machine some tokens are added in the meantime.
  const refilled = Math.ceil(((performance.now() - startedAt) / 60_000) * limit);
  for (const parity of [0, 1]) {
    const own = responses.filter(({index}) => index % 2 === parity).map(({response}) => response);
    const passed = own.filter(({status}) => status === 200);
    t.true(passed.length >= limit && passed.length <= limit + refilled, `${passed.length} passed`);
    t.is(own.filter(({status}) => status === 429).length, 200 - passed.length);
    const left = new Set(passed.map(({headers}) => headers.get('X-RateLimit-Remaining')));
    t.true(left.size >= limit, 'no token was used twice');
  }
  const passed = responses.filter(({response}) => response.status === 200).length;
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), passed);
  t.is(sumOf(await service.samples(), 'mcp_metrics_service_rate_limited_total'), 400 - passed);
});

const odd = fc.string({
  unit: fc.constantFrom(
    '"',
    '\\',
    '\n',
    '\r',
    '{',
    '}',
    '=',
    ',',
    ' ',
    '#',
    '\u2028',
    '\u2029',
    '\u0000',
    'é',
    '😀',
    'a',
    '\ud800',
  ),
});

test('no label value can leave its quotes: the exposition parses back to what was meant', async t => {
  const open = [
    'server',
    'method',
    'server_name',
    'tool_name',
    'client_name',
    'operation',
    'resource_type',
    'endpoint',
    'metric_name',
  ];
  const types = ['auth_request', 'tool_execution', 'registry_operation', 'health_check', 'protocol_latency', 'custom'];
  await fc.assert(
    fc.asyncProperty(fc.array(odd, {minLength: 1, maxLength: 8}), odd, async (values, name) => {
      const service = await start(t, {variables: {OTEL_SERVICE_NAME: name}});
      const metrics = values.flatMap(value =>
        types.map(type => ({
          type,
          value: 1,
          dimensions: Object.fromEntries(open.map(key => [key, value])),
          metadata: {error_code: value},
        })),
      );
      t.is((await service.send(...metrics)).status, 200);
      // Throws on a line that is not a sample.
      const samples = await service.samples();
      t.is(sumOf(samples, 'mcp_custom_events_total'), values.length);
      t.is(sumOf(samples, 'mcp_metrics_service_ingested_total'), metrics.length);
      for (const {name: family, labels} of samples) {
        if (!/^mcp_(?!metrics_service)/.test(family)) continue;
        for (const [key, value] of Object.entries(labels)) {
          if (key !== 'le') t.regex(value, /^[A-Za-z0-9\-_.:/]{1,128}$/);
        }
      }
      // Its operator's choice is not bounded, and so has to be escaped.
      const info = samples.find(sample => sample.name === 'mcp_metrics_service_build_info');
      // A half of a surrogate pair can't be written as UTF-8.
      t.is(info?.labels['name'], Buffer.from(name.trim()).toString() || 'mcp-metrics-service');
      await service.drain({awaitScrape: false});
    }),
    {seed: seedOfTests(), numRuns: 20},
  );
});

test('a hundred thousand random label values leave a bounded number of series and of bytes', async t => {
  const most = 2000;
  const service = await runReady(t, {METRICS_MAX_SERIES: String(most), METRICS_RATE_LIMIT: '1000000'});
  const random = createRandom(seedOfTests());
  const text = () => `v${random.below(2 ** 31).toString(36)}`;
  const dimensions = () => ({
    success: true,
    method: text(),
    server_name: text(),
    tool_name: text(),
    client_name: text(),
  });
  const send = async (): Promise<void> => {
    const metrics = Array.from({length: 1000}, () => ({
      type: 'tool_execution',
      value: 1,
      duration_ms: 1,
      dimensions: dimensions(),
    }));
    t.is((await service.send(...metrics)).status, 200);
  };
  for (let batch = 0; batch < 5; batch += 1) await send();
  const mcpSeries = (samples: readonly Sample[]): number => samples.filter(({name}) => name.startsWith('mcp_')).length;
  const before = mcpSeries(await service.samples());
  for (let batch = 5; batch < 25; batch += 1) await send();
  const samples = await service.samples();
  t.is(sumOf(samples, 'mcp_tool_executions_total'), 25_000);
  // Those of _other come on top: a counter and a histogram of 18 buckets and three more.
  t.true((sampleValue(samples, 'mcp_metrics_service_series') ?? Number.NaN) <= most + 22);
  t.is(mcpSeries(samples), before);
  t.true((sampleValue(samples, 'process_resident_memory_bytes') ?? Number.NaN) < 200e6);
});

const stalls = async (service: Client, longerThan: string): Promise<number> => {
  const samples = await service.samples();
  const name = 'mcp_metrics_service_event_loop_stall_seconds';
  return (sampleValue(samples, `${name}_count`) ?? 0) - (sampleValue(samples, `${name}_bucket`, {le: longerThan}) ?? 0);
};

test.serial('a stall of the event loop is in the exposition', async t => {
  const service = await start(t);
  const before = await stalls(service, '0.25');
  const until = performance.now() + 500;
  while (performance.now() < until);
  // The timer that has become due comes first.
  await new Promise(resolve => setTimeout(resolve, 1));
  t.true((await stalls(service, '0.25')) > before);
});

test.serial(
  'a clock that jumps changes neither tokens nor stalls, and timestamps are compared with the new time',
  async t => {
    const real = Date.now;
    t.teardown(() => {
      Date.now = real;
    });
    const hour = 3_600_000;
    const service = await start(t, {
      variables: {METRICS_RATE_LIMIT: '6', METRICS_API_KEY_OTHER: 'key-of-another-000001'},
    });
    const other = {'X-API-Key': 'key-of-another-000001'};
    const post = async (headers: Record<string, string>, timestamp: string) =>
      (await service.post({service: 'registry', metrics: [{...metric, timestamp}]}, headers)).status;
    const at = (ms: number): string => new Date(ms).toISOString();
    const started = real();
    for (let sent = 0; sent < 6; sent += 1) t.is((await service.post(good)).status, 200);
    t.is((await service.post(good)).status, 429);
    const sum = async () =>
      sampleValue(await service.samples(), 'mcp_metrics_service_event_loop_stall_seconds_sum') ?? Number.NaN;
    const stalled = await sum();
    const dropped = async () =>
      (await service.read('mcp_metrics_service_normalized_total', {reason: 'timestamp'})) ?? Number.NaN;
    for (const jump of [24 * hour, -24 * hour]) {
      Date.now = () => real() + jump;
      t.is((await service.post(good)).status, 429, `${jump}`);
      const before = await dropped();
      t.is(await post(other, at(started + jump)), 200);
      t.is(await dropped(), before, 'a time that the clock shows');
      t.is(await post(other, at(started + jump + 0.2 * hour)), 200);
      t.is(await dropped(), before + 1, 'a time that lies ahead of it');
      t.is(await post(other, at(started + jump - 1000 * hour)), 200);
      t.is(await dropped(), before + 1);
    }
    t.true((await sum()) - stalled < 3600);
    const {body} = await service.request({path: '/rate-limit', headers: {'X-API-Key': registryKey}});
    t.like(body, {available_tokens: 0});
    t.true(Number(body['reset_time_seconds']) <= 60);
  },
);
