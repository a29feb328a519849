/** Permissions and public access, read from a plan's policies, security groups and public entry points. */
import type {Resource} from './engine.ts';
import {isMap, type Json, type Properties} from './engine-protocol.ts';
import type {Plan} from './plan.ts';

export type Grant = {
  /** The role, topic or other resource that has the policy. */
  readonly holder: string;
  readonly sid: string;
  readonly principal: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: Json | undefined;
};

const texts = (value: Json | undefined): readonly string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.filter(one => typeof one === 'string') : [];

const statements = (text: Json | undefined): readonly Properties[] => {
  if (typeof text !== 'string') return [];
  const policy: Json = JSON.parse(text);
  const found = isMap(policy) ? policy['Statement'] : undefined;
  return Array.isArray(found) ? found.filter((one: Json) => isMap(one)) : [];
};

const grantsOf = (resource: Resource, property: string): readonly Grant[] =>
  statements(resource.inputs[property]).map(statement => ({
    holder: resource.name,
    sid: String(statement['Sid']),
    principal: isMap(statement['Principal'])
      ? Object.values(statement['Principal']).map(String).join(', ')
      : texts(statement['Principal']).join(', '),
    actions: texts(statement['Action']),
    resources: texts(statement['Resource']),
    condition: statement['Condition'],
  }));

/** Every statement of every policy. */
export const grants = ({resources}: Plan): readonly Grant[] =>
  resources.flatMap(resource => {
    switch (resource.type) {
      case 'aws:iam/role:Role':
        return grantsOf(resource, 'assumeRolePolicy');
      case 'aws:ec2/vpcEndpoint:VpcEndpoint':
      case 'aws:iam/rolePolicy:RolePolicy':
      case 'aws:sns/topicPolicy:TopicPolicy':
        return grantsOf(resource, 'policy');
      default:
        return [];
    }
  });

export type Connection = {readonly to: string; readonly from: string; readonly port: string; readonly why: string};

/** Every inbound connection that security groups allow. */
export const connections = ({resources}: Plan): readonly Connection[] => {
  const names = new Map(resources.map(({id, name}) => [id, name]));
  return resources
    .filter(({type}) => type === 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule')
    .map(({inputs}) => {
      const peer =
        inputs['referencedSecurityGroupId'] ?? inputs['prefixListId'] ?? inputs['cidrIpv4'] ?? inputs['cidrIpv6'];
      const named = (id: Json | undefined): string => names.get(String(id)) ?? String(id);
      return {
        to: named(inputs['securityGroupId']),
        from: named(peer),
        port: String(inputs['fromPort']),
        why: String(inputs['description'] ?? ''),
      };
    });
};

/** Grafana's environment variables that grant access when they are `true`, with what they allow. */
const accessVariables: Readonly<Record<string, string>> = {
  GF_USERS_ALLOW_SIGN_UP: 'anyone may create an account',
  GF_SECURITY_ALLOW_EMBEDDING: 'other sites may show its pages in a frame',
  GF_SNAPSHOTS_ENABLED: 'snapshots of boards may be shared without a login',
  GF_SNAPSHOTS_PUBLIC_MODE: 'anyone without a login may create and read snapshots',
  GF_PUBLIC_DASHBOARDS_ENABLED: 'boards may be shared without a login',
  GF_METRICS_ENABLED: "anyone without a login may read Grafana's own metrics",
  GF_AUTH_PROXY_ENABLED: 'anyone may log in as any user by setting a header',
};

/** In open source Grafana every role may query every datasource, beyond what boards show. */
const anonymously = (role: string): string =>
  role === 'Viewer'
    ? 'anyone without a login sees every board and may send any query to the datasources: all metrics of the workspace and of CloudWatch'
    : `anyone without a login may change everything (role ${role}) and send any query to the datasources`;

const accessBySettings = (environment: ReadonlyMap<string, string>): readonly string[] => [
  ...(environment.get('GF_AUTH_ANONYMOUS_ENABLED') === 'true'
    ? [anonymously(environment.get('GF_AUTH_ANONYMOUS_ORG_ROLE') ?? 'Viewer')]
    : []),
  ...Object.entries(accessVariables).flatMap(([variable, what]) =>
    environment.get(variable) === 'true' ? [what] : [],
  ),
];

/** Access that containers grant by their settings, independent of the network. */
const accessOfContainers = (name: string, definitions: Json | undefined): readonly string[] => {
  if (typeof definitions !== 'string') return [];
  const containers: Json = JSON.parse(definitions);
  return (Array.isArray(containers) ? containers : []).flatMap((container: Json) => {
    const variables = isMap(container) && Array.isArray(container['environment']) ? container['environment'] : [];
    const environment = new Map(
      variables.flatMap((one: Json) => (isMap(one) ? [[String(one['name']), String(one['value'])] as const] : [])),
    );
    return accessBySettings(environment).map(what => `${name.replace(/-definition$/, '')}: ${what}`);
  });
};

/** Everything that is reachable from the Internet, and what the settings allow there. */
export const publicAccess = ({resources, outputs}: Plan): readonly string[] =>
  resources.flatMap(({type, name, inputs}) => {
    switch (type) {
      case 'aws:cloudfront/distribution:Distribution': {
        const certificate = inputs['viewerCertificate'];
        const own = isMap(certificate) && certificate['minimumProtocolVersion'];
        const guard = inputs['webAclId'] ? 'behind a web ACL' : 'without a web ACL';
        const tls = own
          ? `TLS ${own} and later`
          : "CloudFront's default certificate, which allows TLS 1.0 and later; a custom domain requires TLS 1.2";
        return [
          `${name}: CloudFront, HTTPS only, ${guard}; ${tls}; ${String(outputs['grafanaUrl'])}`,
          ...(inputs['webAclId'] ? [] : [`${name}: the login form has no rate limit: webAclArn adds a web ACL`]),
        ];
      }
      case 'aws:ecs/taskDefinition:TaskDefinition':
        return accessOfContainers(name, inputs['containerDefinitions']);
      case 'aws:lb/loadBalancer:LoadBalancer':
        return inputs['internal'] === true ? [] : [`${name}: load balancer with public addresses`];
      case 'aws:ecs/service:Service':
        return [
          ...(JSON.stringify(inputs['networkConfiguration'] ?? null).includes('"assignPublicIp":true')
            ? [`${name}: tasks with public addresses`]
            : []),
          ...(inputs['enableExecuteCommand'] === true
            ? [`${name}: everyone with ecs:ExecuteCommand can open a shell in its tasks`]
            : []),
        ];
      case 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule':
        return inputs['cidrIpv4'] === '0.0.0.0/0' || inputs['cidrIpv6'] === '::/0'
          ? [`${name}: a security group open to the Internet`]
          : [];
      default:
        return [];
    }
  });
