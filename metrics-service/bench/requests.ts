/** Requests as bytes: what the load sends and the candidates read. */
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {OTLPMetricExporter as JsonExporter} from '@opentelemetry/exporter-metrics-otlp-http';
import {OTLPMetricExporter as ProtobufExporter} from '@opentelemetry/exporter-metrics-otlp-proto';
import {headers, paths} from '../src/contract.ts';
import type {WireBatch} from '../src/json/events.ts';
import {mixedBatches} from './mixed-events.ts';
import {mixedExports} from './mixed-points.ts';

export const key = 'bench-key-0123456789';

/** A POST as bytes. */
export const toRequest = (
  body: string | Uint8Array,
  {path = paths.metrics, type = 'application/json'}: {readonly path?: string; readonly type?: string} = {},
): Uint8Array => {
  const bytes = Buffer.from(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `${headers.apiKey}: ${key}`,
    `Content-Type: ${type}`,
    `Content-Length: ${bytes.length}`,
    '',
    '',
  ];
  return Buffer.concat([Buffer.from(head.join('\r\n')), bytes]);
};

const toJsonRequest = (batch: WireBatch): Uint8Array => toRequest(JSON.stringify(batch));

/** Batches of `events` JSON events of all types. */
export const jsonRequests = (events: number): readonly Uint8Array[] => mixedBatches(events).map(toJsonRequest);

const exporters = {
  protobuf: {create: (url: string) => new ProtobufExporter({url}), type: 'application/x-protobuf'},
  json: {create: (url: string) => new JsonExporter({url}), type: 'application/json'},
} as const;

/** Exports of `points` data points of all mapped instruments, encoded by the OpenTelemetry SDK's own exporter. */
export const otlpRequests = async (
  points: number,
  encoding: keyof typeof exporters,
): Promise<readonly Uint8Array[]> => {
  const {create, type} = exporters[encoding];
  const requests: Uint8Array[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push(toRequest(Buffer.concat(chunks), {path: paths.otlpMetrics, type}));
      response.writeHead(200, {'Content-Type': type}).end(encoding === 'json' ? '{}' : '');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo; // it listens on TCP
  const exporter = create(`http://127.0.0.1:${port}`);
  for (const metrics of await mixedExports(points))
    await new Promise<void>((resolve, reject) => {
      exporter.export(metrics, ({error}) => (error === undefined ? resolve() : reject(error)));
    });
  await exporter.shutdown();
  server.close();
  server.closeAllConnections();
  return requests;
};
