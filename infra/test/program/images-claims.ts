import test from 'ava';
import {container, one, prod} from './plans.ts';

test('two images are built from separate contexts into immutable, scanned repositories, one is pinned', t => {
  for (const [name, dockerfile] of [
    ['metrics-service', 'metrics-service/Dockerfile'],
    ['grafana', 'grafana-image/Dockerfile'],
  ] as const) {
    const {inputs} = one(prod, 'awsx:ecr:Image', name);
    const context = String(inputs['context']);
    t.regex(context, new RegExp(`^\\.contexts/${name}-[0-9a-f]{16}$`)); // relative to infra/, the same on every machine
    t.like(inputs, {dockerfile: `${context}/${dockerfile}`, platform: 'linux/amd64'});
    t.like(one(prod, 'awsx:ecr:Repository', `${name}-images`).inputs, {
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: {scanOnPush: true},
      forceDelete: false,
      lifecyclePolicy: {
        rules: [{tagStatus: 'any', maximumNumberOfImages: 30}], // ten builds of an index, an image and its provenance
      },
    });
    t.is(container(prod, name).image, String(one(prod, 'awsx:ecr:Image', name).outputs['imageUri']));
  }
  t.is(container(prod, 'collector').image, 'public.ecr.aws/aws-observability/aws-otel-collector:v0.50.0');
});

for (const name of ['metrics-service', 'grafana'])
  test(`${name}: the tag has the digest of the context, and changes with all that the provider builds again for`, t => {
    const build = one(prod, 'random:index/randomId:RandomId', `${name}-build`);
    const {inputs, retainOnDelete} = one(prod, 'awsx:ecr:Image', name);
    const source = String(inputs['context']).slice(-16);
    t.deepEqual(build.inputs['keepers'], {source, platform: 'linux/amd64', VERSION: '0.1.0'});
    t.is(inputs['imageTag'], `${source}-${build.outputs['hex']}`);
    t.is(inputs['imageName'], undefined); // awsx would read it as the tag
    t.true(retainOnDelete); // what is replaced stays
    // The provider's other reasons to build are inputs that awsx derives from these.
    t.deepEqual(Object.keys(inputs).sort(), ['args', 'context', 'dockerfile', 'imageTag', 'platform', 'repositoryUrl']);
  });
