/**
 * Events and data points per second of processor time: bare node:http, the service's JSON and OTLP paths and, where it is
 * given, OpenTelemetry's collector, each in a separate process, in turn and in one run.
 */
import {type Candidate, startBaseline, startService} from './candidates.ts';
import type {GoalOptions, Verdict} from './goals.ts';
import {startCollector} from './programs.ts';
import {otlpRequests} from './requests.ts';
import type {Row} from './scaling.ts';
import {median} from './statistics.ts';
import {costRatioOf, type Entry, jsonEntry, type Rates} from './throughput.ts';

const names = {
  bare: 'bare node:http',
  json: 'service, JSON',
  protobuf: 'service, OTLP protobuf',
  otlpJson: 'service, OTLP JSON',
  collector: 'Go collector',
} as const;
type Name = keyof typeof names;

/** A minimum ratio, for some numbers of events or data points per request. */
interface Goal {
  readonly what: string;
  readonly one: Name;
  readonly other: Name;
  /** By number of events or data points per request; without a goal the ratio is only shown. */
  readonly atLeast: Readonly<Record<number, number | undefined>>;
}

const goals: readonly Goal[] = [
  {what: 'JSON to bare node:http', one: 'json', other: 'bare', atLeast: {1: 0.6, 100: 0.8, 1024: 0.75}},
  {what: 'OTLP protobuf to JSON', one: 'protobuf', other: 'json', atLeast: {1: 1, 100: 1, 1024: 1}},
  {what: 'OTLP protobuf to Go collector', one: 'protobuf', other: 'collector', atLeast: {1: 1.5, 100: 2.5}},
];

/** Events or data points per request. */
const sizes = [1, 100, 1024] as const;
/** Connections that send the largest requests: the service queues only a few exports of that size. */
const fewConnections = 4;

type Candidates = Readonly<Record<Exclude<Name, 'collector'>, Candidate>> & {readonly collector?: Candidate};

const startAll = async (): Promise<Candidates> => {
  const collector = await startCollector();
  const [bare, json, protobuf, otlpJson] = await Promise.all([
    startBaseline(),
    startService(),
    startService(),
    startService(),
  ]);
  return {bare, json, protobuf, otlpJson, ...(collector && {collector})};
};

/** The bodies that each is sent: the first two the same bytes, and so the protobuf path and the collector. */
const entriesOf = async (
  {bare, json, protobuf, otlpJson, collector}: Candidates,
  shape: {readonly events: number; readonly connections: number},
): Promise<Partial<Record<Name, Entry>>> => {
  const {events} = shape;
  const exports = await otlpRequests(events, 'protobuf');
  return {
    bare: jsonEntry(names.bare, bare, shape),
    json: jsonEntry(names.json, json, shape),
    protobuf: {...shape, name: names.protobuf, candidate: protobuf, requests: exports},
    otlpJson: {
      ...shape,
      name: names.otlpJson,
      candidate: otlpJson,
      requests: await otlpRequests(events, 'json'),
    },
    ...(collector && {collector: {...shape, name: names.collector, candidate: collector, requests: exports}}),
  };
};

const verdictOf = (
  {what, one, other, atLeast}: Goal,
  events: number,
  rates: Partial<Record<Name, Rates>>,
): Verdict[] => {
  const measured = rates[one];
  const reference = rates[other];
  if (measured === undefined || reference === undefined) return [];
  const {median: found, spread} = costRatioOf(measured, reference);
  const goal = atLeast[events];
  return [
    {
      what: `${what}, ${events} per request`,
      goal: goal === undefined ? '' : `>= ${goal}`,
      found: found.toFixed(3),
      spread,
      met: goal === undefined ? undefined : found >= goal,
    },
  ];
};

export const measureSpeed = async ({meter, pace, connections}: GoalOptions) => {
  const candidates = await startAll();
  const verdicts: Verdict[] = [];
  const rows: Row[] = [];
  for (const events of sizes) {
    const entries = await entriesOf(candidates, {
      events,
      connections: events === 1024 ? Math.min(fewConnections, connections) : connections,
    });
    const keys = Object.keys(entries) as Name[]; // entriesOf has no others
    const compared = await meter.compareCosts(`${events} per request`, Object.values(entries), pace);
    const rates: Partial<Record<Name, Rates>> = Object.fromEntries(keys.map((key, index) => [key, compared[index]]));
    verdicts.push(...goals.flatMap(goal => verdictOf(goal, events, rates)));
    for (const each of compared)
      rows.push({
        'per request': events,
        candidate: each.name,
        'per CPU second': Math.round(median(each.perCpuSecond)),
        'CPU, µs each': Number((1e6 / median(each.perCpuSecond)).toFixed(2)),
        'p99, ms': Number(each.p99.toFixed(1)),
      });
  }
  await Promise.all(Object.values(candidates).map(each => each.stop()));
  return {verdicts, rows};
};
