/** The program on Pulumi's real engine, where a CLI is found: PULUMI_BIN, or `pulumi` on PATH. See checks/engine. */
import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test from 'ava';
import {compare} from '../checks/engine/compare.ts';
import {checkOutputs} from '../checks/engine/component.ts';
import {compareInputs} from '../checks/engine/provider-diff.ts';
import {findInstalledPulumi} from '../checks/engine/pulumi-cli.ts';
import {createStackCheck, type Finding} from '../checks/engine/stack-check.ts';
import {stacksOf} from '../checks/engine/stacks.ts';
import {reference, unknownValue} from '../plan/engine-protocol.ts';
import {create} from '../plan/fake-provider.ts';
import {plan} from '../plan/plan.ts';
import {readProject, readStack} from '../plan/project.ts';
import type {Create, CreateOutput} from '../plan/provider-shape.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const project = readProject(root);
const run = promisify(execFile);

const pulumi = await findInstalledPulumi();
const testOnEngine = pulumi ? test : test.skip;

/** The plan's stand-in, with one type of resource broken. */
const broken =
  (type: string, breaking: (created: CreateOutput) => CreateOutput): Create =>
  input =>
    input.type === type ? breaking(create(input)) : create(input);

const breaks = [
  {
    name: 'a plain object for a reference',
    create: broken('awsx:ecr:Repository', created => ({
      ...created,
      outputs: {...created.outputs, repository: {arn: 'arn:aws:ecr:x'}},
    })),
    line: /Repository::grafana-images: outputs\.repository: the plan has {"arn":"arn:aws:ecr:x"}, the engine "urn:/,
  },
  {
    name: 'a changed permission',
    create: broken('awsx:ecr:Repository', created => ({
      ...created,
      outputs: {...created.outputs, url: '111122223333.dkr.ecr.us-east-1.amazonaws.com/made-up'},
    })),
    line: /RolePolicy::grafana-execution: inputs\.policy\..*: the plan has ".*repository\/made-up", the engine ".*grafana-images/,
  },
  {
    name: 'a missing resource',
    create: broken('awsx:ecr:Image', created => ({...created, children: []})),
    line: /docker-build:index:Image::[0-9a-f]+-[0-9a-f]+: the plan does not have it/,
  },
] as const;

testOnEngine(
  `dev on the engine: preview, update and second update match the plan${pulumi ? '' : ' (no Pulumi CLI: set PULUMI_BIN)'}`,
  async t => {
    t.timeout(600_000);
    if (!pulumi) return;
    const findings: Finding[] = [];
    const [stack] = stacksOf(project).filter(({name}) => name === 'dev');
    if (!stack) throw new Error('there is no stack dev');
    const check = await createStackCheck({pulumi, root, stack, report: finding => findings.push(finding)});
    t.teardown(() => check.close());
    await check.start();
    t.deepEqual(
      findings.filter(({problems}) => problems.length > 0),
      [],
    );
    t.is(findings.length, 4);
    const {engine} = await check.now();
    const config = readStack(project, 'dev');
    for (const {name, create: brokenCreate, line} of breaks) {
      const planned = await plan({project, stack: 'dev', config, create: brokenCreate});
      t.regex(compare({planned, engine}).join('\n'), line, name);
    }
  },
);

test('the stand-in for awsx rejects an output of another form than the SDK has', t => {
  const type = 'awsx:ecr:Repository';
  const repository = reference('urn:pulumi:dev::project::aws:ecr/repository:Repository::images', 'images');
  t.notThrows(() => checkOutputs(type, {url: 'registry.example/images', repository}));
  t.throws(() => checkOutputs(type, {repository: {arn: 'arn:aws:ecr:x'}}), {
    message: /^awsx:ecr:Repository, output repository: expected a reference to a resource.*found {"arn"/,
  });
  t.throws(() => checkOutputs(type, {url: repository}), {message: /output url: expected no reference/});
});

test('a provider replaces for what AWS cannot change, and counts an unknown value as a change', t => {
  const type = 'aws:ecs/taskDefinition:TaskDefinition';
  const before = {family: 'grafana', containerDefinitions: '[]', tags: {a: '1', b: '2'}};
  t.deepEqual(compareInputs(type, before, {...before, tags: {b: '2', a: '1'}}), {changed: [], replaces: []});
  t.deepEqual(compareInputs(type, before, {...before, containerDefinitions: unknownValue, tags: {}}), {
    changed: ['containerDefinitions', 'tags'],
    replaces: ['containerDefinitions'],
  });
  const version = 'aws:secretsmanager/secretVersion:SecretVersion';
  t.deepEqual(compareInputs(version, {secretStringWo: 'a'}, {secretStringWo: 'b'}), {changed: [], replaces: []});
});

test('npm run check -- engine without a CLI ends with status 3 and one line', async t => {
  const command = fileURLToPath(new URL('../checks/engine/engine-command.ts', import.meta.url));
  const error = await t.throwsAsync<Error & {code: number; stderr: string}>(
    run(process.execPath, ['--import', 'tsx', command, 'dev'], {
      cwd: root,
      env: {...process.env, PULUMI_BIN: '/nowhere/pulumi'},
    }),
  );
  t.is(error?.code, 3);
  t.regex(error?.stderr ?? '', /^PULUMI_BIN: \/nowhere\/pulumi version failed: [^\n]*\n$/);
});
