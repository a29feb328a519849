/** Grafana's public entry: CloudFront, and an internal load balancer behind it that only CloudFront reaches. */
import * as cloudfront from '@pulumi/aws/cloudfront/index.js';
import * as lb from '@pulumi/aws/lb/index.js';
import * as pulumi from '@pulumi/pulumi';
import {outputOf} from './defined.ts';
import type {Environment} from './environments.ts';
import {grafanaPort} from './grafana-environment.ts';
import type {Network} from './network.ts';
import {edgePort} from './security-groups.ts';
import type {TargetDimensions} from './service-with-alarms.ts';
import type {Settings} from './settings.ts';

export type EdgeArgs = {
  /** `<project>-<stack>`, the prefix of names. */
  readonly prefix: string;
  readonly network: Network;
  readonly domain: Settings['domain'];
  readonly webAclArn: string | undefined;
  readonly environment: Pick<Environment, 'protected'>;
};

/** CloudFront reports to this region wherever its origin is. */
export const cloudfrontRegion = 'us-east-1';

/** The paths of Grafana. `/grafana/*` doesn't match `/grafana`. */
const grafanaPath = '/grafana';
const grafanaPatterns = [grafanaPath, `${grafanaPath}/*`];

/** AWS's own policies have fixed ids: nothing is cached; every header, cookie and query reaches Grafana, Host included. */
const cachingDisabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const allViewer = '216adef6-5c7f-47e4-b989-5492eafa07d3';

/** Redirects the bare host name to Grafana; every other path outside Grafana's is a 404. */
const redirectToGrafana = `function handler(event) {
  if (event.request.uri === '/') {
    return {statusCode: 302, statusDescription: 'Found', headers: {location: {value: '${grafanaPath}/'}}};
  }
  return {statusCode: 404, statusDescription: 'Not Found'};
}
`;

/** The CloudFront distribution of Grafana, and the internal load balancer behind it. */
export class Edge extends pulumi.ComponentResource {
  /** URL of Grafana, with a slash at the end. */
  readonly url: pulumi.Output<string>;
  /** The name that the DNS record of a custom domain must point to. */
  readonly distributionDomain: pulumi.Output<string>;
  readonly distributionId: pulumi.Output<string>;
  readonly distributionArn: pulumi.Output<string>;
  readonly targetGroupArn: pulumi.Output<string>;
  /** Grafana's service can start once it exists. */
  readonly listenerRule: lb.ListenerRule;
  /** ARN suffixes that CloudWatch uses as dimensions. */
  readonly metricDimensions: TargetDimensions;

  constructor(name: string, args: EdgeArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:Edge', name, {}, opts);
    const child = {parent: this};
    const balancer = new lb.LoadBalancer(
      'front',
      {
        loadBalancerType: 'application',
        internal: true,
        subnets: args.network.privateSubnetIds,
        securityGroups: [args.network.securityGroups.front.id],
        dropInvalidHeaderFields: true,
        idleTimeout: 120, // Grafana Live keeps WebSockets open
        enableDeletionProtection: args.environment.protected,
      },
      child,
    );
    const targets = new lb.TargetGroup(
      'grafana',
      {
        vpcId: args.network.vpcId,
        targetType: 'ip',
        protocol: 'HTTP',
        port: grafanaPort,
        deregistrationDelay: 10,
        healthCheck: {
          path: '/api/health',
          matcher: '200',
          interval: 15,
          timeout: 5,
          healthyThreshold: 2,
          unhealthyThreshold: 3,
        },
      },
      child,
    );
    const balancerArn = outputOf(balancer, 'arn');
    this.targetGroupArn = outputOf(targets, 'arn');
    const listener = new lb.Listener(
      'front',
      {
        loadBalancerArn: balancerArn,
        protocol: 'HTTP',
        port: edgePort,
        defaultActions: [
          {
            type: 'fixed-response',
            fixedResponse: {statusCode: '404', contentType: 'text/plain', messageBody: 'Not found'},
          },
        ],
      },
      child,
    );
    this.listenerRule = new lb.ListenerRule(
      'grafana',
      {
        listenerArn: outputOf(listener, 'arn'),
        priority: 10,
        conditions: [{pathPattern: {values: grafanaPatterns}}],
        actions: [{type: 'forward', targetGroupArn: this.targetGroupArn}],
      },
      child,
    );
    this.metricDimensions = {
      LoadBalancer: outputOf(balancer, 'arnSuffix'),
      TargetGroup: outputOf(targets, 'arnSuffix'),
    };
    const origin = this.#origin(args.prefix, balancerArn);
    const distribution = this.#distribution(args, outputOf(balancer, 'dnsName'), origin.id);
    this.distributionId = distribution.id;
    this.distributionArn = outputOf(distribution, 'arn');
    this.distributionDomain = outputOf(distribution, 'domainName');
    this.url = pulumi.interpolate`https://${args.domain?.name ?? this.distributionDomain}${grafanaPath}/`;
    this.registerOutputs({url: this.url});
  }

  #origin(prefix: string, arn: pulumi.Input<string>): cloudfront.VpcOrigin {
    return new cloudfront.VpcOrigin(
      'front',
      {
        vpcOriginEndpointConfig: {
          name: `${prefix}-front`,
          arn,
          httpPort: edgePort,
          httpsPort: 443, // required, but not used
          originProtocolPolicy: 'http-only',
          originSslProtocols: {items: ['TLSv1.2'], quantity: 1},
        },
      },
      // CloudFront updates no VPC origin that a distribution uses: another one is created, and the distribution moved to it.
      {parent: this, replaceOnChanges: ['vpcOriginEndpointConfig']},
    );
  }

  #distribution(
    args: EdgeArgs,
    originDomain: pulumi.Input<string>,
    vpcOriginId: pulumi.Input<string>,
  ): cloudfront.Distribution {
    const child = {parent: this};
    const responseHeaders = new cloudfront.ResponseHeadersPolicy(
      'security-headers',
      {
        securityHeadersConfig: {
          strictTransportSecurity: {accessControlMaxAgeSec: 31_536_000, includeSubdomains: false, override: true},
          contentTypeOptions: {override: true},
          frameOptions: {frameOption: 'SAMEORIGIN', override: true},
          referrerPolicy: {referrerPolicy: 'strict-origin-when-cross-origin', override: true},
        },
      },
      child,
    );
    const redirect = new cloudfront.Function(
      'redirect-to-grafana',
      {
        runtime: 'cloudfront-js-2.0',
        publish: true,
        comment: 'Redirects / to Grafana, responds 404 to other paths',
        code: redirectToGrafana,
      },
      child,
    );
    const behaviour = {
      targetOriginId: grafanaPath,
      viewerProtocolPolicy: 'redirect-to-https',
      cachePolicyId: cachingDisabled,
      originRequestPolicyId: allViewer,
      responseHeadersPolicyId: responseHeaders.id,
      compress: true,
    };
    const reading = {allowedMethods: ['GET', 'HEAD'], cachedMethods: ['GET', 'HEAD']};
    const everything = {...reading, allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE']};
    return new cloudfront.Distribution(
      'grafana',
      {
        enabled: true,
        comment: 'Grafana',
        httpVersion: 'http2and3',
        isIpv6Enabled: true,
        priceClass: 'PriceClass_All',
        origins: [
          {
            originId: grafanaPath,
            domainName: originDomain,
            vpcOriginConfig: {vpcOriginId, originReadTimeout: 60, originKeepaliveTimeout: 60},
          },
        ],
        orderedCacheBehaviors: grafanaPatterns.map(pathPattern => ({...behaviour, ...everything, pathPattern})),
        defaultCacheBehavior: {
          ...behaviour,
          ...reading,
          functionAssociations: [{eventType: 'viewer-request', functionArn: outputOf(redirect, 'arn')}],
        },
        restrictions: {geoRestriction: {restrictionType: 'none'}},
        ...(args.webAclArn !== undefined && {webAclId: args.webAclArn}),
        // CloudFront's default certificate also allows TLS 1.0, which can't be changed; a custom domain requires TLS 1.2.
        ...(args.domain
          ? {
              aliases: [args.domain.name],
              viewerCertificate: {
                acmCertificateArn: args.domain.certificateArn,
                sslSupportMethod: 'sni-only',
                minimumProtocolVersion: 'TLSv1.2_2021',
              },
            }
          : {viewerCertificate: {cloudfrontDefaultCertificate: true}}),
      },
      child,
    );
  }
}
