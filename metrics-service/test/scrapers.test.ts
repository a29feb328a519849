/** A new series as a scraper that announces itself sees it: 0 in one whole scrape, and the count from the next on. */
import {once} from 'node:events';
import {connect} from 'node:net';
import test from 'ava';
import {createScrapers} from '../src/scrapers.ts';
import {createSeriesClock} from '../src/series-clock.ts';
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

test('the very first scrape shows every counter and histogram at 0, including those of the service', async t => {
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

test('a client that does not announce itself sees counts immediately, and changes nothing for scrapers', async t => {
  const service = await start(t);
  await service.scrapeAs('prometheus');
  await service.send(named('a'));
  t.is(eventsOf(await service.scrape(), 'a'), 1);
  t.is(eventsOf(await service.scrapeAs('prometheus'), 'a'), 0);
  t.is(eventsOf(await service.scrape(), 'a'), 1);
});

test('two scrapers are distinguished by their User-Agent: each sees 0 once', async t => {
  const service = await start(t);
  for (const name of ['left', 'right']) await service.scrapeAs(name);
  await service.send(named('a'));
  t.is(eventsOf(await service.scrapeAs('left'), 'a'), 0);
  t.is(eventsOf(await service.scrapeAs('left'), 'a'), 1);
  t.is(eventsOf(await service.scrapeAs('right'), 'a'), 0);
  t.is(eventsOf(await service.scrapeAs('right'), 'a'), 1);
});

/** Requests the exposition as a scraper and disconnects once the response has started. */
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
  // Its start can't be observed; the response to another request comes after.
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

/** Scrapers at times that the test chooses, in seconds. */
const atTimes = () => {
  const time = {seconds: 0, accepted: 0};
  const clock = createSeriesClock();
  const scrapers = createScrapers({
    lifecycle: {
      get acceptedRequests() {
        return time.accepted;
      },
    },
    clock,
    now: () => time.seconds * 1000,
  });
  const reader = (userAgent: string) => ({address: '10.0.0.1', userAgent, announced: userAgent !== 'curl'});
  /** A whole scrape; returns whether a series of this number is shown at 0. */
  const scrape = (name: string, number = 0): boolean => {
    const {seen, onWithheld, end} = scrapers.begin(reader(name));
    const hidden = number >= seen;
    if (hidden) onWithheld();
    end(true);
    return hidden;
  };
  const isCarried = async (): Promise<boolean> => {
    const stop = new AbortController();
    const outcome = await Promise.race([
      scrapers.allCollected(stop.signal).then(() => !stop.signal.aborted),
      new Promise<boolean>(resolve => setImmediate(() => resolve(false))),
    ]);
    stop.abort();
    return outcome;
  };
  return {time, clock, scrapers, scrape, isCarried};
};

test('a drain waits for a scraper until it has missed three scrapes and another one has all counts', async t => {
  const {time, clock, scrape, isCarried} = atTimes();
  clock.next = 1;
  for (const seconds of [0, 15, 30]) {
    time.seconds = seconds;
    for (const name of ['left', 'right']) scrape(name);
  }
  time.accepted = 1;
  time.seconds = 45;
  t.false(await isCarried());
  scrape('left');
  t.false(await isCarried());
  time.seconds = 75;
  t.false(await isCarried(), 'right has missed two');
  time.seconds = 76;
  t.true(await isCarried(), 'right has missed three');
});

test('a drain waits for the only scraper however many scrapes it has missed, even if it was forgotten', async t => {
  const {time, clock, scrape, isCarried} = atTimes();
  clock.next = 1;
  scrape('prometheus');
  time.seconds = 15;
  scrape('prometheus');
  time.accepted = 1;
  for (time.seconds of [100, 301, 1000, 100_000]) {
    scrape('curl');
    t.false(await isCarried(), `${time.seconds} s`);
  }
  scrape('prometheus');
  t.true(await isCarried());
});

test('near the end of a drain a scraper sees counts immediately: its next scrape would come too late', t => {
  const {time, clock, scrapers, scrape} = atTimes();
  scrape('prometheus');
  time.seconds = 15;
  scrape('prometheus');
  clock.next = 1;
  time.seconds = 30;
  scrapers.endAt(60_000);
  t.true(scrape('prometheus'), 'the next comes at 45');
  clock.next = 2;
  time.seconds = 45;
  t.false(scrape('prometheus', 1), 'the next would come at 60');
});

test('a scraper that comes back after it was forgotten goes on where the others are', t => {
  const {time, clock, scrape} = atTimes();
  clock.next = 1;
  t.true(scrape('prometheus'));
  time.seconds = 100_000;
  t.false(scrape('prometheus'));
});

test('a scraper that replaces another sees the counts of series that were collected before: a 0 would double them', t => {
  const {time, clock, scrape} = atTimes();
  clock.next = 1;
  t.true(scrape('collector-1'), 'the first scraper of all sees 0');
  time.seconds = 15;
  t.false(scrape('collector-1'));
  clock.next = 2;
  // The old one would have come at 30.
  time.seconds = 40;
  t.false(scrape('collector-2', 0));
  time.seconds = 55;
  t.false(scrape('collector-2', 1), 'no scraper had it: it was at 0 in the scrape before');
});

test('a scraper that replaces another sees at 0 what no scraper has collected with its count', t => {
  const {time, clock, scrape} = atTimes();
  clock.next = 1;
  t.true(scrape('collector-1'));
  time.seconds = 100;
  t.true(scrape('collector-2'), 'storage has the 0 only');
  time.seconds = 115;
  t.false(scrape('collector-2'));
});

test('the second scraper of an HA pair sees the series of a task at 0 too, even if it discovers the task later', t => {
  const {time, clock, scrape} = atTimes();
  clock.next = 1;
  for (const seconds of [0, 15, 30]) {
    time.seconds = seconds;
    t.is(scrape('left'), seconds === 0);
  }
  time.seconds = 40;
  t.true(scrape('right'));
  time.seconds = 55;
  t.false(scrape('right'));
});

test('a further scraper sees the counts of series that are older than discovery takes', t => {
  const {time, clock, scrape} = atTimes();
  clock.next = 1;
  for (time.seconds = 0; time.seconds <= 120; time.seconds += 15) {
    scrape('left');
    if (time.seconds === 60) clock.next = 2;
  }
  time.seconds = 121;
  t.false(scrape('right', 0));
  const later = atTimes();
  later.clock.next = 1;
  for (later.time.seconds = 0; later.time.seconds <= 120; later.time.seconds += 15) {
    later.scrape('left');
    if (later.time.seconds === 75) later.clock.next = 2;
  }
  later.time.seconds = 121;
  t.true(later.scrape('right', 1), 'this one came 46 s ago');
});
