/** The output for the gateway's operators. */
import {ports} from '@mcp-observability/metrics-service/contract';
import type * as pulumi from '@pulumi/pulumi';
import type {Discovery} from './discovery.ts';
import type {EmitterKey} from './secrets.ts';

/** An environment variable or a secret of a container, as ECS spells it. */
export type Variable = {readonly name: string; readonly value: pulumi.Input<string>};
export type SecretVariable = {readonly name: string; readonly valueFrom: pulumi.Output<string>};

/** Parts of task definitions. An emitter uses `json` or `otlp`, never both: it would be counted twice. */
export type GatewayBlock = {
  /** Events as JSON: every version. */
  readonly json: {readonly environment: readonly Variable[]};
  /** OpenTelemetry: registry and auth-server from 1.25 on. */
  readonly otlp: {readonly environment: readonly Variable[]};
  /** By emitter: what its container reads, and the ARN that its execution role must be allowed to read. */
  readonly emitters: Readonly<
    Record<
      string,
      {
        readonly json: {readonly secrets: readonly SecretVariable[]};
        readonly otlp: {readonly secrets: readonly SecretVariable[]};
        readonly secretArn: pulumi.Output<string>;
      }
    >
  >;
  /** The security group to allow where that of the emitter restricts egress. */
  readonly allowEgressTo: {readonly securityGroupId: pulumi.Output<string>; readonly port: number};
};

const asVariables = (values: Readonly<Record<string, pulumi.Input<string>>>): readonly Variable[] =>
  Object.entries(values).map(([name, value]) => ({name, value}));

export const gatewayBlock = (args: {
  discovery: Discovery;
  emitters: Readonly<Record<string, EmitterKey>>;
}): GatewayBlock => ({
  json: {
    environment: asVariables({
      METRICS_SERVICE_URL: args.discovery.url,
      // From 1.25 on the gateway posts only with it; older versions don't read it.
      METRICS_LEGACY_HTTP_POST: 'true',
    }),
  },
  otlp: {
    environment: asVariables({
      OTEL_EXPORTER_OTLP_ENDPOINT: args.discovery.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      // Tasks share one address, so a cumulative stream could not be distinguished from another task's.
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRIC_EXPORT_INTERVAL: '15000',
      // Seconds, as Python's SDK reads it: after the default of 10 it gives up an export that meets a deployment of the service.
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '30',
      METRICS_LEGACY_HTTP_POST: 'false',
    }),
  },
  emitters: Object.fromEntries(
    Object.entries(args.emitters).map(([emitter, {arn, valueFrom, otlpHeaders}]) => [
      emitter,
      {
        json: {secrets: [{name: 'METRICS_API_KEY', valueFrom}]},
        otlp: {secrets: [{name: 'OTEL_EXPORTER_OTLP_HEADERS', valueFrom: otlpHeaders}]},
        secretArn: arn,
      },
    ]),
  ),
  allowEgressTo: {securityGroupId: args.discovery.securityGroupId, port: ports.api},
});
