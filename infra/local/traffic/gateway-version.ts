/** How a release of the gateway reports what happens: up to 1.24 all of it as JSON, from 1.25 on much of it as OTLP. */
import type {WireMetric} from '@mcp-observability/metrics-service/events';
import {type Report, reportsOf} from './call-reports.ts';
import {type Measurement, measurementsOf} from './gateway-measurements.ts';
import type {Random} from './random.ts';
import type {GatewayEvent} from './traffic-events.ts';

/** The newest first. */
export const gatewayVersions = ['1.30', '1.24'] as const;
export type GatewayVersion = (typeof gatewayVersions)[number];

/** Everything that reporters send about an event. */
export interface Reported {
  /** Events that are sent as JSON. */
  readonly reports: readonly Report[];
  /** Measurements of registry and auth-server with the OpenTelemetry SDK. */
  readonly measurements: readonly Measurement[];
}

/** From 1.25 on the registry reports neither health checks nor headers; a server that uses the client library may. */
const libraryTypes: readonly WireMetric['type'][] = ['health_check', 'custom'];

/** A server reports that it rejected a request without credentials; error codes are reported as JSON only. */
const withErrorCode = (metric: WireMetric): WireMetric =>
  metric.dimensions?.['has_auth'] === false
    ? {...metric, metadata: {...metric.metadata, error_code: 'missing_credentials'}}
    : metric;

/** `random` decides what the gateway does beside the event: rate limits, tokens, sessions. */
export const reportedBy = (version: GatewayVersion, event: GatewayEvent, random: Random): Reported => {
  const reports = reportsOf(event);
  if (version === '1.24') return {reports, measurements: []};
  return {
    reports: reports.flatMap((report): readonly Report[] => {
      if (report.reporter === 'nginx' || report.reporter === 'library') return [report];
      if (!libraryTypes.includes(report.metric.type)) return [];
      return [{reporter: 'library', metric: withErrorCode(report.metric)}];
    }),
    measurements: measurementsOf(event, random),
  };
};
