/**
 * Made-up answers for CloudWatch, which can't be asked without an account. A value is a function of the metric's name
 * and of the time, so that a picture of the same time range is the same picture.
 */
import {type DataFrame, FieldType} from '@grafana/data';
import type {Target} from './board-model.ts';
import {interpolator} from './interpolate.ts';
import {type QueryContext, stepOf} from './prometheus-query.ts';

/** FNV-1a, scaled to 0 to 1. */
const chance = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
};

/** What a metric of such a name usually shows: its middle and how far it swings, as a part of the middle. */
const magnitudes: readonly (readonly [
  RegExp,
  {readonly middle: number; readonly swing: number; readonly whole?: boolean},
])[] = [
  [/Utilization|Percent/i, {middle: 38, swing: 0.4}],
  [/5XX|5xx|Error|Unhealthy|Restart|Discarded|Failed|Failures/, {middle: 0.4, swing: 1}],
  [/4XX|4xx/, {middle: 3, swing: 0.8}],
  [/Time|Latency|Duration/i, {middle: 0.12, swing: 0.5}],
  [/Bytes|Memory/i, {middle: 3e6, swing: 0.4}],
  [/Task|Host|Count$/, {middle: 2, swing: 0, whole: true}],
  [/Series|ResourceCount/, {middle: 1800, swing: 0.1}],
];
const ordinary = {middle: 120, swing: 0.5};

const day = 86_400_000;

const valueAt = (
  seed: string,
  ms: number,
  {middle, swing, whole}: {middle: number; swing: number; whole?: boolean},
): number => {
  const phase = chance(seed) * 2 * Math.PI;
  const wave =
    Math.sin((ms / day) * 2 * Math.PI * 4 + phase) * 0.6 + (chance(`${seed}@${Math.floor(ms / 60_000)}`) - 0.5) * 0.8;
  const value = Math.max(0, middle * (0.75 + chance(`${seed}#`) / 2) * (1 + swing * wave));
  return whole ? Math.round(middle) : value;
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
  const step = Math.max(60_000, stepOf(context));
  const from = Math.ceil(context.range.from.valueOf() / step) * step;
  const times = Array.from(
    {length: Math.max(0, Math.floor((context.range.to.valueOf() - from) / step) + 1)},
    (_, index) => from + index * step,
  );
  const seed = `${target.namespace}/${target.metricName || target.expression}/${target.statistic}/${target.refId}`;
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
          values: times.map(time => valueAt(seed, time, magnitude)),
        },
      ],
    },
  ];
};

/** Stands for the dimension values CloudWatch would list. */
export const sampleDimension = (variable: string): string[] => [`${variable}-sample`];
