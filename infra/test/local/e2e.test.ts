/** From what clients send to the numbers on the board, through the real service and a real Prometheus. */
import {type PanelResult, verifyBoards} from '@mcp-observability/dashboards/verify';
import {ingested} from '@mcp-observability/metrics-service/catalogue';
import test, {type ExecutionContext} from 'ava';
import {callsOfLastHour, type Expected, expectedByPanel, metricsInRound, sendRound} from './known-traffic.ts';
import {createPipeline, type Pipeline, type Sample} from './pipeline.ts';

const board = 'mcp-analytics';
const accepted = ingested.name;
let pipeline: Pipeline;

test.before(async () => {
  pipeline = await createPipeline();
});
test.after.always(() => pipeline?.stop());

/** The seconds before `at`. */
type Window = {readonly seconds: number; readonly at: number};

/** The board's queries, graphs looking back over as many seconds as tables do. */
const queriesOver = async ({seconds, at}: Window): Promise<readonly PanelResult[]> => {
  const results = await verifyBoards({
    url: pipeline.prometheus,
    window: `${seconds}s`,
    scrapeIntervalSeconds: seconds / 4,
    now: new Date(at * 1000),
  });
  return results.filter(result => result.board === board);
};

/** Waits until Prometheus has stored at least this number of accepted events, at least this long ago. */
const scraped = (metrics: number, {secondsAgo}: {readonly secondsAgo?: number} = {}) =>
  pipeline.until(`sum(${accepted}${secondsAgo === undefined ? '' : ` offset ${secondsAgo}s`}) >= ${metrics}`);

const lastScrape = async (): Promise<number> => {
  const [sample] = await pipeline.query(`timestamp(${accepted}{type="custom"})`);
  return sample?.value ?? Number.NaN;
};

const labelled = (samples: readonly Sample[]): Record<string, number> =>
  Object.fromEntries(samples.map(({labels, value}) => [Object.values(labels).join(' '), value]));

/** Growth over a window, as Prometheus extrapolates it: by one factor for all that was scraped together. */
type Growth = {readonly factor: number; readonly seconds: number};

/** The bounds in which each series must lie; a number is known but for the rounding of floats. */
const boundsOf = (is: Expected, {factor, seconds}: Growth): Record<string, readonly [number, number]> => {
  if ('within' in is) {
    return {...is.within};
  }
  const [numbers, scale] =
    'exactly' in is
      ? [is.exactly, 1]
      : 'events' in is
        ? [is.events, factor]
        : 'perSecond' in is
          ? [is.perSecond, factor / seconds]
          : [is.perHour, (factor / seconds) * 3600];
  return Object.fromEntries(
    Object.entries(numbers).map(([label, number]) => [label, [number * scale - 1e-6, number * scale + 1e-6]]),
  );
};

const holds = (t: ExecutionContext, samples: readonly Sample[], bounds: ReturnType<typeof boundsOf>, where: string) => {
  const found = labelled(samples);
  t.deepEqual(Object.keys(found).sort(), Object.keys(bounds).sort(), where);
  for (const [label, [low, high]] of Object.entries(bounds)) {
    const value = found[label] ?? Number.NaN;
    t.true(value > low && value <= high, `${where} ${label}: expected ${low} to ${high}, found ${value}`);
  }
};

/** One round was counted within the window, and nothing else. */
const showsOneRound = async (t: ExecutionContext, {seconds, at}: Window): Promise<void> => {
  const [growth] = await pipeline.query(`sum(increase(${accepted}[${seconds}s]))`, at);
  const factor = (growth?.value ?? 0) / metricsInRound;
  // increase() extrapolates to the window's edges: by about one scrape in total.
  t.true(factor >= 1 && factor <= (seconds + 2) / (seconds - 2), `extrapolated by ${factor}`);

  const results = await queriesOver({seconds, at});
  const titles = [...new Set(results.map(({panel}) => panel))];
  t.deepEqual(titles.toSorted(), [...Object.keys(expectedByPanel), callsOfLastHour.panel].sort());
  for (const title of titles) {
    const queries = results.filter(({panel}) => panel === title);
    t.is(queries.length, expectedByPanel[title]?.length ?? 1, title);
    for (const [index, {expr, outcome, message, refId}] of queries.entries()) {
      t.is(outcome, 'data', `${title} ${refId}: ${message}`);
      const is = expectedByPanel[title]?.[index];
      if (is) {
        holds(t, await pipeline.query(expr, at), boundsOf(is, {factor, seconds}), `${title} ${refId}`);
      }
    }
  }
};

/** Checks that no query fails or returns NaN, and that every value is 0. */
const showsNothing = async (
  t: ExecutionContext,
  {except = [], ...window}: Window & {readonly except?: readonly string[]},
): Promise<void> => {
  const results = (await queriesOver(window)).filter(({panel}) => !except.includes(panel));
  t.not(results.length, 0);
  for (const {panel, refId, expr, outcome, message} of results) {
    t.not(outcome, 'error', `${panel} ${refId}: ${message}`);
    if (panel === callsOfLastHour.panel) continue; // it has its own range
    for (const {value} of await pipeline.query(expr, window.at)) {
      t.is(value, 0, `${panel} ${refId}`);
    }
  }
};

test.serial('an empty Prometheus shows no data and no error', async t => {
  await showsNothing(t, {seconds: 60, at: Date.now() / 1000});
});

test.serial('a service without traffic shows zeros and no error', async t => {
  await pipeline.startService();
  await scraped(0);
  await showsNothing(t, {seconds: 60, at: await lastScrape()});
});

test.serial('series without traffic in the range show zeros and no error', async t => {
  await sendRound(pipeline.service, pipeline.key);
  await scraped(metricsInRound, {secondsAgo: 6});
  // One panel looks an hour back, whatever the range.
  await showsNothing(t, {seconds: 4, at: await lastScrape(), except: [callsOfLastHour.panel]});
});

test.serial('every panel shows the numbers that were sent', async t => {
  await sendRound(pipeline.service, pipeline.key);
  await scraped(2 * metricsInRound, {secondsAgo: 2});
  // Every series is older than the window, so that no count starts within it.
  await scraped(metricsInRound, {secondsAgo: 10});
  await showsOneRound(t, {seconds: 8, at: await lastScrape()});
});

test.serial('calls per hour are at the rate of the calls of the last rounds', async t => {
  const results = await queriesOver({seconds: 60, at: await lastScrape()});
  const [sample] = await pipeline.query(results.find(({panel}) => panel === callsOfLastHour.panel)?.expr ?? '');
  // The panel shows the mean over an hour of what is a rate over 75 seconds, in which the last round was sent.
  const found = ((sample?.value ?? Number.NaN) * 75) / 3600;
  const {callsPerRound} = callsOfLastHour;
  t.true(found >= callsPerRound && found < 2 * callsPerRound * 1.5, `found ${found}`);
});

test.serial('a kill -9 and a restart neither lose nor add events', async t => {
  await pipeline.until(`sum(increase(${accepted}[5s])) == 0`);
  const before = await lastScrape();
  await pipeline.killService();
  await pipeline.startService();
  await sendRound(pipeline.service, pipeline.key);
  // Before the kill it was two rounds. A graph's last point may lie a quarter of the window back.
  await pipeline.until(`sum(${accepted} offset 3s) == ${metricsInRound}`);
  const at = await lastScrape();
  // It starts with scrapes from before the kill, and the round before is older.
  await showsOneRound(t, {seconds: Math.ceil(at - before) + 1, at});
});
