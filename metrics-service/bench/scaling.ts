/** Throughput, scrapes and memory by size. Each is measured in a single round, to show a trend: no goal uses it. */
import {series} from '../src/catalogue.ts';
import {variables} from '../src/contract.ts';
import {startBaseline, startService} from './candidates.ts';
import {fillers} from './label-values.ts';
import {scrape, send} from './load-client.ts';
import {startPushgateway} from './programs.ts';
import {toRequest} from './requests.ts';
import {median} from './statistics.ts';
import {jsonEntry, type Meter, type Rates} from './throughput.ts';

export type Row = Readonly<Record<string, string | number>>;

export interface ScalingOptions {
  readonly meter: Meter;
  readonly seconds: number;
  readonly connections: number;
  readonly progress: (text: string) => void;
}

const perSecond = ({perSecond: rates}: Rates): number => Math.round(median(rates));

/** Bare node:http and the service, side by side at each size. */
const sideBySide = async (
  {meter, seconds}: ScalingOptions,
  column: string,
  sizes: ReadonlyArray<{readonly events: number; readonly connections: number; readonly shown: number}>,
): Promise<Row[]> => {
  const [baseline, service] = await Promise.all([startBaseline(), startService()]);
  const rows: Row[] = [];
  for (const {events, connections, shown} of sizes) {
    const shape = {events, connections};
    const entries = [jsonEntry('bare node:http', baseline, shape), jsonEntry('service', service, shape)];
    const [bare, ours] = (await meter.compare(`${column}: ${shown}`, entries, {rounds: 2, seconds})) as [Rates, Rates]; // in order
    rows.push({
      [column]: shown,
      'bare node:http, events/s': perSecond(bare),
      'service, events/s': perSecond(ours),
      ratio: Number((perSecond(ours) / perSecond(bare)).toFixed(2)),
      'service p50, ms': Number(ours.p50.toFixed(2)),
      'service p99, ms': Number(ours.p99.toFixed(2)),
    });
  }
  await Promise.all([baseline.stop(), service.stop()]);
  return rows;
};

export const byBatch = (options: ScalingOptions): Promise<Row[]> =>
  sideBySide(
    options,
    'events per request',
    [1, 10, 100, 1000].map(events => ({events, connections: options.connections, shown: events})),
  );

export const byConnections = (options: ScalingOptions): Promise<Row[]> =>
  sideBySide(
    options,
    'connections',
    [1, 8, 32, 128, 512].map(connections => ({events: 1, connections, shown: connections})),
  );

/** Throughput, the cost of a scrape and memory by number of label sets. */
export const bySeries = async ({meter, seconds, connections, progress}: ScalingOptions): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const sets of [100, 1000, 5000, 10_000, 20_000]) {
    const service = await startService({[variables.maxSeries]: '1000000'});
    await send(service, fillers(sets));
    const shape = {events: 100, connections};
    const entries = [jsonEntry('service', service, shape)];
    const [rates] = (await meter.compare(`${sets} label sets`, entries, {rounds: 1, seconds})) as [Rates]; // the one entry's
    const scrapes = [await scrape(service), await scrape(service), await scrape(service)];
    const last = scrapes.at(-1);
    rows.push({
      series: last?.total(series.name) ?? 0,
      'events/s (100 per request)': perSecond(rates),
      'scrape, ms': Number(median(scrapes.map(({milliseconds}) => milliseconds)).toFixed(1)),
      'exposition, MB': Number(((last?.bytes ?? 0) / 1e6).toFixed(2)),
      'resident, MB': Math.round((last?.total('process_resident_memory_bytes') ?? 0) / 1e6),
    });
    await service.stop();
    progress(`${sets} label sets`);
  }
  return rows;
};

/** The cost of a push to the pushgateway, if it is installed: one group with one sample, as its users send it. */
export const pushgateway = async ({meter, seconds, connections}: ScalingOptions): Promise<Row[] | undefined> => {
  const gateway = await startPushgateway();
  if (gateway === undefined) return undefined;
  const text = `# TYPE mcp_tool_executions_total counter\nmcp_tool_executions_total{method="tools/call"} 1\n`;
  const requests = [toRequest(text, {path: '/metrics/job/bench', type: 'text/plain'})];
  const entries = [{name: 'pushgateway', candidate: gateway, events: 1, connections, requests}];
  const [rates] = (await meter.compare('pushgateway', entries, {rounds: 2, seconds})) as [Rates]; // the one entry's
  await gateway.stop();
  return [{candidate: 'pushgateway', 'pushes/s': perSecond(rates), 'p99, ms': Number(rates.p99.toFixed(2))}];
};
