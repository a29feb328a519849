import {Repository} from '@pulumi/awsx/ecr/repository.js';
import * as pulumi from '@pulumi/pulumi';
import {RandomId} from '@pulumi/random/randomId.js';
import test from 'ava';
import {isReference, reference, unknownValue} from '../../plan/engine-protocol.ts';
import {create} from '../../plan/fake-provider.ts';
import {plan} from '../../plan/plan.ts';
import {PlanError} from '../../plan/project.ts';
import type {Create} from '../../plan/provider-shape.ts';
import {policy} from '../../src/permissions.ts';
import {configOf, dev, one, project} from './plans.ts';
import {planHere} from './program.ts';

const planning = {project, stack: 'dev', config: configOf('dev')};

/** The stand-in of the providers, with one output of one resource as another value; undefined leaves it out. */
const responding =
  (type: string, key: string, value?: string): Create =>
  input => {
    const created = create(input);
    if (input.type !== type) return created;
    const {[key]: _, ...others} = created.outputs;
    return {...created, outputs: value === undefined ? others : {...others, [key]: value}};
  };

/** The providers in the preview of a stack that doesn't exist yet: ids and outputs are unknown. */
const beforeTheFirstUpdate: Create = input => {
  const {outputs, children = []} = create(input);
  return {
    id: '',
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([key, value]) => [
        key,
        isReference(value) ? reference(value.urn, '') : unknownValue,
      ]),
    ),
    children: children.map(({urn}) => ({urn, id: '', state: {}})),
  };
};

/** The ARN as a program reads it that trusts the reference. */
const arnByReference = async (): Promise<object> => {
  const {repository} = new Repository('images', {});
  return {arn: repository.apply(found => found.arn ?? 'none')};
};

test.serial(
  'a remote component gives a reference, whose properties the SDK has only with the module of its type',
  async t => {
    const without = await planHere(planning, arnByReference);
    t.is(without.outputs['arn'], 'none'); // so none of this file's plans could have used the reference
    await import('@pulumi/aws/ecr/index.js');
    const loaded = await planHere(planning, arnByReference);
    t.regex(String(loaded.outputs['arn']), /^arn:aws:ecr:.*:repository\/images-\w+$/);
  },
);

test.serial('a preview in which every id and output is unknown registers the same resources', async t => {
  const preview = await planHere({...planning, create: beforeTheFirstUpdate, preview: true});
  t.deepEqual(
    preview.resources.map(({urn}) => urn),
    dev.resources.map(({urn}) => urn),
  );
  const {inputs} = one(preview, 'aws:iam/rolePolicy:RolePolicy', 'grafana-execution');
  t.is(inputs['policy'], '[unknown]');
});

test.serial('a resource inherits retainOnDelete from its parent unless it sets it', async t => {
  const planned = await planHere(planning, async () => {
    const parent = new pulumi.ComponentResource('test:index:Kept', 'kept', {}, {retainOnDelete: true});
    new RandomId('inherits', {byteLength: 1}, {parent});
    new RandomId('differs', {byteLength: 1}, {parent, retainOnDelete: false});
    return {};
  });
  const type = 'random:index/randomId:RandomId';
  t.true(one(planned, type, 'inherits').retainOnDelete);
  t.false(one(planned, type, 'differs').retainOnDelete);
});

for (const [type, key, expected, value] of [
  ['awsx:ecr:Repository', 'url', /url of (metrics-service|grafana)-images \(awsx:ecr:Repository\): expected a value/],
  [
    'awsx:ecr:Repository',
    'url',
    /url of .*-images: expected <account>.* found registry\.example\/images/,
    'registry.example/images',
  ],
  ['awsx:ecr:Image', 'imageUri', /imageUri of (metrics-service|grafana) \(awsx:ecr:Image\): expected a value/],
  ['awsx:ec2:Vpc', 'privateSubnetIds', /privateSubnetIds of vpc \(awsx:ec2:Vpc\): expected a value/],
  ['aws:amp/workspace:Workspace', 'prometheusEndpoint', /prometheusEndpoint of workspace \(aws:amp.*expected a value/],
] as const)
  test.serial(`${key} of ${type} as ${value ?? 'undefined'} fails the program with its name`, async t => {
    const error = await t.throwsAsync(plan({...planning, create: responding(type, key, value)}), {
      instanceOf: PlanError,
    });
    t.regex(error?.message ?? '', expected);
  });

test('a policy with nothing in it, or with an empty value, is an error that names the statement', t => {
  const statement = {Sid: 'Read', Effect: 'Allow', Action: 's3:GetObject'} as const;
  t.throws(() => policy([]), {message: 'policy: expected at least one statement, found none'});
  t.throws(() => policy([{...statement, Resource: ''}]), {
    message: /^policy statement Read\.Resource: expected a value/,
  });
  t.throws(() => policy([{...statement, Resource: []}]), {
    message: /^policy statement Read\.Resource: expected values/,
  });
});
