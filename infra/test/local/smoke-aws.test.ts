/**
 * `npm run smoke -- aws` as a whole: the task's command runs against a real service, which a real Prometheus scrapes behind a
 * workspace that checks signatures. Only ECS and CloudWatch Logs are stand-ins, which run what ECS would run.
 */
import {type ChildProcess, execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {writeFile} from 'node:fs/promises';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {apiKeyVariable, eventTypes} from '@mcp-observability/metrics-service/contract';
import {createTemporaryFolder, type TemporaryFolder} from '@mcp-observability/tools/temporary-folder';
import test from 'ava';
import {startWorkspace, type WorkspaceStandIn} from '../amp-stand-in/amp-stand-in.ts';
import {createPipeline, type Pipeline} from './pipeline.ts';

const region = 'us-east-1';
const credentials = {accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'example'};
const arn = `arn:aws:ecs:${region}:111122223333:task/cluster/0123456789abcdef`;
const root = fileURLToPath(new URL('../../..', import.meta.url));

type Override = {
  readonly command: readonly string[];
  readonly environment: readonly {readonly name: string; readonly value: string}[];
};

type Aws = {
  readonly url: string;
  /** The response of AWS to RunTask when no task runs. */
  rejection: {readonly status: number; readonly body: object} | undefined;
  /** Whether ECS reports a running task, although it has ended. */
  isStuck: boolean;
  /** Calls that it has received, by name. */
  readonly calls: string[];
  readonly close: () => void;
};

let pipeline: Pipeline;
let workspace: WorkspaceStandIn;
let folder: TemporaryFolder;
let aws: Aws;

/** ECS runs the override as the image's entry point would, with the key that the task definition's secret has. */
const startAws = async (key: string): Promise<Aws> => {
  let task: {exitCode: number | null; log: string} | undefined;
  const run = ({command, environment}: Override): void => {
    const started: {exitCode: number | null; log: string} = {exitCode: null, log: ''};
    task = started;
    const child = spawn(process.execPath, command, {
      env: {
        [apiKeyVariable('registry')]: `${key},an-older-key`,
        ...Object.fromEntries(environment.map(({name, value}) => [name, value])),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', chunk => {
        started.log += chunk;
      });
    child.on('close', code => {
      started.exitCode = code;
    });
  };
  const respond = (target: string, body: string): {status?: number; body: object} => {
    own.calls.push(target.split('.').at(-1) ?? '');
    if (target.endsWith('.StopTask')) return {body: {task: {taskArn: arn}}};
    if (target.endsWith('.RunTask')) {
      if (own.rejection) return own.rejection;
      const {overrides}: {overrides: {containerOverrides: [Override]}} = JSON.parse(body);
      run(overrides.containerOverrides[0]);
      return {body: {tasks: [{taskArn: arn}]}};
    }
    if (target.endsWith('.GetLogEvents'))
      return {
        body: {
          events: (task?.log ?? '')
            .trimEnd()
            .split('\n')
            .map(message => ({message})),
        },
      };
    const ended = typeof task?.exitCode === 'number' && !own.isStuck;
    return {
      body: {
        tasks: [
          {
            lastStatus: ended ? 'STOPPED' : 'RUNNING',
            stoppedReason: ended ? 'Essential container in task exited' : undefined,
            containers: [{name: 'metrics-service', exitCode: task?.exitCode ?? undefined}],
          },
        ],
      },
    };
  };
  const server: Server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const {status = 200, body: sent} = respond(String(request.headers['x-amz-target']), body);
    response.writeHead(status, {'content-type': 'application/x-amz-json-1.1'}).end(JSON.stringify(sent));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo; // it listens on TCP
  const own: Aws = {
    url: `http://127.0.0.1:${port}`,
    rejection: undefined,
    isStuck: false,
    calls: [],
    close: () => void server.close(),
  };
  return own;
};

const outputs = () => ({
  smokeTask: {
    cluster: `arn:aws:ecs:${region}:111122223333:cluster/cluster`,
    taskDefinition: `arn:aws:ecs:${region}:111122223333:task-definition/metrics-service:3`,
    securityGroup: 'sg-0123456789abcdef0',
    logGroup: '/mcp-observability-dev/metrics-service',
    url: pipeline.service,
  },
  workspaceEndpoint: workspace.endpoint,
  privateSubnetIds: ['subnet-0aaaaaaaaaaaaaaa1'],
  gateway: {emitters: {registry: {}, 'auth-server': {}}},
});

type Ended = {readonly code: number; readonly stdout: string; readonly stderr: string};

const run = (
  parameters: readonly string[],
  env: NodeJS.ProcessEnv = {},
  onStart: (child: ChildProcess) => void = () => {},
): Promise<Ended> =>
  new Promise(resolve => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', 'infra/checks/smoke/smoke-aws-command.ts', ...parameters],
      {
        cwd: root,
        env: {
          PATH: process.env['PATH'],
          HOME: folder.path,
          AWS_EC2_METADATA_DISABLED: 'true',
          NODE_NO_WARNINGS: '1', // of the AWS SDK about old versions of Node
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          AWS_ENDPOINT_URL_ECS: aws.url,
          AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: aws.url,
          ...env,
        },
      },
      (error, stdout, stderr) => resolve({code: error === null ? 0 : Number(error.code), stdout, stderr}),
    );
    onStart(child);
  });

/** @param changed outputs that differ from the deployed stack's */
const smokeAws = async (
  parameters: readonly string[] = [],
  changed: object = {},
  onStart?: (child: ChildProcess) => void,
): Promise<Ended> => {
  const file = join(folder.path, 'outputs.json');
  await writeFile(file, JSON.stringify({...outputs(), ...changed}));
  return run(['--stack', 'dev', '--outputs', file, ...parameters], {}, onStart);
};

test.before(async () => {
  [pipeline, folder] = await Promise.all([createPipeline(), createTemporaryFolder('smoke-aws-')]);
  await pipeline.startService();
  workspace = await startWorkspace({
    path: '/workspaces/ws-0123-4567',
    prometheus: pipeline.prometheus,
    credentials,
    region,
  });
  aws = await startAws(pipeline.key);
});
test.after.always(async () => {
  workspace?.close();
  aws?.close();
  await pipeline?.stop();
  await folder?.remove();
});

test.serial('smoke aws ends with 0 when the task sent every event and all have arrived, and shows the log', async t => {
  const {code, stdout, stderr} = await smokeAws(['--timeout', '60']);
  t.is(stderr, '');
  t.regex(stdout, /^ {2}200 \{.*"accepted":\d+/m);
  t.deepEqual([...stdout.matchAll(/^✔ (\w+) after \d+ s$/gm)].map(([, kind]) => kind).sort(), [...eventTypes].sort());
  t.regex(stdout, /\nAll events arrived\.\n$/);
  t.is(code, 0);
  t.deepEqual([...workspace.seen.problems], []);
});

test.serial('smoke aws ends with 1 and the log when the task has no key of the emitter', async t => {
  const {code, stdout, stderr} = await smokeAws(['--emitter', 'auth-server']);
  t.is(code, 1);
  t.regex(stdout, /^ {2}.*TypeError/m); // the task definition has no key of this emitter
  t.is(stderr, 'task: expected exit code 0, found 1 (Essential container in task exited)\n');
});

test.serial('smoke aws ends with 1 and names what does not arrive', async t => {
  const unscraped = await createPipeline();
  t.teardown(() => unscraped.stop());
  const other = await startWorkspace({
    path: '/workspaces/ws-0123-4567',
    prometheus: unscraped.prometheus,
    credentials,
    region,
  });
  t.teardown(() => other.close());
  const {code, stdout, stderr} = await smokeAws(['--timeout', '3'], {workspaceEndpoint: other.endpoint});
  t.is(code, 1);
  t.regex(stdout, /"accepted":/);
  t.regex(stderr, /^✘ tool_execution: expected mcp_tool_executions_total\{.*\} to grow within 3 s$/m);
  t.regex(stderr, /operating\.md/);
});

test.serial('smoke aws ends with 1 and one line when AWS rejects a call', async t => {
  aws.rejection = {status: 400, body: {__type: 'AccessDeniedException', message: 'not authorized: ecs:RunTask'}};
  const {code, stderr} = await smokeAws();
  aws.rejection = undefined;
  t.is(code, 1);
  t.is(
    stderr,
    'ecs:RunTask: expected the permission ecs:RunTask, found AccessDeniedException: not authorized: ecs:RunTask\n',
  );
  aws.rejection = {status: 200, body: {tasks: [], failures: [{reason: 'RESOURCE:ENI'}]}};
  const full = await smokeAws();
  aws.rejection = undefined;
  t.is(full.stderr, 'task: expected it to start, found RESOURCE:ENI\n');
});

test.serial('smoke aws stops its task on Ctrl-C, and ends with 130', async t => {
  aws.isStuck = true;
  aws.calls.length = 0;
  const {code, stdout, stderr} = await smokeAws([], {}, child => {
    child.stdout?.on('data', chunk => {
      if (/sends one event/.test(String(chunk))) child.kill('SIGINT');
    });
  });
  aws.isStuck = false;
  t.is(stderr, '');
  t.regex(stdout, new RegExp(`\\nstopped task ${arn}\\n$`));
  t.is(code, 130);
  t.is(aws.calls.at(-1), 'StopTask');
});

test.serial('smoke aws reads the outputs through the Pulumi CLI, and exits with 3 where there are none', async t => {
  const cli = join(folder.path, 'pulumi');
  await writeFile(
    cli,
    `#!${process.execPath}
const parameters = process.argv.slice(2).join(' ');
if (parameters === 'version') console.log('v3.265.0');
else if (parameters === 'stack output --json --non-interactive --stack dev') console.log(${JSON.stringify(JSON.stringify(outputs()))});
else { console.error('error: no stack named ' + process.argv.at(-1) + ' found'); process.exitCode = 255; }
`,
    {mode: 0o755},
  );
  const {code, stdout} = await run(['--stack', 'dev', '--timeout', '60'], {PULUMI_BIN: cli});
  t.is(code, 0);
  t.regex(stdout, /\nAll events arrived\.\n$/);
  const other = await run(['--stack', 'prdo'], {PULUMI_BIN: cli});
  t.is(other.code, 2);
  t.regex(
    other.stderr,
    /^--stack: expected a deployed stack, found prdo \(error: no stack named prdo found\)\nUsage: /,
  );
  const none = await run(['--stack', 'dev'], {PULUMI_BIN: '/nowhere/pulumi'});
  t.is(none.code, 3);
  t.regex(none.stderr, /^PULUMI_BIN: [^\n]*; --outputs reads them from a file\n$/);
});

const wrong: readonly {readonly name: string; readonly attempt: () => Promise<Ended>; readonly says: RegExp}[] = [
  {
    name: 'a stack that is not deployed',
    attempt: () => smokeAws([], {smokeTask: undefined}),
    says: /^output smokeTask\.cluster: expected a string, found nothing; run pulumi up first\nUsage: /,
  },
  {
    name: 'a stack without subnets',
    attempt: () => smokeAws([], {privateSubnetIds: []}),
    says: /^output privateSubnetIds: expected a list of ids, found \[\]; run pulumi up first\n/,
  },
  {
    name: 'an unknown emitter',
    attempt: () => smokeAws(['--emitter', 'nginx']),
    says: /^--emitter: expected one of registry, auth-server, found nginx\n/,
  },
  {
    name: 'a file that is not there',
    attempt: () => smokeAws(['--outputs', '/nowhere.json']),
    says: /^--outputs: expected a file, found \/nowhere\.json \(ENOENT/,
  },
  {
    name: 'a timeout that is not a number',
    attempt: () => smokeAws(['--timeout', '5m']),
    says: /^.*--timeout.*expected an integer from 1 to 3600, found 5m/,
  },
];
for (const {name, attempt, says} of wrong)
  test.serial(`smoke aws ends with 2 and the usage: ${name}`, async t => {
    const {code, stderr} = await attempt();
    t.is(code, 2);
    t.regex(stderr, says);
  });
