/**
 * Sample values for CloudWatch, which cannot be queried without an account. A value is a function of the metric's name
 * and the time, so that screenshots of the same time range are identical.
 */
import {type DataFrame, FieldType} from '@grafana/data';
import type {Target} from './board-model.ts';
import {interpolator} from './interpolate.ts';
import {panelIntervalMs, type QueryContext} from './intervals.ts';

/** FNV-1a, scaled to 0 to 1. */
const chance = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
};

/** The usual values of a metric with a matching name: the mean, and the amplitude relative to the mean. */
type Magnitude = {
  readonly middle: number;
  readonly swing: number;
  /** Whether the metric is a count and has only integer values. */
  readonly whole?: boolean;
  readonly most?: number;
};

const magnitudes: readonly (readonly [RegExp, Magnitude])[] = [
  // For a healthy deployment: nothing is unhealthy, restarted, discarded or throttled.
  [/unhealthy|restart|discarded|throttled/i, {middle: 0, swing: 0, whole: true}],
  [/(?:TaskCount|HostCount|InstanceCount)$/i, {middle: 2, swing: 0, whole: true}],
  [/5xxErrorRate/i, {middle: 0.1, swing: 1, most: 100}],
  [/ErrorRate/i, {middle: 1.2, swing: 0.8, most: 100}],
  [/5XX|Error|Failed|Failures/i, {middle: 0.4, swing: 1, whole: true}],
  [/4XX/i, {middle: 4, swing: 0.8, whole: true}],
  [/Utilization|Percent/i, {middle: 38, swing: 0.4, most: 100}],
  [/Time|Latency|Duration/i, {middle: 0.12, swing: 0.5}],
  [/Bytes|Memory/i, {middle: 3e6, swing: 0.4}],
  [/Series|ResourceCount/, {middle: 1800, swing: 0.1, whole: true}],
  [/Count$|^Requests$/, {middle: 120, swing: 0.5, whole: true}],
];
const ordinary: Magnitude = {middle: 120, swing: 0.5};

/** A statistic of a metric beside its average: the greatest is over it at every moment. */
const factors: readonly (readonly [RegExp, number])[] = [
  [/^Min/, 0.6],
  [/^p9/, 2.4],
  [/^p/, 1.2],
  [/^Max/, 1.7],
];

const factorOf = (statistic: string, swing: number): number =>
  swing === 0 ? 1 : (factors.find(([pattern]) => pattern.test(statistic))?.[1] ?? 1);

const day = 86_400_000;

const valueAt = (
  {seed, statistic}: {readonly seed: string; readonly statistic: string},
  ms: number,
  {middle, swing, whole, most = Number.POSITIVE_INFINITY}: Magnitude,
): number => {
  const phase = chance(seed) * 2 * Math.PI;
  const wave =
    Math.sin((ms / day) * 2 * Math.PI * 4 + phase) * 0.6 + (chance(`${seed}@${Math.floor(ms / 60_000)}`) - 0.5) * 0.8;
  const spread = swing === 0 ? 1 : 0.75 + chance(`${seed}#`) / 2;
  const value = Math.max(0, middle * spread * (1 + swing * wave)) * factorOf(statistic, swing);
  return Math.min(most, whole ? Math.round(value) : value);
};

const nameOf = (target: Target): string => {
  const metric = target.metricName || target.expression || 'metric';
  return (
    target.label?.replaceAll(/\$\{PROP\('([\w.]+)'[^}]*\)\}/g, (_, property: string) =>
      property === 'MetricName'
        ? metric
        : property === 'Stat'
          ? (target.statistic ?? '')
          : property.replace(/^Dim\./, ''),
    ) || metric
  );
};

export const sampleFrames = (target: Target, context: QueryContext): DataFrame[] => {
  const step = Math.max(60_000, panelIntervalMs(context));
  const from = Math.ceil(context.range.from.valueOf() / step) * step;
  const times = Array.from(
    {length: Math.max(0, Math.floor((context.range.to.valueOf() - from) / step) + 1)},
    (_, index) => from + index * step,
  );
  // Every statistic of a metric has the same seed; queries without a metric differ by their letters.
  const seed = target.metricName
    ? `${target.namespace}/${target.metricName}/${JSON.stringify(target.dimensions)}`
    : `${target.expression}/${target.refId}`;
  const statistic = target.statistic ?? 'Average';
  const magnitude = magnitudes.find(([pattern]) => pattern.test(target.metricName ?? ''))?.[1] ?? ordinary;
  const name = interpolator(context.values)(nameOf(target));
  return [
    {
      refId: target.refId,
      name,
      length: times.length,
      fields: [
        {name: 'Time', type: FieldType.time, config: {interval: step}, values: times},
        {
          name: 'Value',
          type: FieldType.number,
          config: {displayNameFromDS: name},
          values: times.map(time => valueAt({seed, statistic}, time, magnitude)),
        },
      ],
    },
  ];
};

/** Replaces the dimension values that CloudWatch would list. */
export const sampleDimension = (variable: string): string => `${variable}-sample`;
