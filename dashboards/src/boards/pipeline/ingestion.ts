/** Events that metrics-service receives, accepts and rejects. */
import {each, timeSeries} from '../../panels/panels.ts';
import {orZeroAs, panel} from '../../promql/promql.ts';
import {
  folding,
  ingestion,
  rateLimiting,
  rejections,
  responseTime,
  unauthenticated,
} from '../../signals/pipeline-growth.ts';

const over = panel.resolution;

export const ingestedMetrics = timeSeries({
  title: 'Ingested Metrics',
  description:
    'Events accepted per second, by type. A type that stops while others go on is an emitter that is down or was changed; all stopping at the same time is the gateway or the network to the service.',
  series: [each('type', ingestion.perSecond({over, by: ['type']}))],
  alerts: ['MCPRegistryDown'],
});

export const rejectedMetrics = timeSeries({
  title: 'Rejected Metrics',
  description:
    'Events rejected per second, by reason. A step after a release is an emitter that now sends something else; only timestamp is a clock that is wrong. The response and the log of metrics-service name the field.',
  series: [each('reason', rejections.perSecond({over, by: ['reason']}))],
  alerts: ['MetricsRejected'],
});

export const authenticationFailures = timeSeries({
  title: 'Authentication Failures',
  description:
    'Requests per second without a key or with an unknown one. After a rotation of keys: an emitter that was not restarted. Without a rotation: a client that is guessing keys.',
  series: [each('reason', unauthenticated.perSecond({over, by: ['reason']}))],
});

export const rateLimitedRequests = timeSeries({
  title: 'Rate Limited Requests',
  description:
    'Requests per second rejected because the rate limit of their emitter was reached, or because too many large OTLP exports were waiting. nginx and the OpenTelemetry exporters send it again; what the registry, the auth server and the client library sent is lost: raise METRICS_RATE_LIMIT or find out why so much is sent.',
  series: [each('emitter', orZeroAs(rateLimiting.perSecond({over, by: ['emitter']}), 'emitter', 'none'))],
  alerts: ['MetricsRateLimited'],
});

export const requestP99 = timeSeries({
  title: 'Request P99',
  description:
    'The time within which 99% of requests to the API received a response, by route. The registry gives up after 5s. Compare with Event Loop Lag: if both rise it is load, if only this one does it is the network or large batches.',
  series: [each('route', responseTime.p99({over, by: ['route']}))],
});

export const foldedLabelValues = timeSeries({
  title: 'Folded Label Values',
  description:
    'Label values per second counted as _other because the label or the service has reached its maximum. Any means that the newest names cannot be distinguished: raise METRICS_MAX_LABEL_CARDINALITY, or stop the emitter that invents names.',
  series: [each('label', folding.perSecond({over, by: ['label']}))],
  alerts: ['LabelCardinalityOverflow'],
});
