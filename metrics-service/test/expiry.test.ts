/** Series without events leave the exposition, once every relevant scraper has their last value. */
import test from 'ava';
import {parseSamples, sampleValue, sumOf} from './exposition-samples.ts';
import {type Client, start, until} from './running-service.ts';

const named = (name: string) => ({type: 'custom', value: 1, dimensions: {metric_name: name}});
const soon = {METRICS_SERIES_EXPIRY_SECONDS: '0.5', METRICS_RATE_LIMIT: '1000000'};

const eventsOf = (text: string, name: string): number | undefined =>
  sampleValue(parseSamples(text), 'mcp_custom_events_total', {name});

/** Scrapes until a series is gone; returns the last value it had. */
const lastValue = (service: Client, name: string): Promise<number | undefined> => {
  let last: number | undefined;
  return until(async () => {
    const value = eventsOf(await service.scrapeAs('prometheus'), name);
    if (value === undefined) return {last};
    last = value;
    return undefined;
  }).then(found => found.last);
};

test('a series without events leaves the exposition after its count was scraped, and is counted', async t => {
  const service = await start(t, {variables: soon});
  await service.send(named('a'), named('a'), {type: 'protocol_latency', value: 1, dimensions: {server_name: 's'}});
  t.is(await lastValue(service, 'a'), 2);
  await until(async () => ((await service.read('mcp_metrics_service_series')) === 0 ? true : undefined));
  // A counter, and a histogram of 18 buckets.
  t.is(await service.read('mcp_metrics_service_expired_series_total'), 1 + 21);
  const text = await service.scrape();
  t.notRegex(text, /^mcp_(?:custom_events_total|protocol_latency_seconds_\w+)\{/m);
  // The service's metrics about itself stay.
  t.is(await service.read('mcp_metrics_service_ingested_total', {emitter: 'registry', type: 'custom'}), 2);
  t.is(sumOf(parseSamples(text), 'mcp_metrics_service_build_info'), 1);
});

test('a counter that comes back starts at 0, as a new series does', async t => {
  const service = await start(t, {variables: soon});
  await service.send(named('a'), named('a'));
  await lastValue(service, 'a');
  await service.send(named('a'));
  t.is(eventsOf(await service.scrapeAs('prometheus'), 'a'), 0);
  t.is(eventsOf(await service.scrapeAs('prometheus'), 'a'), 1);
});

test('a series with events stays, and those created with it at 0 stay too', async t => {
  const service = await start(t, {variables: soon});
  const feed = () => service.send({type: 'health_check', value: 1, dimensions: {endpoint: 'fed', healthy: true}});
  await service.send(named('a'));
  let fed = 0;
  await until(async () => {
    await feed();
    fed += 1;
    const text = await service.scrapeAs('prometheus');
    return eventsOf(text, 'a') === undefined || undefined;
  });
  const samples = await service.samples();
  t.is(sampleValue(samples, 'mcp_health_checks_total', {endpoint: 'fed', healthy: 'true'}), fed);
  t.is(sampleValue(samples, 'mcp_health_checks_total', {endpoint: 'fed', healthy: 'false'}), 0);
});

test('a label at its limit accepts new values once old ones have expired', async t => {
  const service = await start(t, {variables: {...soon, METRICS_MAX_LABEL_CARDINALITY: '2'}});
  await service.send(named('a'), named('b'), named('c'));
  const before = await service.samples();
  t.is(sampleValue(before, 'mcp_custom_events_total', {name: '_other'}), 1);
  await lastValue(service, 'b');
  await until(async () => {
    await service.send(named('c'));
    return ((await service.read('mcp_custom_events_total', {name: 'c'})) ?? 0) > 0 || undefined;
  });
  t.pass();
});

test('a budget that is used up has room again once old series have expired', async t => {
  const service = await start(t, {variables: {...soon, METRICS_MAX_SERIES: '2'}});
  await service.send(named('a'), named('b'), named('c'));
  t.is(await service.read('mcp_custom_events_total', {name: '_other'}), 1);
  await lastValue(service, 'b');
  await service.send(named('c'));
  t.is(await service.read('mcp_custom_events_total', {name: 'c'}), 1);
});

test('a series stays while a scraper has yet to see its count', async t => {
  const service = await start(t, {variables: {...soon, METRICS_SERIES_EXPIRY_SECONDS: '0.1'}});
  await service.scrapeAs('prometheus');
  await service.send(named('a'));
  // It is exposed at 0 to the scraper, and with its count to a reader that does not count; then no event comes until
  // it expires.
  t.is(eventsOf(await service.scrapeAs('prometheus'), 'a'), 0);
  const began = performance.now();
  await until(() => performance.now() - began > 500 || undefined);
  t.is(eventsOf(await service.scrape(), 'a'), 1);
  t.is(eventsOf(await service.scrapeAs('prometheus'), 'a'), 1);
  await until(async () => eventsOf(await service.scrape(), 'a') === undefined || undefined);
  t.pass();
});

test('METRICS_SERIES_EXPIRY_SECONDS=0 keeps every series', async t => {
  const service = await start(t, {variables: {METRICS_SERIES_EXPIRY_SECONDS: '0'}});
  await service.send(named('a'));
  const began = performance.now();
  await until(() => performance.now() - began > 300 || undefined);
  t.is(eventsOf(await service.scrape(), 'a'), 1);
  t.is(await service.read('mcp_metrics_service_expired_series_total'), 0);
});
