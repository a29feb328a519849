/**
 * Stands in for the remote components of @pulumi/awsx. As with the real provider, an output that is a resource is a
 * reference to it, never a map of its properties: the program sees properties only after its SDK has queried the
 * engine.
 */

import type {Json} from './engine-protocol.ts';
import {accountId, hex, type Shapes, text} from './provider-shape.ts';

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

export const awsxShapes: Shapes = {
  'awsx:ec2:Vpc': ({child, inputs, name, token, urn}) => {
    const vpcId = `vpc-${token(17)}`;
    const subnetsOf = (kind: string): readonly {readonly id: string; readonly reference: Json}[] =>
      listOf(inputs['availabilityZoneNames']).map((_, zone) => {
        const id = `subnet-${hex(`${urn} ${kind} ${zone}`, 17)}`;
        return {id, reference: child('aws:ec2/subnet:Subnet', `${name}-${kind}-${zone + 1}`, id, {vpcId})};
      });
    const privateSubnets = subnetsOf('private');
    const publicSubnets = subnetsOf('public');
    return {
      id: '',
      outputs: {
        vpcId,
        privateSubnetIds: privateSubnets.map(({id}) => id),
        publicSubnetIds: publicSubnets.map(({id}) => id),
        isolatedSubnetIds: [],
        vpc: child('aws:ec2/vpc:Vpc', name, vpcId),
        internetGateway: child('aws:ec2/internetGateway:InternetGateway', name, `igw-${token(17)}`, {vpcId}),
        subnets: [...publicSubnets, ...privateSubnets].map(({reference}) => reference),
      },
    };
  },
  'awsx:ecr:Repository': ({arn, child, name, region, token}) => {
    const repository = `${name}-${token(7)}`;
    const url = `${accountId}.dkr.ecr.${region}.amazonaws.com/${repository}`;
    return {
      id: '',
      outputs: {
        url,
        repository: child('aws:ecr/repository:Repository', name, repository, {
          arn: arn('ecr', `repository/${repository}`),
          name: repository,
          repositoryUrl: url,
        }),
        lifecyclePolicy: child('aws:ecr/lifecyclePolicy:LifecyclePolicy', name, repository, {repository}),
      },
    };
  },
  'awsx:ecr:Image': ({child, inputs, urn}) => {
    const [repositoryUrl, imageTag] = [text(inputs['repositoryUrl']), text(inputs['imageTag'])];
    const digest = `sha256:${hex(`${urn} ${imageTag}`, 64)}`;
    const tag = `${repositoryUrl}:${imageTag}`;
    // Named by its tag, so that another tag is another resource.
    child('docker-build:index:Image', imageTag, `${tag}@${digest}`, {tags: [tag], ref: `${tag}@${digest}`, digest});
    return {id: '', outputs: {imageUri: `${repositoryUrl}@${digest}`}};
  },
};
