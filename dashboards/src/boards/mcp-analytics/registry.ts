/** The registry: operations on its API, its health checks, its writes of the configuration of nginx. */
import {healthChecks, nginxConfigWrites as nginxFamily} from '@mcp-observability/metrics-service/catalogue';
import {coloursOf, each, timeSeries} from '../../panels/panels.ts';
import {orZeroAs, panel} from '../../promql/promql.ts';
import {endpointChecks, nginxConfigWrites, registryCalls, unhealthyChecks} from '../../signals/gateway-signals.ts';
import {noneReported, notReported} from './not-reported.ts';

const over = panel.resolution;

export const registryOperations = timeSeries({
  title: 'Registry Operations',
  description:
    'Operations on the API of the registry per second, by operation. A sudden rise of writes is an import or a script; reads that stop while sessions continue mean that the registry does not report.',
  series: [each('operation', orZeroAs(registryCalls.perSecond({over, by: ['operation']}), 'operation', noneReported))],
  noValue: notReported,
});

export const failedRegistryOperations = timeSeries({
  title: 'Failed Registry Operations',
  description:
    'Operations on the API of the registry that failed, per second, by operation. One operation that fails is a client that sends wrong input, or a permission that is missing; all of them together are the database of the registry.',
  series: [
    each('operation', orZeroAs(registryCalls.failed.perSecond({over, by: ['operation']}), 'operation', noneReported)),
  ],
  noValue: notReported,
});

export const healthCheckOutcomes = timeSeries({
  title: 'Health Checks',
  description:
    'Health checks that the gateway made of MCP servers, per second, by whether the server was healthy. No checks at all: the health service of the registry does not run, and the registry shows outdated states.',
  series: [
    each('healthy', orZeroAs(endpointChecks.perSecond({over, by: ['healthy']}), 'healthy', noneReported), {
      colours: coloursOf(healthChecks, 'healthy', {true: 'success', false: 'failure'}),
      before: 'healthy: ',
    }),
  ],
  legend: 'bottom',
  noValue: notReported,
});

export const unhealthyEndpoints = timeSeries({
  title: 'Failed Health Checks by Endpoint',
  description:
    'Health checks that failed, per second, by the endpoint that was checked. One endpoint: its server is down or does not respond in time. All of them: the network of the gateway, or an expired certificate.',
  series: [each('endpoint', orZeroAs(unhealthyChecks.perSecond({over, by: ['endpoint']}), 'endpoint', noneReported))],
  noValue: notReported,
});

export const nginxWrites = timeSeries({
  title: 'nginx Configuration Writes',
  description:
    'Times the registry wrote the configuration of nginx, per second, by outcome. Rejected: nginx did not load it, so new servers are not reachable: read the log of the registry. Many successful writes without changes of servers are a loop.',
  series: [
    each('status', nginxConfigWrites.perSecond({over, by: ['status']}), {
      colours: coloursOf(nginxFamily, 'status', {success: 'success', failure: 'failure', rejected: 'warning'}),
    }),
  ],
  noValue: notReported,
});
