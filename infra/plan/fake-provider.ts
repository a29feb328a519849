/**
 * Stands in for AWS: gives new resources ids, ARNs and addresses in their real format, so that policies,
 * URLs and container definitions in a plan are readable. The same resource gets the same values every time.
 */
import {createHash} from 'node:crypto';
import {asSecret, type Properties, reference} from './engine-protocol.ts';
import {awsxShapes} from './fake-awsx.ts';
import {
  accountId,
  type Child,
  type Create,
  type CreateOutput,
  hex,
  type Respond,
  type Shape,
  type Shapes,
  text,
} from './provider-shape.ts';

const uuid = (seed: string): string => hex(seed, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const capitals = (seed: string, length: number): string =>
  [...createHash('sha256').update(seed).digest()]
    .slice(0, length)
    .map(byte => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'[byte % 36])
    .join('');

/** The id is the ARN, as for most resources. */
const byArn = (arn: string, outputs: Properties = {}): CreateOutput => ({id: arn, outputs: {arn, ...outputs}});

const balancer: Shape = ({arn, inputs, named, region, token}) => {
  const network = inputs['loadBalancerType'] === 'network';
  const suffix = `${network ? 'net' : 'app'}/${named}/${token(16)}`;
  const dnsName = network
    ? `${named}-${token(16)}.elb.${region}.amazonaws.com`
    : `internal-${named}-${hex(named, 10)}.${region}.elb.amazonaws.com`;
  return byArn(arn('elasticloadbalancing', `loadbalancer/${suffix}`), {arnSuffix: suffix, dnsName, name: named});
};

const shapes: Shapes = {
  ...awsxShapes,
  'aws:ec2/securityGroup:SecurityGroup': ({arn, token, named}) => {
    const id = `sg-${token(17)}`;
    return {id, outputs: {arn: arn('ec2', `security-group/${id}`), name: named}};
  },
  'aws:ec2/vpcEndpoint:VpcEndpoint': ({token}) => ({id: `vpce-${token(17)}`, outputs: {}}),
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': ({token}) => ({id: `sgr-${token(17)}`, outputs: {}}),
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': ({token}) => ({id: `sgr-${token(17)}`, outputs: {}}),
  'aws:amp/workspace:Workspace': ({arn, region, urn}) => {
    const id = `ws-${uuid(urn)}`;
    const prometheusEndpoint = `https://aps-workspaces.${region}.amazonaws.com/workspaces/${id}/`;
    return {id, outputs: {arn: arn('aps', `workspace/${id}`), prometheusEndpoint}};
  },
  'aws:sns/topic:Topic': ({arn, named}) => byArn(arn('sns', named), {name: named}),
  'aws:cloudwatch/logGroup:LogGroup': ({arn, named}) => ({
    id: named,
    outputs: {arn: arn('logs', `log-group:${named}`), name: named},
  }),
  'aws:cloudwatch/metricAlarm:MetricAlarm': ({arn, named}) => ({
    id: named,
    outputs: {arn: arn('cloudwatch', `alarm:${named}`), name: named},
  }),
  'aws:ecs/cluster:Cluster': ({arn, named}) => byArn(arn('ecs', `cluster/${named}`), {name: named}),
  'aws:ecs/service:Service': ({arn, inputs, named}) =>
    byArn(arn('ecs', `service/${text(inputs['cluster']).split('/').at(-1)}/${named}`), {name: named}),
  'aws:ecs/taskDefinition:TaskDefinition': ({arn, inputs}) => ({
    id: text(inputs['family']),
    outputs: {arn: arn('ecs', `task-definition/${text(inputs['family'])}:1`), revision: 1},
  }),
  'aws:iam/role:Role': ({inputs, named}) => ({
    id: named,
    outputs: {arn: `arn:aws:iam::${accountId}:role${text(inputs['path']) || '/'}${named}`, name: named},
  }),
  'aws:secretsmanager/secret:Secret': ({arn, inputs, token}) => {
    const name = `${text(inputs['namePrefix'])}${token(26)}`;
    return byArn(arn('secretsmanager', `secret:${name}-${token(6)}`), {name});
  },
  'aws:secretsmanager/secretVersion:SecretVersion': ({inputs, urn}) => {
    const arn = text(inputs['secretId']);
    const versionId = uuid(`${urn} ${inputs['secretStringWoVersion']}`);
    return {id: `${arn}|${versionId}`, outputs: {arn, versionId}};
  },
  'random:index/randomId:RandomId': ({inputs, urn}) => {
    const value = hex(`${urn} ${JSON.stringify(inputs['keepers'])}`, 2 * Number(inputs['byteLength']));
    return {id: value, outputs: {hex: value}};
  },
  'random:index/randomPassword:RandomPassword': ({urn}) => ({
    id: 'none',
    outputs: {result: asSecret(hex(urn, 48))},
  }),
  'aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace': ({arn, token}) => {
    const id = `ns-${token(16)}`;
    return {id, outputs: {arn: arn('servicediscovery', `namespace/${id}`)}};
  },
  'aws:servicediscovery/service:Service': ({arn, token}) => {
    const id = `srv-${token(16)}`;
    return {id, outputs: {arn: arn('servicediscovery', `service/${id}`)}};
  },
  'aws:lb/loadBalancer:LoadBalancer': balancer,
  'aws:lb/targetGroup:TargetGroup': ({arn, named, token}) => {
    const arnSuffix = `targetgroup/${named}/${token(16)}`;
    return byArn(arn('elasticloadbalancing', arnSuffix), {arnSuffix, name: named});
  },
  'aws:lb/listener:Listener': ({arn, inputs, token}) =>
    byArn(
      arn(
        'elasticloadbalancing',
        `${text(inputs['loadBalancerArn']).split(':').at(-1)?.replace('loadbalancer', 'listener')}/${token(16)}`,
      ),
    ),
  'aws:lb/listenerRule:ListenerRule': ({arn, inputs, token}) =>
    byArn(
      arn(
        'elasticloadbalancing',
        `${text(inputs['listenerArn']).split(':').at(-1)?.replace('listener', 'listener-rule')}/${token(16)}`,
      ),
    ),
  'aws:cloudfront/vpcOrigin:VpcOrigin': ({urn}) => {
    const id = `vo_${capitals(urn, 22)}`;
    return {id, outputs: {arn: `arn:aws:cloudfront::${accountId}:vpcorigin/${id}`}};
  },
  'aws:cloudfront/distribution:Distribution': ({urn, token}) => {
    const id = `E${capitals(urn, 13)}`;
    return {
      id,
      outputs: {arn: `arn:aws:cloudfront::${accountId}:distribution/${id}`, domainName: `d${token(13)}.cloudfront.net`},
    };
  },
  'aws:cloudfront/function:Function': ({named}) => ({
    id: named,
    outputs: {arn: `arn:aws:cloudfront::${accountId}:function/${named}`, name: named},
  }),
  'aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy': ({urn, named}) => ({
    id: uuid(urn),
    outputs: {name: named},
  }),
  'aws:cloudwatch/logDeliverySource:LogDeliverySource': ({arn, named}) => ({
    id: named,
    outputs: {arn: arn('logs', `delivery-source:${named}`), name: named},
  }),
  'aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination': ({arn, named}) => ({
    id: named,
    outputs: {arn: arn('logs', `delivery-destination:${named}`), name: named},
  }),
  'aws:appautoscaling/target:Target': ({inputs}) => ({id: text(inputs['resourceId']), outputs: {}}),
};

/** A resource as AWS would have created it. Types that no other resource refers to get only an id. */
export const create: Create = input => {
  const {inputs, name, region, type, urn} = input;
  const token = (length: number): string => hex(urn, length);
  const shape = shapes[type];
  if (!shape) return {id: `${name}-${token(7)}`, outputs: {}};
  const children: Child[] = [];
  const created = shape({
    ...input,
    child: (childType, childName, id, state = {}) => {
      const childUrn = `${urn.slice(0, urn.lastIndexOf('::'))}$${childType}::${childName}`;
      children.push({urn: childUrn, id, state});
      return reference(childUrn, id);
    },
    token,
    named: text(inputs['name']) || `${name}-${token(7)}`,
    arn: (service, rest) => `arn:aws:${service}:${region}:${accountId}:${rest}`,
  });
  return {...created, children};
};

/** Names of a region's zones with their ids, in the order of an example account: `us-east-1b` is `use1-az3`. */
const zones = (region: string): readonly {readonly name: string; readonly id: string}[] => {
  const code = region.replace(/-(north|south|east|west|central)+-/, way =>
    way.replaceAll(/(.)(?:orth|outh|ast|est|entral)/g, '$1').replaceAll('-', ''),
  );
  const ids = [1, 3, 2, 4].map(number => `${code}-az${number}`);
  return ids
    .slice(0, region === 'us-west-1' ? 2 : ids.length)
    .map((id, index) => ({id, name: `${region}${'abcd'[index]}`}));
};

/**
 * Returns the result of a function that the program invokes, as AWS does; undefined for a function that is not known
 * here.
 */
export const respond: Respond = (token, question) => {
  switch (token) {
    case 'aws:index/getAvailabilityZones:getAvailabilityZones': {
      const {region = '', excludeZoneIds = []} = question;
      const excluded = JSON.stringify(excludeZoneIds);
      const left = zones(text(region)).filter(({id}) => !excluded.includes(`"${id}"`));
      return {id: region, names: left.map(({name}) => name)};
    }
    case 'aws:ec2/getVpcEndpointService:getVpcEndpointService': {
      const [, , region = ''] = text(question['serviceName']).split('.');
      // Not every zone offers the service.
      return {id: '', availabilityZones: zones(region).flatMap(({name}) => (name === 'eu-west-1b' ? [] : [name]))};
    }
    // A VPC that meets the program's requirements: a plan can't know the real one.
    case 'aws:ec2/getVpc:getVpc':
      return {id: question['id'] ?? '', enableDnsSupport: true, enableDnsHostnames: true};
    case 'aws:ec2/getInternetGateway:getInternetGateway':
      return {id: 'igw-0123456789abcdef0', internetGatewayId: 'igw-0123456789abcdef0'};
    case 'aws:ec2/getSecurityGroup:getSecurityGroup':
      return {id: question['id'] ?? '', vpcId: question['vpcId'] ?? ''};
    case 'aws:ec2/getSubnet:getSubnet': {
      const {id = '', vpcId = ''} = question;
      return {id, vpcId, availabilityZone: `zone of ${text(id)}`, availabilityZoneId: `zone of ${text(id)}`};
    }
    case 'aws:ec2/getRouteTables:getRouteTables':
      return {id: 'us-east-1', ids: ['rtb-0123456789abcdef0']};
    case 'aws:ec2/getRouteTable:getRouteTable':
      return {
        id: question['routeTableId'] ?? '',
        associations: [{main: true, subnetId: ''}],
        routes: [{cidrBlock: '0.0.0.0/0', natGatewayId: 'nat-0123456789abcdef0', gatewayId: ''}],
      };
    case 'aws:index/getCallerIdentity:getCallerIdentity':
      return {accountId, arn: `arn:aws:iam::${accountId}:user/plan`, id: accountId, userId: 'AIDACKCEVSQ6C2EXAMPLE'};
    case 'aws:ec2/getManagedPrefixList:getManagedPrefixList':
      return {id: 'pl-3b927c52', arn: `arn:aws:ec2:us-east-1:aws:prefix-list/pl-3b927c52`};
    default:
      return undefined;
  }
};
