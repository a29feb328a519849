/**
 * The AWS API calls that Pulumi's providers make for each resource type of the program, as IAM actions: creating, reading, updating and
 * deleting it, and its tags. From the providers' sources (terraform-provider-aws, pulumi-awsx); a test compares the types with the plans.
 */

const tagging = (service: string): readonly string[] => [
  `${service}:TagResource`,
  `${service}:UntagResource`,
  `${service}:ListTagsForResource`,
];
const lifecycle = (service: string, noun: string, verbs: readonly string[]): readonly string[] =>
  verbs.map(verb => `${service}:${verb}${noun}`);

const ec2Tags = ['ec2:CreateTags', 'ec2:DeleteTags', 'ec2:DescribeTags'];
const logGroup = [
  'logs:CreateLogGroup',
  'logs:DeleteLogGroup',
  'logs:DescribeLogGroups',
  'logs:PutRetentionPolicy',
  'logs:DeleteRetentionPolicy',
  ...tagging('logs'),
];
/** CloudWatch Logs grants deliveries access to a group in the name of the caller. */
const vendedLogs = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
];
const loadBalancers = lifecycle('elasticloadbalancing', 'Tags', ['Add', 'Remove', 'Describe']);
const vpc = [
  ...lifecycle('ec2', 'Vpc', ['Create', 'Delete']),
  'ec2:DescribeVpcs',
  'ec2:DescribeVpcAttribute',
  'ec2:ModifyVpcAttribute',
  ...lifecycle('ec2', 'Subnet', ['Create', 'Delete']),
  'ec2:DescribeSubnets',
  'ec2:ModifySubnetAttribute',
  ...lifecycle('ec2', 'InternetGateway', ['Create', 'Delete', 'Attach', 'Detach']),
  'ec2:DescribeInternetGateways',
  ...lifecycle('ec2', 'NatGateway', ['Create', 'Delete']),
  'ec2:DescribeNatGateways',
  'ec2:AllocateAddress',
  'ec2:ReleaseAddress',
  'ec2:DisassociateAddress',
  'ec2:DescribeAddresses',
  'ec2:DescribeAddressesAttribute',
  ...lifecycle('ec2', 'RouteTable', ['Create', 'Delete', 'Associate', 'Disassociate']),
  'ec2:ReplaceRouteTableAssociation',
  'ec2:DescribeRouteTables',
  ...lifecycle('ec2', 'Route', ['Create', 'Delete', 'Replace']),
  'ec2:DescribeNetworkAcls',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeNetworkInterfaces',
  ...ec2Tags,
];
const securityGroupRules = ['ec2:DescribeSecurityGroupRules', 'ec2:ModifySecurityGroupRules', ...ec2Tags];

/** The calls by type of resource. Types of awsx cover the resources that they consist of. */
export const resourceCalls: Readonly<Record<string, readonly string[]>> = {
  'aws:amp/alertManagerDefinition:AlertManagerDefinition': lifecycle('aps', 'AlertManagerDefinition', [
    'Create',
    'Describe',
    'Put',
    'Delete',
  ]),
  'aws:amp/queryLoggingConfiguration:QueryLoggingConfiguration': [
    ...lifecycle('aps', 'QueryLoggingConfiguration', ['Create', 'Describe', 'Update', 'Delete']),
    ...vendedLogs,
  ],
  'aws:amp/ruleGroupNamespace:RuleGroupNamespace': [
    ...lifecycle('aps', 'RuleGroupsNamespace', ['Create', 'Describe', 'Put', 'Delete']),
    ...tagging('aps'),
  ],
  'aws:amp/workspace:Workspace': [
    ...lifecycle('aps', 'Workspace', ['Create', 'Describe', 'Delete']),
    'aps:UpdateWorkspaceAlias',
    ...lifecycle('aps', 'LoggingConfiguration', ['Create', 'Describe', 'Update', 'Delete']),
    ...tagging('aps'),
    ...vendedLogs,
  ],
  'aws:amp/workspaceConfiguration:WorkspaceConfiguration': lifecycle('aps', 'WorkspaceConfiguration', [
    'Describe',
    'Update',
  ]),
  'aws:appautoscaling/policy:Policy': [
    'application-autoscaling:PutScalingPolicy',
    'application-autoscaling:DescribeScalingPolicies',
    'application-autoscaling:DeleteScalingPolicy',
    'cloudwatch:PutMetricAlarm',
    'cloudwatch:DeleteAlarms',
    'cloudwatch:DescribeAlarms',
  ],
  'aws:appautoscaling/target:Target': [
    'application-autoscaling:RegisterScalableTarget',
    'application-autoscaling:DescribeScalableTargets',
    'application-autoscaling:DeregisterScalableTarget',
    ...tagging('application-autoscaling'),
  ],
  'aws:cloudfront/distribution:Distribution': [
    ...lifecycle('cloudfront', 'Distribution', ['Create', 'Get', 'Update', 'Delete']),
    'cloudfront:GetDistributionConfig',
    'acm:DescribeCertificate',
    'wafv2:GetWebACL',
    ...tagging('cloudfront'),
  ],
  'aws:cloudfront/function:Function': lifecycle('cloudfront', 'Function', [
    'Create',
    'Describe',
    'Get',
    'Update',
    'Publish',
    'Delete',
  ]),
  'aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy': lifecycle('cloudfront', 'ResponseHeadersPolicy', [
    'Create',
    'Get',
    'Update',
    'Delete',
  ]),
  'aws:cloudfront/vpcOrigin:VpcOrigin': [
    ...lifecycle('cloudfront', 'VpcOrigin', ['Create', 'Get', 'Update', 'Delete']),
    'ec2:DescribeInternetGateways',
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcs',
    ...tagging('cloudfront'),
  ],
  'aws:cloudwatch/logDelivery:LogDelivery': [
    ...lifecycle('logs', 'Delivery', ['Create', 'Get', 'Delete']),
    'logs:UpdateDeliveryConfiguration',
    ...vendedLogs,
  ],
  'aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination': [
    ...lifecycle('logs', 'DeliveryDestination', ['Put', 'Get', 'Delete']),
    ...tagging('logs'),
  ],
  'aws:cloudwatch/logDeliverySource:LogDeliverySource': [
    ...lifecycle('logs', 'DeliverySource', ['Put', 'Get', 'Delete']),
    'cloudfront:AllowVendedLogDeliveryForResource',
    ...tagging('logs'),
  ],
  'aws:cloudwatch/logGroup:LogGroup': logGroup,
  'aws:cloudwatch/metricAlarm:MetricAlarm': [
    'cloudwatch:PutMetricAlarm',
    'cloudwatch:DescribeAlarms',
    'cloudwatch:DeleteAlarms',
    ...tagging('cloudwatch'),
  ],
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup': [
    'ec2:DescribeSecurityGroups',
    'ec2:RevokeSecurityGroupIngress',
    'ec2:RevokeSecurityGroupEgress',
    ...ec2Tags,
  ],
  'aws:ec2/flowLog:FlowLog': [
    'ec2:CreateFlowLogs',
    'ec2:DescribeFlowLogs',
    'ec2:DeleteFlowLogs',
    'iam:PassRole',
    ...ec2Tags,
  ],
  'aws:ec2/securityGroup:SecurityGroup': [
    'ec2:CreateSecurityGroup',
    'ec2:DescribeSecurityGroups',
    'ec2:DeleteSecurityGroup',
    'ec2:RevokeSecurityGroupEgress',
    'ec2:RevokeSecurityGroupIngress',
    'ec2:DescribeNetworkInterfaces',
    ...ec2Tags,
  ],
  'aws:ec2/vpcEndpoint:VpcEndpoint': [
    'ec2:CreateVpcEndpoint',
    'ec2:DescribeVpcEndpoints',
    'ec2:ModifyVpcEndpoint',
    'ec2:DeleteVpcEndpoints',
    'ec2:DescribePrefixLists',
    ...ec2Tags,
  ],
  'aws:ecs/cluster:Cluster': [
    'ecs:CreateCluster',
    'ecs:DescribeClusters',
    'ecs:UpdateCluster',
    'ecs:UpdateClusterSettings',
    'ecs:DeleteCluster',
    ...tagging('ecs'),
  ],
  'aws:ecs/clusterCapacityProviders:ClusterCapacityProviders': [
    'ecs:PutClusterCapacityProviders',
    'ecs:DescribeClusters',
  ],
  'aws:ecs/service:Service': [
    'ecs:CreateService',
    'ecs:DescribeServices',
    'ecs:UpdateService',
    'ecs:DeleteService',
    'ecs:ListServiceDeployments',
    'ecs:DescribeServiceDeployments',
    'ecs:ListTasks',
    'ecs:DescribeTasks',
    'servicediscovery:GetNamespace',
    'servicediscovery:ListNamespaces',
    ...tagging('ecs'),
  ],
  'aws:ecs/taskDefinition:TaskDefinition': [
    'ecs:RegisterTaskDefinition',
    'ecs:DescribeTaskDefinition',
    'ecs:DeregisterTaskDefinition',
    'iam:PassRole',
    ...tagging('ecs'),
  ],
  'aws:iam/role:Role': [
    ...lifecycle('iam', 'Role', ['Create', 'Get', 'Update', 'Delete', 'Tag', 'Untag']),
    'iam:UpdateAssumeRolePolicy',
    'iam:PutRolePermissionsBoundary', // nothing removes one
    'iam:ListRolePolicies',
    'iam:ListAttachedRolePolicies',
    'iam:ListInstanceProfilesForRole',
  ],
  'aws:iam/rolePolicy:RolePolicy': lifecycle('iam', 'RolePolicy', ['Put', 'Get', 'Delete']),
  'aws:lb/listener:Listener': [
    ...lifecycle('elasticloadbalancing', 'Listener', ['Create', 'Modify', 'Delete']),
    'elasticloadbalancing:DescribeListeners',
    'elasticloadbalancing:DescribeListenerAttributes',
    'elasticloadbalancing:ModifyListenerAttributes',
    ...loadBalancers,
  ],
  'aws:lb/listenerRule:ListenerRule': [
    ...lifecycle('elasticloadbalancing', 'Rule', ['Create', 'Modify', 'Delete']),
    'elasticloadbalancing:DescribeRules',
    'elasticloadbalancing:SetRulePriorities',
    ...loadBalancers,
  ],
  'aws:lb/loadBalancer:LoadBalancer': [
    'elasticloadbalancing:CreateLoadBalancer',
    'elasticloadbalancing:DescribeLoadBalancers',
    'elasticloadbalancing:DescribeLoadBalancerAttributes',
    'elasticloadbalancing:DescribeCapacityReservation',
    'elasticloadbalancing:ModifyLoadBalancerAttributes',
    'elasticloadbalancing:SetSecurityGroups',
    'elasticloadbalancing:SetSubnets',
    'elasticloadbalancing:DeleteLoadBalancer',
    'ec2:DescribeNetworkInterfaces',
    ...loadBalancers,
  ],
  'aws:lb/targetGroup:TargetGroup': [
    'elasticloadbalancing:CreateTargetGroup',
    'elasticloadbalancing:DescribeTargetGroups',
    'elasticloadbalancing:DescribeTargetGroupAttributes',
    'elasticloadbalancing:ModifyTargetGroup',
    'elasticloadbalancing:ModifyTargetGroupAttributes',
    'elasticloadbalancing:DeleteTargetGroup',
    ...loadBalancers,
  ],
  'aws:secretsmanager/secret:Secret': [
    'secretsmanager:CreateSecret',
    'secretsmanager:DescribeSecret',
    'secretsmanager:UpdateSecret',
    'secretsmanager:DeleteSecret',
    'secretsmanager:GetResourcePolicy',
    'secretsmanager:TagResource',
    'secretsmanager:UntagResource',
  ],
  'aws:secretsmanager/secretVersion:SecretVersion': [
    'secretsmanager:PutSecretValue',
    'secretsmanager:GetSecretValue',
    'secretsmanager:DescribeSecret',
    'secretsmanager:UpdateSecretVersionStage',
  ],
  'aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace': [
    'servicediscovery:CreatePrivateDnsNamespace',
    'servicediscovery:GetNamespace',
    'servicediscovery:GetOperation',
    'servicediscovery:UpdatePrivateDnsNamespace',
    'servicediscovery:DeleteNamespace',
    'route53:CreateHostedZone',
    'route53:GetHostedZone',
    'route53:DeleteHostedZone',
    'route53:ListHostedZonesByName',
    'ec2:DescribeVpcs',
    'ec2:DescribeRegions',
    ...tagging('servicediscovery'),
  ],
  'aws:servicediscovery/service:Service': [
    'servicediscovery:CreateService',
    'servicediscovery:GetService',
    'servicediscovery:GetOperation',
    'servicediscovery:UpdateService',
    'servicediscovery:DeleteService',
    'servicediscovery:ListInstances',
    'servicediscovery:DeregisterInstance',
    ...tagging('servicediscovery'),
  ],
  'aws:sns/topic:Topic': [
    'sns:CreateTopic',
    'sns:GetTopicAttributes',
    'sns:SetTopicAttributes',
    'sns:DeleteTopic',
    ...tagging('sns'),
  ],
  'aws:sns/topicPolicy:TopicPolicy': ['sns:GetTopicAttributes', 'sns:SetTopicAttributes'],
  'aws:sns/topicSubscription:TopicSubscription': [
    'sns:Subscribe',
    'sns:GetSubscriptionAttributes',
    'sns:SetSubscriptionAttributes',
    'sns:Unsubscribe',
  ],
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': [
    'ec2:AuthorizeSecurityGroupEgress',
    'ec2:RevokeSecurityGroupEgress',
    ...securityGroupRules,
  ],
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': [
    'ec2:AuthorizeSecurityGroupIngress',
    'ec2:RevokeSecurityGroupIngress',
    ...securityGroupRules,
  ],
  'awsx:ec2:Vpc': vpc,
  'awsx:ecr:Image': [
    'ecr:GetAuthorizationToken',
    'ecr:BatchCheckLayerAvailability',
    'ecr:BatchGetImage',
    'ecr:GetDownloadUrlForLayer',
    'ecr:InitiateLayerUpload',
    'ecr:UploadLayerPart',
    'ecr:CompleteLayerUpload',
    'ecr:PutImage',
  ],
  'awsx:ecr:Repository': [
    'ecr:CreateRepository',
    'ecr:DescribeRepositories',
    'ecr:DeleteRepository',
    'ecr:PutLifecyclePolicy',
    'ecr:GetLifecyclePolicy',
    'ecr:DeleteLifecyclePolicy',
    'ecr:PutImageScanningConfiguration',
    'ecr:PutImageTagMutability',
    ...tagging('ecr'),
  ],
};

/** The calls by function that the program calls, and by what awsx calls while a preview runs. */
export const invokeCalls: Readonly<Record<string, readonly string[]>> = {
  'aws:index/getAvailabilityZones:getAvailabilityZones': ['ec2:DescribeAvailabilityZones'],
  'aws:index/getCallerIdentity:getCallerIdentity': ['sts:GetCallerIdentity'],
  'aws:ec2/getInternetGateway:getInternetGateway': ['ec2:DescribeInternetGateways'],
  'aws:ec2/getManagedPrefixList:getManagedPrefixList': [
    'ec2:DescribeManagedPrefixLists',
    'ec2:GetManagedPrefixListEntries',
  ],
  'aws:ec2/getRouteTable:getRouteTable': ['ec2:DescribeRouteTables'],
  'aws:ec2/getRouteTables:getRouteTables': ['ec2:DescribeRouteTables'],
  'aws:ec2/getSecurityGroup:getSecurityGroup': ['ec2:DescribeSecurityGroups'],
  'aws:ec2/getSubnet:getSubnet': ['ec2:DescribeSubnets'],
  'aws:ec2/getVpc:getVpc': ['ec2:DescribeVpcs', 'ec2:DescribeVpcAttribute', 'ec2:DescribeRouteTables'],
  'aws:ec2/getVpcEndpointService:getVpcEndpointService': ['ec2:DescribeVpcEndpointServices'],
  /** awsx logs in to the registry before it knows whether there is anything to build. */
  'awsx:ecr:Image': ['ecr:GetAuthorizationToken'],
};

/** Services that create a service-linked role on first use in an account, on behalf of the caller. */
export const serviceLinkedRoles = [
  'ecs.amazonaws.com',
  'ecs.application-autoscaling.amazonaws.com',
  'elasticloadbalancing.amazonaws.com',
  'vpcorigin.cloudfront.amazonaws.com',
] as const;

/** Services that run tasks and flow logs: roles may be passed only to these. */
export const passedTo = ['ecs-tasks.amazonaws.com', 'vpc-flow-logs.amazonaws.com'] as const;

/** The calls of `npm run smoke -- aws` and `npm run verify` after a deployment. */
export const proofCalls = [
  'ecs:RunTask',
  'ecs:DescribeTasks',
  'ecs:StopTask',
  'logs:GetLogEvents',
  'aps:QueryMetrics',
  'aps:GetLabels',
  'aps:GetSeries',
  'aps:GetMetricMetadata',
] as const;
