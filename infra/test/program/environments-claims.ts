import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {expectedSamples} from '../../plan/billable-series.ts';
import {difference} from '../../plan/resource-diff.ts';
import {type Environment, environments, profiles} from '../../src/environments.ts';
import {dev, devAgain, plans, prod} from './plans.ts';

/** `…$aws:ecs/service:Service::collector-service` → `service:Service::collector-service`. */
const named = (resource: string): string => (resource.split('$').at(-1) ?? '').replace(/^.*\/|^.*:(?=.*::)/, '');

test('dev and prod differ only where environments.ts says', t => {
  const {added, removed, changed} = difference(dev, prod);
  t.deepEqual(
    [...new Set(added.map(urn => urn.replace(/^.*Network\$/, '').split('::')[0]))],
    [
      'mcp-observability:aws:FlowLogs$aws:cloudwatch/logGroup:LogGroup',
      'mcp-observability:aws:FlowLogs$aws:ec2/flowLog:FlowLog',
      'mcp-observability:aws:FlowLogs$aws:iam/role:Role',
      'mcp-observability:aws:FlowLogs$aws:iam/rolePolicy:RolePolicy',
      'aws:ec2/vpcEndpoint:VpcEndpoint',
      'mcp-observability:aws:SecurityGroups$aws:ec2/securityGroup:SecurityGroup',
      'mcp-observability:aws:SecurityGroups$aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule',
      'mcp-observability:aws:SecurityGroups$aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule',
    ],
  );
  t.true(added.every(urn => urn.includes('workspace-endpoint') || urn.endsWith('::flow-logs')));
  t.deepEqual(removed, []);
  t.snapshot(
    changed.flatMap(({resource, changes}) =>
      changes.map(({path, from, to}) => `${named(resource)} ${path}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`),
    ),
  );
});

const folder = fileURLToPath(new URL('../../src/', import.meta.url));

test('imports are acyclic: no file of the program imports itself through others, not even a type', t => {
  const imports = new Map(
    readdirSync(folder).map(file => [
      file,
      [...readFileSync(`${folder}${file}`, 'utf8').matchAll(/from '\.\/(.+)';$/gm)].map(([, name = '']) => name),
    ]),
  );
  t.true((imports.get('index.ts') ?? []).length > 10);
  const reached = (file: string, found = new Set<string>()): ReadonlySet<string> => {
    for (const next of imports.get(file) ?? []) if (!found.has(next)) reached(next, found.add(next));
    return found;
  };
  t.deepEqual(
    [...imports.keys()].filter(file => reached(file).has(file)),
    [],
  );
});

test('no file but environments.ts knows the profiles', t => {
  const files = readdirSync(folder).filter(file => {
    const source = readFileSync(`${folder}${file}`, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    return profiles.some(profile => source.includes(`'${profile}'`));
  });
  t.deepEqual(files, ['setting-conflicts.ts']); // which rejects anonymous administrators in prod
});

test('two plans of the same program are identical', t => {
  t.deepEqual(devAgain, dev);
});

test('sizes fit the expected load: eight addresses per DNS response, three POSTs per MCP request', t => {
  for (const {metricsService, expectedLoad} of Object.values(environments)) {
    t.true(2 * metricsService.tasks.max <= 8); // a rolling deployment runs old and new tasks
    t.true(metricsService.rateLimit >= expectedLoad.mcpRequestsPerSecond * 3 * 60);
  }
  t.is(environments.dev.metricsService.rateLimit, 5000);
});

test('the limit of a task allows the expected series, and that of the workspace those of a deployment of all tasks', t => {
  for (const environment of Object.values<Environment>(environments)) {
    const {metricsService, workspace} = environment;
    const {seriesPerTask} = expectedSamples(environment, {tasks: 1, collectors: 1});
    t.true(seriesPerTask <= metricsService.maxSeries, `${seriesPerTask} of ${metricsService.maxSeries}`);
    t.true(2 * metricsService.tasks.max * metricsService.maxSeries <= workspace.maxSeries);
  }
});

for (const [stack, plan] of Object.entries(plans)) {
  test(`${stack}: every AWS resource has a provider with an explicit region and tags`, t => {
    const providers = new Map(
      plan.resources.filter(({type}) => type === 'pulumi:providers:aws').map(resource => [resource.urn, resource]),
    );
    t.is(providers.size, 2);
    for (const {type, name, kind, provider} of plan.resources)
      if (kind !== 'component' && /^awsx?:/.test(type)) t.true(providers.has(provider), `${type} ${name}`);
    for (const {inputs} of providers.values())
      t.deepEqual(JSON.parse(String(inputs['defaultTags'])), {
        tags: {project: 'mcp-observability', stack: plan.stack, environment: plan.stack, 'managed-by': 'pulumi'},
      });
  });

  test(`${stack}: nothing is left unknown, and every id has its real shape`, t => {
    const text = JSON.stringify(plan);
    t.false(text.includes('[unknown]'));
    t.notRegex(text, /undefined|\[object Object\]|arn:aws:\w*::\w*:\w*undefined/);
  });
}
