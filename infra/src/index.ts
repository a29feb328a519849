/**
 * The pipeline on AWS, in the order the data flows: the gateway's tasks send to metrics-service, the collector scrapes
 * it and writes to the workspace, Grafana reads from there and is served by CloudFront; alarms monitor all of it.
 */
import {Provider} from '@pulumi/aws/provider.js';
import * as pulumi from '@pulumi/pulumi';
import {AccessLogs} from './access-logs.ts';
import {Alarms} from './alarms.ts';
import {availabilityZones} from './availability-zones.ts';
import {Cluster} from './cluster.ts';
import {Collector} from './collector.ts';
import {Discovery} from './discovery.ts';
import {cloudfrontRegion, Edge} from './edge.ts';
import {FlowLogs} from './flow-logs.ts';
import {Grafana} from './grafana.ts';
import {Images} from './images.ts';
import {joinedVpc} from './joined-vpc.ts';
import {MetricsService} from './metrics-service.ts';
import {Network} from './network.ts';
import {gatewayBlock} from './outputs.ts';
import {Secrets} from './secrets.ts';
import {settings} from './settings.ts';
import {Workspace} from './workspace.ts';

const {region, profile, environment, ...account} = settings();
const [project, stack] = [pulumi.getProject(), pulumi.getStack()];
const prefix = `${project}-${stack}`;
const defaultTags = {tags: {project, stack, environment: profile, 'managed-by': 'pulumi'}};
const {alarmEmails, anonymousAccess, domain, gatewaySecurityGroupIds, serviceConnectNamespace} = account;

const provider = new Provider('aws', {region, defaultTags});
const options = {provider};
const cloudfrontProvider = new Provider('aws-cloudfront', {region: cloudfrontRegion, defaultTags});

const network = new Network(
  'network',
  {
    region,
    provider,
    environment: environment.network,
    vpc: account.vpc
      ? await joinedVpc({vpc: account.vpc, gatewaySecurityGroupIds, provider})
      : {
          availabilityZones: await availabilityZones({region, provider, environment: environment.network}),
        },
    gatewaySecurityGroupIds,
    loadBalancer: serviceConnectNamespace === undefined,
  },
  options,
);
const cluster = new Cluster(
  'cluster',
  {
    prefix,
    region,
    environment,
    roles: {path: `/${project}/${stack}/`, permissionsBoundary: account.permissionsBoundaryArn},
  },
  options,
);
if (account.flowLogs) new FlowLogs('flow-logs', {cluster, vpcId: network.vpcId}, options);
const workspace = new Workspace(
  'workspace',
  {stack, prefix, region, accountId: cluster.accountId, environment, alarmEmails, adoptedId: account.workspaceId},
  options,
);
const images = new Images(
  'images',
  {provider, architecture: environment.architecture, protected: environment.protected},
  options,
);
const secrets = new Secrets(
  'secrets',
  {
    prefix,
    emitters: account.emitters,
    grafanaCredentials: account.grafanaCredentials,
    recoveryDays: environment.secretRecoveryDays,
  },
  options,
);
const discovery = new Discovery('discovery', {stack, prefix, network, environment, serviceConnectNamespace}, options);
const metricsService = new MetricsService(
  'metrics-service',
  {
    cluster,
    network,
    discovery,
    image: images.metricsService,
    emitters: secrets.emitters,
    environment,
  },
  options,
);
const collector = new Collector(
  'collector',
  {
    cluster,
    network,
    workspace,
    image: images.collector,
    tasksDnsName: discovery.tasksDnsName,
    environment,
  },
  options,
);
const edge = new Edge('edge', {prefix, network, domain, webAclArn: account.webAclArn, environment}, options);
new AccessLogs(
  'access-logs',
  {prefix, distributionArn: edge.distributionArn, environment},
  {provider: cloudfrontProvider},
);
const grafana = new Grafana(
  'grafana',
  {
    cluster,
    network,
    workspace,
    edge,
    image: images.grafana,
    secrets,
    anonymousAccess,
    environment,
  },
  options,
);
new Alarms(
  'alarms',
  {
    prefix,
    cluster,
    workspace,
    services: [metricsService.withAlarms, ...collector.withAlarms, grafana.withAlarms],
    distributionId: edge.distributionId,
    cloudfrontProvider,
    emails: alarmEmails,
  },
  options,
);

export const grafanaUrl = edge.url;
/** The name that the DNS record of a custom domain must point to. */
export const grafanaDomainTarget = edge.distributionDomain;
export const grafanaAdminPasswordSecret = secrets.grafanaAdminPassword.secretArn;
/** The VPC of the tasks; the gateway can run in a created VPC too. */
export const vpcId = network.vpcId;
export const privateSubnetIds = network.privateSubnetIds;
export const publicSubnetIds = network.publicSubnetIds;
/** For `npm run smoke -- aws`: a task of the service's image runs in its network. */
export const smokeTask = {
  cluster: cluster.arn,
  taskDefinition: metricsService.taskDefinitionArn,
  securityGroup: network.securityGroups.smoke.id,
  logGroup: metricsService.logGroup,
  // A single task has no proxy of Service Connect: it finds the tasks by DNS.
  url: serviceConnectNamespace === undefined ? discovery.url : discovery.tasksUrl,
};
export const workspaceId = workspace.id;
export const workspaceEndpoint = workspace.endpoint;
export const remoteWriteUrl = workspace.remoteWriteUrl;
export const metricsServiceUrl = discovery.url;
/** For the gateway's task definitions, ready to paste. */
export const gateway = gatewayBlock({discovery, emitters: secrets.emitters});
