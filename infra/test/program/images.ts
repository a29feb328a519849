import test from 'ava';
import {container, one, prod} from './plans.ts';

test('images: two built from the repository root into immutable, scanned repositories, one pinned', t => {
  for (const [name, dockerfile] of [
    ['metrics-service', '../metrics-service/Dockerfile'],
    ['grafana', '../grafana-image/Dockerfile'],
  ] as const) {
    t.like(one(prod, 'awsx:ecr:Image', name).inputs, {context: '..', dockerfile, platform: 'linux/amd64'});
    t.like(one(prod, 'awsx:ecr:Repository', `${name}-images`).inputs, {
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: {scanOnPush: true},
      forceDelete: false,
    });
    t.is(container(prod, name).image, String(one(prod, 'awsx:ecr:Image', name).outputs['imageUri']));
  }
  t.is(container(prod, 'collector').image, 'public.ecr.aws/aws-observability/aws-otel-collector:v0.50.0');
});
