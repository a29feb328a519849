/** Other servers, which are measured if they are installed. */
import {UsageError} from '@mcp-observability/tools/command-line';
import {freePort} from '@mcp-observability/tools/ports';
import {paths} from '../src/contract.ts';
import {type Candidate, startProgram} from './candidates.ts';
import {scrape} from './load-client.ts';

export const collectorVariable = 'COLLECTOR_BIN';
export const pushgatewayVariable = 'PUSHGATEWAY_BIN';

/**
 * OpenTelemetry's collector in Go, from COLLECTOR_BIN, on one processor: OTLP over HTTP in, Prometheus's exporter out.
 *
 * @returns undefined where the variable is not set
 * @throws {UsageError} when the program does not start as a collector with these two parts
 */
export const startCollector = async (): Promise<Candidate | undefined> => {
  const path = process.env[collectorVariable];
  if (path === undefined || path === '') return undefined;
  const host = '127.0.0.1';
  const port = await freePort();
  const scrapePort = await freePort();
  const ownPort = await freePort();
  const config = {
    receivers: {otlp: {protocols: {http: {endpoint: `${host}:${port}`}}}},
    exporters: {prometheus: {endpoint: `${host}:${scrapePort}`}},
    service: {
      telemetry: {
        logs: {level: 'error'},
        metrics: {readers: [{pull: {exporter: {prometheus: {host, port: ownPort}}}}]},
      },
      pipelines: {metrics: {receivers: ['otlp'], exporters: ['prometheus']}},
    },
  };
  const collector = await startProgram({
    path,
    parameters: ['--config=env:BENCH_COLLECTOR_CONFIG'],
    environment: {GOMAXPROCS: '1', BENCH_COLLECTOR_CONFIG: JSON.stringify(config)},
    port,
    scrapePort,
    healthPath: paths.metrics,
    counted: async () => (await scrape({scrapePort: ownPort})).total('otelcol_exporter_sent_metric_points'),
  });
  if (collector !== undefined) return collector;
  throw new UsageError(
    `${collectorVariable}: expected a collector with the OTLP receiver and the Prometheus exporter, found ${path}`,
  );
};

/** Prometheus's pushgateway, from PUSHGATEWAY_BIN or PATH; undefined where it isn't installed. */
export const startPushgateway = async (): Promise<Candidate | undefined> => {
  const port = await freePort();
  const configured = process.env[pushgatewayVariable];
  for (const path of configured === undefined ? ['pushgateway', 'prometheus-pushgateway'] : [configured]) {
    const gateway = await startProgram({
      path,
      parameters: [`--web.listen-address=127.0.0.1:${port}`, '--log.level=error'],
      port,
      scrapePort: port,
      healthPath: '/-/healthy',
    });
    if (gateway !== undefined) return gateway;
  }
  return undefined;
};
