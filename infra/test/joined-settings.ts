/** Account facts of a stack that uses every setting. */
import type {Json} from '../plan/engine-protocol.ts';

export const joinedSettings: Readonly<Record<string, Json>> = {
  vpcId: 'vpc-0123456789abcdef0',
  privateSubnetIds: ['subnet-0aaaaaaaaaaaaaaa1', 'subnet-0aaaaaaaaaaaaaaa2'],
  publicSubnetIds: ['subnet-0bbbbbbbbbbbbbbb1'],
  serviceConnectNamespace: 'mcp-gateway',
  gatewaySecurityGroupIds: ['sg-0123456789abcdef0', 'sg-0123456789abcdef1'],
  alarmEmails: ['team@example.org'],
  domain: 'metrics.example.org',
  certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef',
  webAclArn: 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/metrics/01234567-89ab-cdef-0123-456789abcdef',
  anonymousAccess: 'viewer',
  permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/boundary',
};
