/** Steps and windows against the numbers Grafana's Prometheus data source computes. */
import test from 'ava';
import {ensureInstalled} from '../../src/preview/install.ts';
import {grafanaData, hour, pageModule} from './fixture/page-module.ts';

test.before(async t => {
  t.timeout(300_000, 'the first run installs packages');
  await ensureInstalled(console.log);
});

type Case = {
  readonly min?: string;
  readonly factor?: number;
  readonly panel?: string;
  readonly points?: number;
  readonly scrape?: number;
  readonly step: string;
  readonly rate: string;
};

const steps = test.macro((t, {min, factor, panel, points = 1000, scrape = 15_000, step, rate}: Case) => {
  const {intervalsOf, durationText} = pageModule('intervals.ts');
  const context = {range: hour(), values: {}, points, interval: panel, scrapeIntervalMs: scrape};
  const target = {...(min && {interval: min}), ...(factor && {intervalFactor: factor})};
  const {stepMs, rateMs} = intervalsOf(context, target);
  t.deepEqual([durationText(stepMs), durationText(rateMs)], [step, rate]);
});

test('without settings an hour has a step of one scrape interval and a rate window of four', steps, {
  step: '15s',
  rate: '60s',
});
test('a min step of a minute makes the rate window four minutes', steps, {min: '1m', step: '60s', rate: '240s'});
test('a least interval of the panel does not count as scrape interval', steps, {
  panel: '1m',
  step: '60s',
  rate: '75s',
});
test('the interval factor multiplies the step, not the rate window', steps, {factor: 4, step: '60s', rate: '60s'});
test('a min step of $__rate_interval is the step', steps, {min: '$__rate_interval', step: '60s', rate: '60s'});
test('a min step of $__interval counts as scrape interval', steps, {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own variable
  min: '${__interval}',
  points: 60,
  step: '60s',
  rate: '240s',
});
test('an endpoint that is scraped every minute has a rate window of four minutes', steps, {
  scrape: 60_000,
  step: '60s',
  rate: '240s',
});
test('few points make the step longer, and the rate window with it', steps, {points: 12, step: '300s', rate: '315s'});
test('an invalid duration sets no limit', steps, {min: 'auto', panel: '$unknown', step: '15s', rate: '60s'});
test('the older spelling of a least interval is read', steps, {min: '>30s', step: '30s', rate: '120s'});

test('no query has more points than Prometheus allows', t => {
  const {intervalsOf} = pageModule('intervals.ts');
  const {dateTime} = grafanaData();
  const to = dateTime(Date.UTC(2026, 0, 31));
  const from = dateTime(to.valueOf() - 30 * 86_400_000);
  const range = {from, to, raw: {from, to}};
  const {stepMs} = intervalsOf({range, values: {}, points: 50_000, scrapeIntervalMs: 15_000}, {interval: '15s'});
  t.true((30 * 86_400_000) / stepMs <= 11_000, String(stepMs));
});
