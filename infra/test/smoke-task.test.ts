import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {CloudWatchLogsClient} from '@aws-sdk/client-cloudwatch-logs';
import {ECSClient} from '@aws-sdk/client-ecs';
import {apiKeyVariable} from '@mcp-observability/metrics-service/contract';
import test, {type ExecutionContext} from 'ava';
import {AwsCallError} from '../checks/smoke/aws-call.ts';
import {tracedEvents} from '../checks/smoke/smoke-events.ts';
import {runSmokeTask, type SmokeTask, SmokeTaskError, smokeOverride} from '../checks/smoke/smoke-task.ts';

type Reply = {readonly status?: number; readonly body: object};

/** A local HTTP server. Returns its URL and what it received. */
const listen = async (t: ExecutionContext, reply: (target: string, body: string) => Reply) => {
  const received: {target: string; headers: Readonly<Record<string, unknown>>; body: string}[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const target = String(request.headers['x-amz-target'] ?? request.url);
    received.push({target, headers: request.headers, body});
    const {status = 200, body: sent} = reply(target, body);
    response.writeHead(status, {'content-type': 'application/x-amz-json-1.1'}).end(JSON.stringify(sent));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const {port} = server.address() as AddressInfo; // it listens on TCP
  return {url: `http://127.0.0.1:${port}`, received};
};

const task: SmokeTask = {
  cluster: 'arn:aws:ecs:us-east-1:111122223333:cluster/cluster',
  taskDefinition: 'arn:aws:ecs:us-east-1:111122223333:task-definition/metrics-service:3',
  securityGroup: 'sg-0123456789abcdef0',
  subnets: ['subnet-0aaaaaaaaaaaaaaa1'],
  logGroup: '/mcp-observability-dev/metrics-service',
  url: 'http://tasks.internal:8890',
  emitter: 'registry',
};
const arn = 'arn:aws:ecs:us-east-1:111122223333:task/cluster/0123456789abcdef';

const clientsOf = (url: string) => {
  const options = {
    region: 'us-east-1',
    endpoint: url,
    credentials: {accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'example'},
    maxAttempts: 1,
  };
  return {ecs: new ECSClient(options), logs: new CloudWatchLogsClient(options), intervalMs: 1};
};

/** ECS and CloudWatch Logs: a task that has ended at the second question, unless `describe` responds otherwise. */
const aws = async (t: ExecutionContext, {exitCode = 0, describe}: {exitCode?: number; describe?: () => Reply} = {}) => {
  let asked = 0;
  const endpoint = await listen(t, target => {
    if (target.endsWith('.RunTask')) return {body: {tasks: [{taskArn: arn}]}};
    if (target.endsWith('.StopTask')) return {body: {task: {taskArn: arn}}};
    if (target.endsWith('.GetLogEvents')) return {body: {events: [{message: '200 {"accepted":7}\n'}]}};
    asked += 1;
    if (describe && asked === 1) return describe();
    const ended = {lastStatus: 'STOPPED', stoppedReason: 'Essential container in task exited'};
    return {
      body: {
        tasks: [{...(asked > 1 ? ended : {lastStatus: 'RUNNING'}), containers: [{name: 'metrics-service', exitCode}]}],
      },
    };
  });
  const clients = clientsOf(endpoint.url);
  const calls = () => endpoint.received.map(({target}) => target.split('.').at(-1));
  return {...endpoint, clients, calls};
};

test("a task of the service's image runs in the given network, and its log comes back", async t => {
  const {clients, received} = await aws(t);
  const lines: string[] = [];
  await runSmokeTask(task, tracedEvents('smoke-1'), line => lines.push(line), clients);
  const run = JSON.parse(received.find(({target}) => target.endsWith('.RunTask'))?.body ?? '{}');
  t.like(run, {cluster: task.cluster, taskDefinition: task.taskDefinition, launchType: 'FARGATE'});
  t.deepEqual(run.networkConfiguration.awsvpcConfiguration, {
    subnets: task.subnets,
    securityGroups: [task.securityGroup],
    assignPublicIp: 'DISABLED',
  });
  t.true(JSON.stringify(run.overrides).length < 8192); // ECS's limit
  t.like(JSON.parse(received.at(-1)?.body ?? '{}'), {
    logGroupName: task.logGroup,
    logStreamName: 'task/metrics-service/0123456789abcdef',
  });
  t.true(lines.includes('  200 {"accepted":7}'));
});

test('a task that fails rejects with its exit code and reason, after its log', async t => {
  const {clients} = await aws(t, {exitCode: 1});
  const lines: string[] = [];
  await t.throwsAsync(
    runSmokeTask(task, tracedEvents('smoke-1'), line => lines.push(line), clients),
    {
      instanceOf: SmokeTaskError,
      message: 'task: expected exit code 0, found 1 (Essential container in task exited)',
    },
  );
  t.is(lines.length, 2);
});

const rejection = (status: number, type: string, message: string): Reply => ({
  status,
  body: {__type: type, message},
});

const permanent = test.macro({
  title: (_, type: string) => `a task is stopped, and the command fails, as soon as AWS responds with ${type}`,
  exec: async (t, type: string) => {
    const {clients, calls} = await aws(t, {describe: () => rejection(400, type, 'AWS says why')});
    const expected = type.startsWith('AccessDenied') ? 'the permission ecs:DescribeTasks' : 'a response';
    await t.throwsAsync(
      runSmokeTask(task, tracedEvents('smoke-1'), () => {}, clients),
      {
        instanceOf: AwsCallError,
        code: 'ERR_AWS_CALL',
        message: `ecs:DescribeTasks: expected ${expected}, found ${type}: AWS says why`,
      },
    );
    t.deepEqual(calls(), ['RunTask', 'DescribeTasks', 'StopTask']);
  },
});
for (const type of [
  'AccessDeniedException',
  'InvalidParameterException',
  'UnrecognizedClientException',
  'ExpiredTokenException',
  'ValidationException',
  'ClusterNotFoundException',
])
  test(permanent, type);

const transient = test.macro({
  title: (_, status: number, type: string) => `the state of a task is requested again after ${status} ${type}`,
  exec: async (t, status: number, type: string) => {
    const {clients, calls} = await aws(t, {describe: () => rejection(status, type, 'later')});
    await runSmokeTask(task, tracedEvents('smoke-1'), () => {}, clients);
    t.deepEqual(calls(), ['RunTask', 'DescribeTasks', 'DescribeTasks', 'GetLogEvents']);
  },
});
test(transient, 400, 'ThrottlingException');
test(transient, 429, 'TooManyRequestsException');
test(transient, 500, 'ServerException');
test(transient, 503, 'ServiceUnavailableException');

test('an error names the missing permission of another service', async t => {
  const message = 'User: arn:aws:sts::111122223333:role/ci is not authorized to perform: iam:PassRole on resource: *';
  const endpoint = await listen(t, () => rejection(400, 'AccessDeniedException', message));
  await t.throwsAsync(
    runSmokeTask(task, tracedEvents('smoke-1'), () => {}, clientsOf(endpoint.url)),
    {message: `ecs:RunTask: expected the permission iam:PassRole, found AccessDeniedException: ${message}`},
  );
  t.is(endpoint.received.length, 1);
});

test('a task that does not end in time is stopped', async t => {
  const running = {body: {tasks: [{lastStatus: 'RUNNING'}]}};
  const {clients, calls} = await aws(t, {describe: () => running});
  await t.throwsAsync(
    runSmokeTask(task, tracedEvents('smoke-1'), () => {}, {...clients, timeoutMs: 0}),
    {code: 'ERR_WAIT_TIMEOUT'},
  );
  t.deepEqual(calls(), ['RunTask', 'DescribeTasks', 'StopTask']);
});

test('an interrupted command stops the task and starts no other', async t => {
  const controller = new AbortController();
  const reason = new Error('interrupted');
  const {clients, calls} = await aws(t, {
    describe: () => {
      controller.abort(reason);
      return {body: {tasks: [{lastStatus: 'RUNNING'}]}};
    },
  });
  const lines: string[] = [];
  const {signal} = controller;
  const run = (given: typeof clients) =>
    runSmokeTask(task, tracedEvents('smoke-1'), line => lines.push(line), {...given, signal});
  t.is(await t.throwsAsync(run(clients)), reason);
  t.deepEqual(calls(), ['RunTask', 'DescribeTasks', 'StopTask']);
  t.is(lines.at(-1), `stopped task ${arn}`);
  t.is(await t.throwsAsync(run(clients)), reason); // nothing is started after an interruption
  t.is(calls().length, 3);
});

test('a task that cannot be stopped is reported', async t => {
  const endpoint = await listen(t, target =>
    target.endsWith('.RunTask') ? {body: {tasks: [{taskArn: arn}]}} : rejection(400, 'AccessDeniedException', 'no'),
  );
  const lines: string[] = [];
  await t.throwsAsync(
    runSmokeTask(task, tracedEvents('smoke-1'), line => lines.push(line), clientsOf(endpoint.url)),
    {message: /^ecs:DescribeTasks: expected the permission/},
  );
  t.is(
    lines.at(-1),
    `task ${arn} may still run: ecs:StopTask: expected the permission ecs:StopTask, found AccessDeniedException: no`,
  );
});

/** Runs the task's command as the entry point of the image does. */
const runOverride = async (url: string, environment: Readonly<Record<string, string>>) => {
  const {command, environment: own} = smokeOverride({url, emitter: 'registry'}, tracedEvents('smoke-1'));
  const child = spawn(process.execPath, command, {
    env: {...environment, ...Object.fromEntries(own.map(({name, value}) => [name, value]))},
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let printed = '';
  child.stdout.on('data', chunk => {
    printed += chunk;
  });
  const [code] = await once(child, 'close');
  return {code, printed};
};

test('the task sends every kind with the newest key, and its exit code shows whether all were accepted', async t => {
  const kinds = tracedEvents('smoke-1').length;
  for (const accepted of [kinds, kinds - 1]) {
    const service = await listen(t, () => ({body: {accepted}}));
    const {code, printed} = await runOverride(service.url, {[apiKeyVariable('registry')]: 'newest-key,older-key'});
    t.is(code, accepted === kinds ? 0 : 1);
    t.is(printed, `200 {"accepted":${accepted}}\n`);
    const [request] = service.received;
    t.is(request?.target, '/metrics');
    t.is(request?.headers['x-api-key'], 'newest-key');
    t.is(JSON.parse(request?.body ?? '{}').metrics.length, kinds);
  }
});
