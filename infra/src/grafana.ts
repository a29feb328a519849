/** Grafana on Fargate: boards and datasources are in the image, so it needs no database and keeps no state. */
import * as pulumi from '@pulumi/pulumi';
import type {Cluster} from './cluster.ts';
import type {SecretReference} from './container.ts';
import {cloudfrontRegion, type Edge} from './edge.ts';
import type {Environment} from './environments.ts';
import {FargateService} from './fargate-service.ts';
import {
  type AnonymousAccess,
  type GrafanaEnvironment,
  type GrafanaSecrets,
  grafanaAnonymousAccess,
  grafanaHealthCommand,
  grafanaPort,
  grafanaProvisioning,
  grafanaUser,
  grafanaWritableFolders,
} from './grafana-environment.ts';
import type {Image} from './images.ts';
import type {Network} from './network.ts';
import {queryWorkspace, readCloudWatchMetrics} from './permissions.ts';
import type {Secrets} from './secrets.ts';
import type {ServiceWithAlarms} from './service-with-alarms.ts';
import type {Workspace} from './workspace.ts';

export type GrafanaArgs = {
  readonly cluster: Cluster;
  readonly network: Network;
  readonly workspace: Workspace;
  readonly edge: Edge;
  readonly image: Image;
  readonly secrets: Pick<Secrets, 'grafanaAdminPassword' | 'grafanaSecretKey'>;
  readonly anonymousAccess: AnonymousAccess;
  readonly environment: Pick<Environment, 'grafana' | 'scrapeInterval'>;
};

/** Variables that AWS's guides name for signing and paths; grafana.ini in the image sets the same for versions that read it there. */
const signing = (region: string) => ({
  AWS_DEFAULT_REGION: region,
  AWS_SDK_LOAD_CONFIG: '1',
  GF_AUTH_SIGV4_AUTH_ENABLED: 'true',
  GF_AWS_ALLOWED_AUTH_PROVIDERS: 'default',
  GF_PLUGINS_PREINSTALL_AUTO_UPDATE: 'false',
  GF_SERVER_SERVE_FROM_SUB_PATH: 'true',
});

/** Grafana as a Fargate service with one task. */
export class Grafana extends pulumi.ComponentResource {
  readonly withAlarms: ServiceWithAlarms;

  constructor(name: string, args: GrafanaArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:Grafana', name, {}, opts);
    const {cluster, edge} = args;
    const fargate = new FargateService(
      name,
      {
        cluster,
        size: args.environment.grafana.size,
        tasks: 1,
        deployment: 'replacing', // sessions are kept in the task: with two tasks, visitors would be logged out at random
        network: args.network,
        securityGroup: 'grafana',
        container: {
          image: args.image,
          user: grafanaUser,
          ports: [{name: 'http', port: grafanaPort}],
          environment: {
            GF_PATHS_PROVISIONING: grafanaProvisioning('aws'),
            AMP_ENDPOINT: args.workspace.endpoint,
            AWS_REGION: cluster.region,
            SCRAPE_INTERVAL: `${args.environment.scrapeInterval}s`,
            GF_SERVER_ROOT_URL: edge.url,
            GF_SECURITY_COOKIE_SECURE: 'true',
            ...grafanaAnonymousAccess(args.anonymousAccess),
            ...signing(cluster.region),
          } satisfies GrafanaEnvironment<'aws', pulumi.Input<string>>,
          secrets: {
            GF_SECURITY_ADMIN_PASSWORD: args.secrets.grafanaAdminPassword,
            GF_SECURITY_SECRET_KEY: args.secrets.grafanaSecretKey,
          } satisfies GrafanaSecrets<SecretReference>,
          healthCommand: grafanaHealthCommand,
          // Every task starts with an empty database and some 700 migrations: minutes on half a vCPU. A long period costs
          // nothing, as the first passed check ends it; with a short one, ECS stops the task before it has started.
          startPeriod: 300,
          stopTimeout: 30,
          writable: grafanaWritableFolders,
        },
        taskPermissions: args.workspace.arn.apply(arn => [
          queryWorkspace(arn),
          readCloudWatchMetrics([cluster.region, cloudfrontRegion]),
        ]),
        target: {targetGroupArn: edge.targetGroupArn, port: grafanaPort},
        dependsOn: [edge.listenerRule],
      },
      {parent: this},
    );
    this.withAlarms = {
      name,
      serviceName: fargate.serviceName,
      targets: {namespace: 'AWS/ApplicationELB', dimensions: edge.metricDimensions},
    };
    this.registerOutputs({serviceName: fargate.serviceName});
  }
}
