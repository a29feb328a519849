/** A part of the program in an environment that no stack has: two shards, and prod's protections lifted as before its end. */
import {Provider} from '@pulumi/aws/provider.js';
import * as pulumi from '@pulumi/pulumi';
import {Cluster} from '../../src/cluster.ts';
import {Collector} from '../../src/collector.ts';
import {environments} from '../../src/environments.ts';
import {Network} from '../../src/network.ts';
import {Workspace} from '../../src/workspace.ts';

const environment = {...environments.prod, protected: false};

export const twoCollectors = async (): Promise<object> => {
  const [prefix, region] = ['mcp-observability-prod', 'us-east-1'];
  const provider = new Provider('aws', {region});
  const here = {provider};
  const cluster = new Cluster(
    'cluster',
    {prefix, region, environment, roles: {path: '/mcp-observability/prod/'}},
    here,
  );
  const network = new Network(
    'network',
    {
      region,
      provider,
      environment: environment.network,
      vpc: {availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c']},
      gatewaySecurityGroupIds: [],
      loadBalancer: true,
    },
    here,
  );
  const workspace = new Workspace(
    'workspace',
    {stack: 'prod', prefix, region, accountId: cluster.accountId, environment, alarmEmails: []},
    here,
  );
  const collector = new Collector(
    'collector',
    {
      cluster,
      network,
      workspace,
      image: {uri: pulumi.output('collector:1'), registry: {kind: 'public'}},
      tasksDnsName: pulumi.output('tasks.internal'),
      environment: {...environment, collector: {...environment.collector, shards: 2}},
    },
    here,
  );
  return {withAlarms: collector.withAlarms.map(({name}) => name)};
};
