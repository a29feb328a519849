import test from 'ava';
import {refused, taken} from './rule.ts';
import {start} from './running-service.ts';

// A service that took times without a zone for local ones would be seven hours wrong here.
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
  test(`the timestamp ${timestamp} is taken, however old`, taken, {...metric, timestamp});
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
  test(`the timestamp "${timestamp}" is refused`, refused, {
    metric: {...metric, timestamp},
    reason: 'timestamp',
    line: `.timestamp: expected an ISO 8601 date-time, found "${timestamp}"`,
  });
}
for (const [found, timestamp] of [
  ['1759307415', 1_759_307_415],
  ['true', true],
  ['an object', {}],
  ['an array', []],
] as const) {
  test(`a timestamp that is ${found} is refused`, refused, {
    metric: {...metric, timestamp},
    reason: 'timestamp',
    line: `.timestamp: expected an ISO 8601 date-time, found ${found}`,
  });
}

/** The time of day at an offset, as Python writes it: no zone unless one is given. */
const iso = (time: number, zone = ''): string => `${new Date(time).toISOString().slice(0, -1)}000${zone}`;

test('a time a little under five minutes ahead is taken', taken, (now: number) => ({
  ...metric,
  timestamp: iso(now + 5 * minute - 1000, 'Z'),
}));
test('a time without a zone is in UTC, whatever the zone of the service', async t => {
  const service = await start(t);
  const now = Date.now();
  const ahead = iso(now + 6 * minute);
  const {body} = await service.send({...metric, timestamp: iso(now)}, {...metric, timestamp: ahead});
  t.deepEqual(body.errors, [`metrics[1].timestamp: expected a time at most 5 minutes ahead, found "${ahead}"`]);
});
test('a time over five minutes ahead is refused by the clock of its own zone', async t => {
  const service = await start(t);
  const now = Date.now();
  const hour = 60 * minute;
  const east = iso(now + 2 * hour, '+02:00');
  const west = iso(now - 7 * hour, '-07:00');
  const ahead = iso(now - 7 * hour + 6 * minute, '-07:00');
  const {body} = await service.send(...[east, west, ahead].map(timestamp => ({...metric, timestamp})));
  t.is(body.accepted, 2);
  t.deepEqual(body.errors, [`metrics[2].timestamp: expected a time at most 5 minutes ahead, found "${ahead}"`]);
});
test('an old sample counts when it arrives: the exposition carries no times', async t => {
  const service = await start(t);
  await service.send({...metric, dimensions: {metric_name: 'old'}, timestamp: '1999-12-31T23:59:59'});
  t.regex(await service.scrape(), /^mcp_custom_events_total\{name="old"\} 1$/m);
});
