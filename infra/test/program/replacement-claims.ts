/** Tests that resources can be replaced, and that a stack can be destroyed. */
import test from 'ava';
import {all, dev, ofType, one, planOf, plans, prod} from './plans.ts';

/** Types whose name, or place, AWS gives to one resource at a time. */
const unique = [
  'aws:amp/alertManagerDefinition:AlertManagerDefinition',
  'aws:amp/queryLoggingConfiguration:QueryLoggingConfiguration',
  'aws:amp/ruleGroupNamespace:RuleGroupNamespace',
  'aws:cloudwatch/logDelivery:LogDelivery',
  'aws:cloudwatch/logDeliverySource:LogDeliverySource',
  'aws:ec2/flowLog:FlowLog',
  'aws:ec2/vpcEndpoint:VpcEndpoint',
  'aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace',
  'aws:servicediscovery/service:Service',
];

/** Types whose `name` or family may be used again while the old resource exists. */
const renewable = ['aws:amp/workspaceConfiguration:WorkspaceConfiguration'];

for (const [stack, plan] of Object.entries(plans))
  test(`${stack}: a resource with a fixed name is deleted before its replacement is created`, t => {
    for (const {type, name, inputs, kind, deleteBeforeReplace} of plan.resources) {
      if (kind !== 'resource' || !type.startsWith('aws:') || renewable.includes(type)) continue;
      if (typeof inputs['name'] === 'string' || unique.includes(type)) t.true(deleteBeforeReplace, `${type} ${name}`);
    }
    t.true(plan.resources.filter(({deleteBeforeReplace}) => deleteBeforeReplace).length > 20);
  });

for (const [stack, plan] of Object.entries(plans))
  test(`${stack}: a VPC origin, which AWS can't update in place, is replaced, and named for the stack`, t => {
    const {inputs, replaceOnChanges, deleteBeforeReplace} = one(plan, 'aws:cloudfront/vpcOrigin:VpcOrigin', 'front');
    t.deepEqual(replaceOnChanges, ['vpcOriginEndpointConfig']);
    t.false(deleteBeforeReplace); // the distribution still uses it
    t.like(inputs, {vpcOriginEndpointConfig: {name: `mcp-observability-${plan.stack}-front`}});
  });

test('a workspace that was kept is adopted by its id, and none is created beside it', async t => {
  const id = 'ws-01234567-89ab-cdef-0123-456789abcdef';
  const adopting = await planOf('prod', {workspaceId: id});
  const [workspace, ...others] = ofType(adopting, 'aws:amp/workspace:Workspace');
  t.deepEqual(others, []);
  t.is(workspace?.importId, id);
  // The CLI compares the inputs with what exists, so they must be those it was created with.
  t.deepEqual(workspace?.inputs, one(prod, 'aws:amp/workspace:Workspace', 'workspace').inputs);
  for (const plan of [dev, prod, all]) t.is(one(plan, 'aws:amp/workspace:Workspace', 'workspace').importId, '');
});
