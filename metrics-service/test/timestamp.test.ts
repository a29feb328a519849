import test, {type ExecutionContext} from 'ava';
import {accepts, normalizes} from './event-rule.ts';
import {start} from './running-service.ts';

// A service that read times without a zone as local ones would be seven hours wrong here.
process.env['TZ'] = 'America/Los_Angeles';

const minute = 60_000;
const metric = {type: 'custom', value: 1};

for (const timestamp of [
  '2025-10-01T08:30:15.123456',
  '2025-10-01T08:30:15',
  '2025-10-01 08:30:15.1',
  '2025-10-01T08:30:15Z',
  '2025-10-01t08:30:15z',
  '2025-10-01T08:30:15.123456+00:00',
  '2025-10-01T08:30:15-07:00',
  '2025-10-01T08:30:15+0530',
  '2025-10-01T08:30:15+05',
  '2025-10-01T08:30:15,25Z',
  '2025-10-01T08:30',
  '2025-10-01T08',
  '2025-10-01T08Z',
  '2025-10-01T24:00:00',
  '2025-10-01',
  '20251001T083015Z',
  '20251001T0830',
  '2024-02-29T00:00:00',
  '2016-12-31T23:59:60Z',
  '1970-01-01T00:00:00',
  '0001-01-01T00:00:00',
  '2025-10-01T08:30:15.123456789Z',
]) {
  test(`the timestamp ${timestamp} is accepted, however old`, accepts, {...metric, timestamp});
}

for (const timestamp of [
  '',
  'now',
  '1759307415',
  '2025-13-01T00:00:00',
  '2025-00-01T00:00:00',
  '2025-02-29T00:00:00',
  '2025-10-32',
  '2025-10-01T25:00:00',
  '2025-10-01T24:00:01',
  '2025-10-01T08:60:00',
  '2025-10-01T08:30:61',
  '2025-10-01T08:30:15.',
  '2025-10-01T08:30:15+',
  '2025-10-01T08:30:15+25:00',
  '2025-10-01T08:30:15ZZ',
  '2025-10-01T08:30:15 UTC',
  '2025-1-1T8:30:15',
  'Wed, 01 Oct 2025 08:30:15 GMT',
  ' 2025-10-01T08:30:15',
  '２０２５-10-01T08:30:15',
]) {
  test(`the timestamp "${timestamp}" is dropped, and its event counted`, normalizes, {
    metric: {...metric, timestamp},
    reason: 'timestamp',
  });
}
for (const timestamp of [0, -1, 1_759_307_415, 1_759_307_415.123456]) {
  test(`the number ${timestamp} is a timestamp`, accepts, {...metric, timestamp});
}
for (const [found, timestamp] of [
  ['milliseconds', 1_759_307_415_000],
  ['a number past every date', 1e300],
  ['true', true],
  ['an object', {}],
  ['an array', []],
] as const) {
  test(`a timestamp that is ${found} is dropped, and its event counted`, normalizes, {
    metric: {...metric, timestamp},
    reason: 'timestamp',
  });
}

/** The time of day at an offset, as Python writes it: no zone unless one is given. */
const iso = (time: number, zone = ''): string => `${new Date(time).toISOString().slice(0, -1)}000${zone}`;

test('a time a little under five minutes ahead is accepted', accepts, (now: number) => ({
  ...metric,
  timestamp: iso(now + 5 * minute - 1000, 'Z'),
}));
/** Timestamps of a request's events that were dropped. */
const dropped = async (t: ExecutionContext, ...timestamps: readonly unknown[]): Promise<number | undefined> => {
  const service = await start(t);
  const {body} = await service.send(...timestamps.map(timestamp => ({...metric, timestamp})));
  t.is(body.accepted, timestamps.length);
  return service.read('mcp_metrics_service_normalized_total', {reason: 'timestamp'});
};
test('a time without a zone is in UTC, whatever the zone of the service', async t => {
  const now = Date.now();
  t.is(await dropped(t, iso(now)), 0);
  t.is(await dropped(t, iso(now + 6 * minute)), 1);
});
test('a time more than five minutes ahead by the clock of its time zone is dropped', async t => {
  const now = Date.now();
  const hour = 60 * minute;
  t.is(await dropped(t, iso(now + 2 * hour, '+02:00'), iso(now - 7 * hour, '-07:00')), 0);
  t.is(await dropped(t, iso(now - 7 * hour + 6 * minute, '-07:00')), 1);
});
test('Unix seconds over five minutes ahead are dropped', async t => {
  const now = Date.now() / 1000;
  t.is(await dropped(t, now, now + 290), 0);
  // The clock is read again: on a slow machine the first request may have taken longer than the margin of 10 s.
  const later = Date.now() / 1000;
  t.is(await dropped(t, later + 360, Math.round(later) + 3600), 2);
});
test('an old sample counts when it arrives: the exposition carries no times', async t => {
  const service = await start(t);
  await service.send({...metric, dimensions: {metric_name: 'old'}, timestamp: '1999-12-31T23:59:59'});
  t.regex(await service.scrape(), /^mcp_custom_events_total\{name="old"\} 1$/m);
});
