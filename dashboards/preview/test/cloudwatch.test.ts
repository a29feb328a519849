/** CloudWatch through the preview's server, with a stand-in for AWS that notes what reaches it. */
import {once} from 'node:events';
import {createServer, type IncomingHttpHeaders} from 'node:http';
import type {AddressInfo} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {ensureInstalled} from '../../src/preview/install.ts';
import {BoardStore} from '../src/board-store.ts';
import {parseEndpoint} from '../src/prometheus-proxy.ts';
import {routes} from '../src/routes.ts';
import {createPreviewServer} from '../src/server.ts';

type StubRequest = {
  readonly operation: string;
  readonly body: Record<string, unknown>;
  readonly headers: IncomingHttpHeaders;
};

const listen = async (t: ExecutionContext, server: ReturnType<typeof createServer>): Promise<string> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listens on TCP
};

const seconds = Date.UTC(2026, 0, 15, 12) / 1000;

const answers: Readonly<Record<string, unknown>> = {
  GetMetricData: {
    MetricDataResults: [{Id: 'q0', Label: 'mean', Timestamps: [seconds + 60, seconds], Values: [2, 1]}],
  },
  ListMetrics: {
    Metrics: ['b', 'a', 'b'].map(Value => ({Namespace: 'AWS/ECS', Dimensions: [{Name: 'ClusterName', Value}]})),
  },
};

const refusal = {__type: 'AccessDeniedException', message: 'not authorized to perform: cloudwatch:GetMetricData'};

const start = async (t: ExecutionContext, {refuses = false, credentials = true} = {}) => {
  await ensureInstalled(console.log);
  const {createCloudWatch} = await import('../src/cloudwatch.ts');
  const asked: StubRequest[] = [];
  const aws = await listen(
    t,
    createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
      asked.push({operation, body: JSON.parse(text), headers: request.headers});
      response.writeHead(refuses ? 400 : 200, {'Content-Type': 'application/x-amz-json-1.0'});
      response.end(JSON.stringify(refuses ? refusal : answers[operation]));
    }),
  );
  // The library reads the environment of the process.
  const given = {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: aws,
  };
  Object.assign(process.env, given);
  const url = await listen(
    t,
    createPreviewServer({
      assets: new Map(),
      boards: new BoardStore(),
      prometheus: parseEndpoint('http://127.0.0.1:1'),
      prometheusPage: '',
      cloudWatch: await createCloudWatch(credentials ? given : {AWS_REGION: 'eu-west-1'}),
    }),
  );
  const ask = async (path: string, question: unknown) => {
    const response = await fetch(`${url}${path}?${new URLSearchParams({question: JSON.stringify(question)})}`);
    return {status: response.status, body: await response.json()};
  };
  return {ask, asked, url};
};

const metric = {
  namespace: 'AWS/ECS',
  name: 'CPUUtilization',
  statistic: 'p95',
  dimensions: {ClusterName: 'c', ServiceName: 's'},
};
const question = {
  region: 'default',
  from: seconds * 1000,
  to: (seconds + 3600) * 1000,
  queries: [
    {id: 'q0', label: 'mean', period: 60, metric},
    {id: 'q1', period: 60, expression: 'q0 * 2', hide: true},
  ],
};

test.serial('metrics are requested from the region with a signed, read-only request', async t => {
  const {ask, asked, url} = await start(t);
  const {status, body} = await ask(routes.cloudWatchSeries, question);
  t.is(status, 200, JSON.stringify(body));
  t.deepEqual(body, [
    {
      id: 'q0',
      label: 'mean',
      samples: [
        [seconds * 1000, 1],
        [(seconds + 60) * 1000, 2],
      ],
    },
  ]);
  t.deepEqual(
    asked.map(({operation}) => operation),
    ['GetMetricData'],
  );
  t.regex(
    String(asked[0]?.headers.authorization),
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/monitoring\/aws4_request, .*Signature=[0-9a-f]{64}$/,
  );
  t.like(asked[0]?.body, {
    StartTime: seconds,
    MetricDataQueries: [
      {
        Id: 'q0',
        ReturnData: true,
        MetricStat: {
          Stat: 'p95',
          Period: 60,
          Metric: {
            Namespace: 'AWS/ECS',
            Dimensions: [
              {Name: 'ClusterName', Value: 'c'},
              {Name: 'ServiceName', Value: 's'},
            ],
          },
        },
      },
      {Id: 'q1', Expression: 'q0 * 2', ReturnData: false},
    ],
  });
  t.true((await (await fetch(`${url}${routes.boards}`)).json()).cloudWatch);
});

test.serial('a dimension’s values are listed once each, in another region when it is named', async t => {
  const {ask, asked} = await start(t);
  const {body} = await ask(routes.cloudWatchDimensions, {
    region: 'us-east-1',
    namespace: 'AWS/ECS',
    metricName: 'CPUUtilization',
    dimension: 'ClusterName',
    filters: {ServiceName: '*'},
  });
  t.deepEqual(body, ['a', 'b']);
  t.is(asked[0]?.operation, 'ListMetrics');
  t.deepEqual(asked[0]?.body['Dimensions'], [{Name: 'ClusterName'}, {Name: 'ServiceName'}]);
  t.regex(String(asked[0]?.headers.authorization), /\/us-east-1\/monitoring\//);
});

test.serial('a rejection by AWS is shown with AWS’s message', async t => {
  const {ask} = await start(t, {refuses: true});
  const {status, body} = await ask(routes.cloudWatchSeries, question);
  t.is(status, 502);
  t.regex(body.error, /CloudWatch: .*not authorized to perform: cloudwatch:GetMetricData/);
});

test.serial('without credentials no request is sent, and the page knows', async t => {
  const {ask, asked, url} = await start(t, {credentials: false});
  t.is((await ask(routes.cloudWatchSeries, question)).status, 404);
  t.false((await (await fetch(`${url}${routes.boards}`)).json()).cloudWatch);
  t.deepEqual(asked, []);
});

for (const [field, change] of [
  ['region', {region: 'evil.example/#'}],
  ['region', {region: '169.254.169.254'}],
  ['queries', {queries: []}],
  [String.raw`queries\[0\].id`, {queries: [{id: 'Q', period: 60, metric}]}],
  [String.raw`queries\[0\].period`, {queries: [{id: 'q', period: '60', metric}]}],
  [String.raw`queries\[0\].dimensions`, {queries: [{id: 'q', period: 60, metric: {...metric, dimensions: 'all'}}]}],
  ['from', {from: 'yesterday'}],
] as const) {
  test.serial(`${field}: ${JSON.stringify(change)} is rejected by name, before a request to AWS`, async t => {
    const {ask, asked} = await start(t);
    const {status, body} = await ask(routes.cloudWatchSeries, {...question, ...change});
    t.is(status, 400);
    t.regex(body.error, new RegExp(`^${field}: expected`));
    t.deepEqual(asked, []);
  });
}
