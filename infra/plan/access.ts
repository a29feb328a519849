/** Who may do what, and what is public, read off a plan's policies, security groups and front doors. */
import type {Resource} from './engine.ts';
import {isMap, type Json, type Properties} from './engine-protocol.ts';
import type {Plan} from './plan.ts';

export type Grant = {
  /** The role, topic or other holder of the policy. */
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
    principal: isMap(statement['Principal']) ? Object.values(statement['Principal']).map(String).join(', ') : '',
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
      case 'aws:iam/rolePolicy:RolePolicy':
      case 'aws:sns/topicPolicy:TopicPolicy':
        return grantsOf(resource, 'policy');
      default:
        return [];
    }
  });

export type Connection = {readonly to: string; readonly from: string; readonly port: string; readonly why: string};

/** Every way in that security groups allow. */
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

/** What can be reached from the Internet. */
export const exposed = ({resources, outputs}: Plan): readonly string[] =>
  resources.flatMap(({type, name, inputs}) => {
    switch (type) {
      case 'aws:cloudfront/distribution:Distribution': {
        const certificate = inputs['viewerCertificate'];
        const own = isMap(certificate) && certificate['minimumProtocolVersion'];
        const guard = inputs['webAclId'] ? 'behind a web ACL' : 'without a web ACL';
        const tls = own
          ? `TLS ${own} and later`
          : "CloudFront's own certificate, which takes TLS 1.0 and later: an own domain begins at 1.2";
        return [`${name}: CloudFront, HTTPS only, ${guard}; ${tls}; ${String(outputs['grafanaUrl'])}`];
      }
      case 'aws:lb/loadBalancer:LoadBalancer':
        return inputs['internal'] === true ? [] : [`${name}: load balancer with public addresses`];
      case 'aws:ecs/service:Service':
        return JSON.stringify(inputs['networkConfiguration'] ?? null).includes('"assignPublicIp":true')
          ? [`${name}: tasks with public addresses`]
          : [];
      case 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule':
        return inputs['cidrIpv4'] === '0.0.0.0/0' || inputs['cidrIpv6'] === '::/0'
          ? [`${name}: a security group open to the world`]
          : [];
      default:
        return [];
    }
  });
