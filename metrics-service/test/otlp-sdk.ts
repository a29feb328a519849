/** The OpenTelemetry SDK as an emitter has it, exporting to a running service over HTTP. */
import type {Meter} from '@opentelemetry/api';
import {OTLPMetricExporter as JsonExporter} from '@opentelemetry/exporter-metrics-otlp-http';
import {OTLPMetricExporter as ProtobufExporter} from '@opentelemetry/exporter-metrics-otlp-proto';
import {resourceFromAttributes} from '@opentelemetry/resources';
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import {registryKey} from './running-service.ts';

export interface SdkOptions {
  readonly apiPort: number;
  readonly encoding?: 'protobuf' | 'json';
  readonly temporality?: AggregationTemporality;
  readonly gzip?: boolean;
  readonly key?: string;
  readonly views?: ViewOptions[];
  /**
   * For one export with all its attempts.
   *
   * @default 10,000, as the SDK's
   */
  readonly timeoutMs?: number;
}

export interface Sdk {
  readonly meter: Meter;
  /** Exports what was measured since the last export; rejects if the service does not accept it. */
  flush(): Promise<void>;
  shutdown(): Promise<void>;
}

export const createSdk = ({
  apiPort,
  encoding = 'protobuf',
  temporality = AggregationTemporality.DELTA,
  gzip = false,
  key = registryKey,
  views = [],
  timeoutMs = 10_000,
}: SdkOptions): Sdk => {
  const options = {
    url: `http://127.0.0.1:${apiPort}/v1/metrics`,
    headers: {'X-API-Key': key},
    temporalityPreference: temporality,
    timeoutMillis: timeoutMs,
    ...(gzip && {compression: 'gzip' as never}), // the enumeration belongs to a package that the exporter does not export
  };
  const exporter = encoding === 'json' ? new JsonExporter(options) : new ProtobufExporter(options);
  // Exports only on demand.
  const reader = new PeriodicExportingMetricReader({exporter, exportIntervalMillis: 3_600_000});
  const provider = new MeterProvider({
    readers: [reader],
    views,
    resource: resourceFromAttributes({'service.name': 'another name than the key has'}),
  });
  return {
    meter: provider.getMeter('mcp-gateway-registry'),
    flush: () => reader.forceFlush(),
    shutdown: () => provider.shutdown(),
  };
};
