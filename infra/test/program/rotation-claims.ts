import {apiKeyVariable} from '@mcp-observability/metrics-service/contract';
import test from 'ava';
import {difference} from '../../plan/resource-diff.ts';
import {container, dev, ofType, one, second, third} from './plans.ts';

const keys = (plan: typeof dev): readonly string[] =>
  ofType(plan, 'random:index/randomPassword:RandomPassword')
    .map(({name}) => name)
    .filter(name => name.startsWith('metrics-key-registry'))
    .sort();

test('the first key is the only one; each next is accepted beside the previous one, and older ones are dropped', t => {
  t.deepEqual(keys(dev), ['metrics-key-registry-1']);
  t.deepEqual(keys(second), ['metrics-key-registry-1', 'metrics-key-registry-2']);
  t.deepEqual(keys(third), ['metrics-key-registry-2', 'metrics-key-registry-3']);
});

test('a key that is still accepted keeps its value: its resource stays as it was', t => {
  const kept = (plan: typeof dev, name: string) => one(plan, 'random:index/randomPassword:RandomPassword', name);
  t.deepEqual(kept(second, 'metrics-key-registry-1'), kept(dev, 'metrics-key-registry-1'));
  t.deepEqual(kept(third, 'metrics-key-registry-2'), kept(second, 'metrics-key-registry-2'));
});

for (const [step, before, after] of [
  ['first', dev, second],
  ['second', second, third],
] as const)
  test(`the ${step} raise changes the secret's version and the task that reads it, and nothing else`, t => {
    const {added, removed, changed} = difference(before, after);
    const named = (urns: readonly string[]): readonly string[] => urns.map(urn => urn.split('$').at(-1) ?? '');
    const version = step === 'first' ? 2 : 3;
    t.deepEqual(named(added), [`random:index/randomPassword:RandomPassword::metrics-key-registry-${version}`]);
    t.deepEqual(
      named(removed),
      step === 'first' ? [] : ['random:index/randomPassword:RandomPassword::metrics-key-registry-1'],
    );
    t.deepEqual(
      changed.map(({resource, changes}) => [named([resource])[0], changes.map(({path}) => path)]),
      [
        [
          'aws:ecs/taskDefinition:TaskDefinition::metrics-service-definition',
          ['inputs.containerDefinitions[0].secrets[1].valueFrom'],
        ],
        ['aws:secretsmanager/secretVersion:SecretVersion::metrics-key-registry', ['inputs.secretStringWoVersion']],
      ],
    );
  });

test('metrics-service reads one version, so that a new one starts new tasks; the old one stays for a rollback', t => {
  const version = one(second, 'aws:secretsmanager/secretVersion:SecretVersion', 'metrics-key-registry');
  const read = container(second, 'metrics-service').secrets.find(({name}) => name === apiKeyVariable('registry'));
  t.is(read?.valueFrom, `${version.inputs['secretId']}:accepted::${version.outputs['versionId']}`);
  t.deepEqual(version.replaceOnChanges, ['secretStringWoVersion']);
  t.true(version.retainOnDelete);
});

test('the accepted keys are the newest one and the one before', t => {
  for (const [plan, accepted] of [
    [dev, ['metrics-key-registry-1']],
    [third, ['metrics-key-registry-2', 'metrics-key-registry-3']],
  ] as const)
    t.deepEqual(
      one(plan, 'aws:secretsmanager/secretVersion:SecretVersion', 'metrics-key-registry')
        .dependencies.filter(urn => urn.includes('RandomPassword'))
        .map(urn => urn.split('::').at(-1))
        .sort(),
      accepted,
    );
});

test('a key fits into a header and a comma-separated list, and is not guessable', t => {
  for (const {name, inputs} of ofType(third, 'random:index/randomPassword:RandomPassword'))
    t.deepEqual(inputs, {length: 48, special: false}, name);
});

test('no secret appears in a plan: generated values are write-only', t => {
  for (const {inputs} of ofType(third, 'aws:secretsmanager/secretVersion:SecretVersion')) {
    t.is(inputs['secretStringWo'], '[secret]');
    t.is(inputs['secretString'], undefined);
  }
  t.notRegex(JSON.stringify(third.outputs), /\[secret\]/);
});
