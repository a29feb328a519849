import test from 'ava';
import {readSettings, SettingsError} from '../src/settings.ts';
import {registryKey, run, start} from './running-service.ts';

const metrics = [{type: 'custom', value: 1}];
const keys = (...values: readonly string[]) => values.join(',');
const old = 'the-old-key-of-auth-server';
const fresh = 'the-new-key-of-auth-server';

test('every key of a comma separated list opens, so that one can be rotated without a gap', async t => {
  const service = await start(t, {variables: {METRICS_API_KEY_AUTH_SERVER: ` ${keys(old, fresh)} , ,`}});
  for (const key of [old, fresh, registryKey]) {
    t.is((await service.post({service: 'auth-server', metrics}, {'X-API-Key': key})).status, 200);
  }
  for (const key of [keys(old, fresh), `${old},`, old.slice(0, -1), `${old} x`]) {
    const {status, body} = await service.post({service: 'auth-server', metrics}, {'X-API-Key': key});
    t.is(status, 401);
    t.is(body.detail, 'Invalid API key');
  }
});

test('the service name of a key is the suffix in lower case with - for _', async t => {
  const service = await start(t, {
    variables: {METRICS_API_KEY_AUTH_SERVER: old, METRICS_API_KEY_MCP_GATEWAY_2: fresh},
  });
  const named = async (key: string) =>
    (await service.request({path: '/rate-limit', headers: {'X-API-Key': key}})).body['service'];
  t.is(await named(old), 'auth-server');
  t.is(await named(fresh), 'mcp-gateway-2');
  t.is(await named(registryKey), 'registry');
});

test('a key is valid for any service that the body names', async t => {
  const service = await start(t);
  t.is((await service.post({service: 'nginx', metrics})).status, 200);
});

const secrets = ['sh0rt-secret', 'one-key-of-two-services', 'another-good-key-0001'];

test('an invalid configuration stops the start with every problem, and no key is shown', async t => {
  const process = run(t, {
    METRICS_API_KEY_A: 'sh0rt-secret',
    METRICS_API_KEY_B: 'one-key-of-two-services',
    METRICS_API_KEY_C: 'another-good-key-0001,one-key-of-two-services',
    METRICS_API_KEY_WORKSHOP: 'workshop-metrics-key-2026',
    METRICS_SERVICE_PORT: 'http',
    MAX_REQUEST_SIZE: '10 apples',
    OTEL_PROMETHEUS_ENABLED: 'perhaps',
  });
  t.deepEqual(await process.exited, {code: 1, signal: null});
  t.is(process.output.stdout, '');
  t.is(
    process.output.stderr,
    `metrics-service does not start. The environment has 6 problems:
  - METRICS_API_KEY_A: expected keys of at least 16 characters, found one of 12
  - METRICS_API_KEY_C: expected a key that no other emitter has, found the key of METRICS_API_KEY_B
  - METRICS_API_KEY_WORKSHOP: expected a secret key, found the published example key
  - METRICS_SERVICE_PORT: expected a whole number from 0 to 65535, found "http"
  - OTEL_PROMETHEUS_ENABLED: expected true or false, found "perhaps"
  - MAX_REQUEST_SIZE: expected a size from 1 byte to 256MiB, such as 10MB, 512KiB or 1048576, found "10 apples"
`,
  );
  for (const secret of secrets) t.false(process.output.stderr.includes(secret));
});

test('the service does not start without a key, and an empty one does not count', async t => {
  const process = run(t, {METRICS_API_KEY_REGISTRY: '', METRICS_API_KEY_NGINX: '  '});
  t.deepEqual(await process.exited, {code: 1, signal: null});
  t.is(
    process.output.stderr,
    `metrics-service does not start. The environment has a problem:
  - METRICS_API_KEY_<SERVICE>: expected at least one key, found none
`,
  );
});

for (const [what, variable, value, problem] of [
  ['without a name', 'METRICS_API_KEY_', 'a-good-key-0000001', 'expected the name of a service after METRICS_API_KEY_'],
  ['of a name with other characters', 'METRICS_API_KEY_A.B', 'a-good-key-0000001', 'expected the name of a service'],
  [
    'of 257 characters',
    'METRICS_API_KEY_A',
    'k'.repeat(257),
    'expected keys of at most 256 characters, found one of 257',
  ],
  ['with a space in it', 'METRICS_API_KEY_A', 'a-good key-0000001', 'expected keys of printable ASCII characters'],
  ['that is not ASCII', 'METRICS_API_KEY_A', 'a-göod-key-0000001', 'expected keys of printable ASCII characters'],
  ['of commas only', 'METRICS_API_KEY_A', ' , ,', 'expected a key, found only commas'],
] as const) {
  test(`a key ${what} stops the start and is not shown`, t => {
    const variables = {METRICS_API_KEY_REGISTRY: registryKey, [variable]: value};
    const error = t.throws(() => readSettings(variables), {instanceOf: SettingsError});
    t.is(error?.problems.length, 1);
    t.true(error?.problems[0]?.startsWith(`${variable}: ${problem}`), error?.message);
    t.false(error?.message.includes(value));
  });
}
test('the longest key opens, and a longer one in a request does not', async t => {
  const longest = 'k'.repeat(256);
  const service = await start(t, {variables: {METRICS_API_KEY_A: longest}});
  const status = async (key: string) => (await service.post({service: 'a', metrics}, {'X-API-Key': key})).status;
  t.is(await status(longest), 200);
  t.is(await status(`${longest}k`), 401);
});
