/** Registry or auth-server of a gateway from 1.25 on: the OpenTelemetry SDK, exporting deltas over OTLP/HTTP. */
import {headers} from '@mcp-observability/metrics-service/contract';
import {OTLPMetricExporter} from '@opentelemetry/exporter-metrics-otlp-proto';
import {AggregationTemporality, MeterProvider, PeriodicExportingMetricReader} from '@opentelemetry/sdk-metrics';
import type {ClientOptions, Tally} from './gateway-clients.ts';
import type {Measurement} from './gateway-measurements.ts';

/** Records measurements and exports them every few seconds. */
export interface OtelClient {
  record(measurement: Measurement): void;
  /** Exports what is left, and resolves when that has ended, or after a second. */
  end(): Promise<void>;
}

/** Gateways export every 15 s; a shorter interval fills the boards sooner. */
const exportEveryMs = 5_000;
const exportTimeoutMs = 4_000;
const endTimeoutMs = 1_000;

type ExportCallback = Parameters<OTLPMetricExporter['export']>[1];

const pointsOf = ({scopeMetrics}: Parameters<OTLPMetricExporter['export']>[0]): number =>
  scopeMetrics
    .flatMap(({metrics}) => metrics)
    .map(({dataPoints}) => dataPoints.length)
    .reduce((sum, points) => sum + points, 0);

/** Counts exports as the other clients count their posts. */
class CountedExporter extends OTLPMetricExporter {
  readonly #tally: Tally;

  constructor({url, key, tally}: ClientOptions) {
    super({
      url: `${url}/v1/metrics`,
      headers: {[headers.apiKey]: key},
      temporalityPreference: AggregationTemporality.DELTA,
      timeoutMillis: exportTimeoutMs,
    });
    this.#tally = tally;
  }

  override export(metrics: Parameters<OTLPMetricExporter['export']>[0], done: ExportCallback): void {
    super.export(metrics, result => {
      if (result.code === 0) {
        this.#tally.sent += 1;
        this.#tally.events += pointsOf(metrics);
      } else {
        this.#tally.failed += 1;
        this.#tally.lastFailure = result.error?.message ?? 'no error';
      }
      done(result);
    });
  }
}

export const createOtelClient = (options: ClientOptions): OtelClient => {
  const reader = new PeriodicExportingMetricReader({
    exporter: new CountedExporter(options),
    exportIntervalMillis: exportEveryMs,
    exportTimeoutMillis: exportTimeoutMs,
  });
  const provider = new MeterProvider({readers: [reader]});
  const meter = provider.getMeter('simulated-gateway');
  const recorders = new Map<string, (value: number, attributes: Measurement['attributes']) => void>();
  const create = ({instrument, unit}: Measurement) => {
    if (unit === '1') {
      const counter = meter.createCounter(instrument, {unit});
      return (value: number, attributes: Measurement['attributes']) => counter.add(value, attributes);
    }
    const histogram = meter.createHistogram(instrument, {unit});
    return (value: number, attributes: Measurement['attributes']) => histogram.record(value, attributes);
  };
  return {
    record(measurement) {
      const {instrument, value, attributes} = measurement;
      const record = recorders.get(instrument) ?? create(measurement);
      recorders.set(instrument, record);
      record(value, attributes);
    },
    async end() {
      // A service that is gone must not keep the gateway from ending.
      await provider.shutdown({timeoutMillis: endTimeoutMs}).catch(() => {});
    },
  };
};
