/** What a scraper that announces itself sees of a new series: 0 in one whole scrape, and the count from the next on. */
import {once} from 'node:events';
import {connect} from 'node:net';
import test from 'ava';
import {parseSamples, sampleValue, sumOf} from './exposition-samples.ts';
import {type Client, start} from './running-service.ts';
import {open} from './socket.ts';

const named = (name: string) => ({type: 'custom', value: 1, dimensions: {metric_name: name}});
const latency = {type: 'protocol_latency', value: 0.3, dimensions: {server_name: 's'}};

const eventsOf = (text: string, name: string): number | undefined =>
  sampleValue(parseSamples(text), 'mcp_custom_events_total', {name});

test('a scraper that announces itself sees a new series at 0 first, and its count from the next scrape on', async t => {
  const service = await start(t);
  await service.scrapeAs('prometheus');
  await service.send(named('a'), named('a'), named('a'));
  t.is(eventsOf(await service.scrapeAs('prometheus'), 'a'), 0);
  t.is(eventsOf(await service.scrapeAs('prometheus'), 'a'), 3);
  await service.send(named('a'));
  t.is(eventsOf(await service.scrapeAs('prometheus'), 'a'), 4);
});

test('the first scrape of all shows every counter and histogram at 0, those of the service itself as well', async t => {
  const service = await start(t);
  await service.send(named('a'), latency);
  const isCount = ({name}: {readonly name: string}) => /^mcp_.*_(?:total|bucket|sum|count)$/.test(name);
  const first = parseSamples(await service.scrapeAs('prometheus')).filter(isCount);
  t.true(first.length > 100);
  t.deepEqual(
    first.filter(({value}) => value !== 0),
    [],
  );
  const second = parseSamples(await service.scrapeAs('prometheus'));
  t.is(sampleValue(second, 'mcp_custom_events_total', {name: 'a'}), 1);
  t.is(sumOf(second, 'mcp_metrics_service_ingested_total'), 2);
  t.is(sumOf(second, 'mcp_protocol_latency_seconds_count'), 1);
  t.is(sumOf(second, 'mcp_protocol_latency_seconds_sum'), 0.3);
  t.is(sumOf(second, 'mcp_protocol_latency_seconds_bucket', {le: '+Inf'}), 1);
});

test('a gauge is never shown at 0 in place of its value', async t => {
  const service = await start(t);
  await service.send(named('a'));
  const samples = parseSamples(await service.scrapeAs('prometheus'));
  t.is(sampleValue(samples, 'mcp_metrics_service_series'), 1);
  t.is(sumOf(samples, 'mcp_metrics_service_build_info'), 1);
});

test('a reader that does not announce itself sees counts immediately, and changes nothing for those that do', async t => {
  const service = await start(t);
  await service.scrapeAs('prometheus');
  await service.send(named('a'));
  t.is(eventsOf(await service.scrape(), 'a'), 1);
  t.is(eventsOf(await service.scrapeAs('prometheus'), 'a'), 0);
  t.is(eventsOf(await service.scrape(), 'a'), 1);
});

test('two scrapers are told apart by their User-Agent: each sees 0 once', async t => {
  const service = await start(t);
  for (const name of ['left', 'right']) await service.scrapeAs(name);
  await service.send(named('a'));
  t.is(eventsOf(await service.scrapeAs('left'), 'a'), 0);
  t.is(eventsOf(await service.scrapeAs('left'), 'a'), 1);
  t.is(eventsOf(await service.scrapeAs('right'), 'a'), 0);
  t.is(eventsOf(await service.scrapeAs('right'), 'a'), 1);
});

test('a scraper that replaces another sees the counts of series that were carried before: a 0 would double them', async t => {
  const service = await start(t);
  await service.send(named('old'));
  await service.scrapeAs('collector-1');
  t.is(eventsOf(await service.scrapeAs('collector-1'), 'old'), 1);
  await service.send(named('new'));
  const first = await service.scrapeAs('collector-2');
  t.is(eventsOf(first, 'old'), 1);
  // No scraper had it.
  t.is(eventsOf(first, 'new'), 0);
  t.is(eventsOf(await service.scrapeAs('collector-2'), 'new'), 1);
});

/** Asks for the exposition as a scraper and hangs up once the response has begun. */
const hangUp = async (service: Client, name: string): Promise<void> => {
  const socket = connect({port: service.expositionPort, host: '127.0.0.1'});
  socket.write(
    `GET /metrics HTTP/1.1\r\nHost: x\r\nUser-Agent: ${name}\r\nX-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n`,
  );
  await once(socket, 'readable');
  socket.destroy();
  await once(socket, 'close');
};

test('a scrape that was cut off does not count', async t => {
  const variables = {METRICS_MAX_LABEL_CARDINALITY: '20000', METRICS_MAX_SERIES: '1000000'};
  const service = await start(t, {variables});
  for (let batch = 0; batch < 20; batch += 1) {
    const metrics = Array.from({length: 1000}, (_, index) => ({
      ...latency,
      dimensions: {server_name: `server-${batch}-${index}`},
    }));
    t.is((await service.send(...metrics)).status, 200);
  }
  await hangUp(service, 'prometheus');
  const text = await service.scrapeAs('prometheus');
  t.true(text.length > 10e6);
  t.is(sumOf(parseSamples(text), 'mcp_protocol_latency_seconds_count'), 0);
  t.is(sumOf(parseSamples(await service.scrapeAs('prometheus')), 'mcp_protocol_latency_seconds_count'), 20_000);
});

test('series that come while a scrape is being sent are left to the next one, where they are at 0', async t => {
  const service = await start(t, {variables: {METRICS_MAX_LABEL_CARDINALITY: '5000', METRICS_MAX_SERIES: '1000000'}});
  for (let batch = 0; batch < 5; batch += 1)
    await service.send(
      ...Array.from({length: 1000}, (_, index) => ({...latency, dimensions: {server_name: `s-${batch}-${index}`}})),
    );
  const reader = await open(t, service.expositionPort);
  reader.socket.pause();
  reader.write(
    'GET /metrics HTTP/1.1\r\nHost: x\r\nUser-Agent: slow\r\nConnection: close\r\nX-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n',
  );
  // Whether it has begun shows in nothing but time; the response to another request comes after.
  await service.scrape();
  // This family comes last of those the gateway reports, so it is not rendered yet.
  await service.send(named('late'));
  reader.socket.resume();
  t.notRegex(await reader.closed, /name="late"/);
  t.is(eventsOf(await service.scrapeAs('slow'), 'late'), 0);
  t.is(eventsOf(await service.scrapeAs('slow'), 'late'), 1);
});

test('scrapers beyond those that are remembered are readers like any other', async t => {
  const service = await start(t);
  for (let index = 0; index < 32; index += 1) await service.scrapeAs(`scraper-${index}`);
  await service.send(named('a'));
  t.is(eventsOf(await service.scrapeAs('one more'), 'a'), 1);
  t.is(eventsOf(await service.scrapeAs('scraper-0'), 'a'), 0);
  t.is(eventsOf(await service.scrapeAs('scraper-0'), 'a'), 1);
});
