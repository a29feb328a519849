import test from 'ava';
import {all, dev, joinedSettings, one, plans, toList} from './plans.ts';

const distribution = (plan: typeof dev) => one(plan, 'aws:cloudfront/distribution:Distribution', 'grafana').inputs;

for (const [stack, plan] of Object.entries(plans)) {
  test(`${stack}: CloudFront serves /grafana and everything under it over HTTPS, uncached, with every header`, t => {
    const {orderedCacheBehaviors} = distribution(plan);
    const behaviours = JSON.parse(JSON.stringify(orderedCacheBehaviors));
    t.deepEqual(
      behaviours.map((one: {pathPattern: string}) => one.pathPattern),
      ['/grafana', '/grafana/*'],
    );
    for (const behaviour of behaviours)
      t.like(behaviour, {
        viewerProtocolPolicy: 'redirect-to-https',
        cachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
        originRequestPolicyId: '216adef6-5c7f-47e4-b989-5492eafa07d3',
        responseHeadersPolicyId: one(
          plan,
          'aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy',
          'security-headers',
        ).id,
        allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'],
      });
  });

  test(`${stack}: no other path reaches the load balancer`, t => {
    const {defaultCacheBehavior} = distribution(plan);
    t.like(defaultCacheBehavior, {
      viewerProtocolPolicy: 'redirect-to-https',
      functionAssociations: [
        {
          eventType: 'viewer-request',
          functionArn: String(one(plan, 'aws:cloudfront/function:Function', 'redirect-to-grafana').outputs['arn']),
        },
      ],
    });
    t.deepEqual(JSON.parse(JSON.stringify(defaultCacheBehavior)).allowedMethods, ['GET', 'HEAD']);
    t.like(one(plan, 'aws:lb/listenerRule:ListenerRule', 'grafana').inputs, {
      conditions: [{pathPattern: {values: ['/grafana', '/grafana/*']}}],
    });
    t.like(one(plan, 'aws:lb/listener:Listener', 'front').inputs, {
      port: 80,
      defaultActions: [{type: 'fixed-response'}],
    });
  });

  test(`${stack}: the origin is the internal load balancer, through a VPC origin`, t => {
    const balancer = one(plan, 'aws:lb/loadBalancer:LoadBalancer', 'front');
    t.like(balancer.inputs, {internal: true, loadBalancerType: 'application', dropInvalidHeaderFields: true});
    const origin = one(plan, 'aws:cloudfront/vpcOrigin:VpcOrigin', 'front');
    t.like(origin.inputs, {
      vpcOriginEndpointConfig: {
        arn: balancer.id,
        httpPort: 80,
        originProtocolPolicy: 'http-only',
        originSslProtocols: {items: ['TLSv1.2'], quantity: 1},
      },
    });
    const [found] = toList(distribution(plan)['origins']);
    const {vpcOriginConfig} = JSON.parse(JSON.stringify(found));
    t.true(vpcOriginConfig.originKeepaliveTimeout <= 60 && vpcOriginConfig.originReadTimeout <= 60); // CloudFront's quotas
    t.true(Number(balancer.inputs['idleTimeout']) > vpcOriginConfig.originKeepaliveTimeout); // or it would close what CloudFront uses
    t.like(found, {domainName: String(balancer.outputs['dnsName']), vpcOriginConfig: {vpcOriginId: origin.id}});
  });
}

test('the function redirects the bare host name to Grafana and responds 404 to other paths', t => {
  const code = String(one(dev, 'aws:cloudfront/function:Function', 'redirect-to-grafana').inputs['code']);
  const handler = new Function(`${code}; return handler;`)();
  t.like(handler({request: {uri: '/'}}), {statusCode: 302, headers: {location: {value: '/grafana/'}}});
  t.like(handler({request: {uri: '/metrics'}}), {statusCode: 404});
});

test('security headers: HSTS for a year, no sniffing, framing only by the same origin', t => {
  const {securityHeadersConfig} = one(
    dev,
    'aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy',
    'security-headers',
  ).inputs;
  t.like(securityHeadersConfig, {
    strictTransportSecurity: {accessControlMaxAgeSec: 31_536_000, override: true},
    contentTypeOptions: {override: true},
    frameOptions: {frameOption: 'SAMEORIGIN'},
  });
});

test('a custom domain requires TLS 1.2, and a web ACL is attached', t => {
  t.like(distribution(all), {
    aliases: ['metrics.example.org'],
    viewerCertificate: {
      acmCertificateArn: joinedSettings['certificateArn'] ?? null,
      minimumProtocolVersion: 'TLSv1.2_2021',
      sslSupportMethod: 'sni-only',
    },
    webAclId: joinedSettings['webAclArn'] ?? null,
  });
  t.deepEqual(distribution(dev)['viewerCertificate'], {cloudfrontDefaultCertificate: true});
});

test('the load balancer checks the health endpoint of Grafana', t => {
  t.like(one(dev, 'aws:lb/targetGroup:TargetGroup', 'grafana').inputs, {
    port: 3000,
    targetType: 'ip',
    healthCheck: {path: '/api/health', matcher: '200'},
  });
});
