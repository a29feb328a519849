/** The data of a panel: the results of all its queries, transformed. */

import {type DataFrame, dateMath, dateTime, rangeUtil, type TimeRange, transformDataFrame} from '@grafana/data';
import {firstValueFrom} from 'rxjs';
import {PreviewError} from '../preview-error.ts';
import type {PanelModel} from './board-model.ts';
import {queryCloudWatch} from './cloudwatch-query.ts';
import {sourceOf} from './data-sources.ts';
import {interpolator, type Values} from './interpolate.ts';
import {panelValues, type QueryContext} from './intervals.ts';
import {heatmapsIn} from './panels/heatmap-rows.ts';
import {queryPrometheus} from './prometheus-query.ts';
import {unknownTransformations} from './registries.ts';
import {sampleFrames} from './sample.ts';

export type PanelData = {
  readonly frames: DataFrame[];
  readonly range: TimeRange;
  /** The panel's own range as text; empty if it uses the board's. */
  readonly hint: string;
  /** True if any value is a sample and not measured. */
  readonly sample: boolean;
  /** Problems: parts that could not be processed and are not drawn. */
  readonly notices: readonly string[];
};

/** A panel's own range, and how Grafana names it in the panel's head. */
export type PanelRange = {readonly range: TimeRange; readonly hint: string};

/**
 * A panel's own `timeFrom` replaces a relative range of the board, `timeShift` moves either back.
 * @throws PreviewError that names a string that is not a range
 */
export const rangeOf = (panel: PanelModel, range: TimeRange, values: Values): PanelRange => {
  const replace = interpolator(values);
  const described = (text: string, name: string) => {
    const found = rangeUtil.describeTextRange(replace(text));
    if (found.invalid)
      throw new PreviewError(
        'ERR_PREVIEW_VALUE',
        `${name}: expected a time range such as 1h or now/d, found ${replace(text)}`,
      );
    return found;
  };
  let own = range;
  const hints: string[] = [];
  if (panel.timeFrom && typeof range.raw.from === 'string') {
    const {from, to, display} = described(panel.timeFrom, 'timeFrom');
    own = timeRangeOf({from, to}, range.raw.to === 'now' ? range.to.valueOf() : Date.now());
    hints.push(display);
  }
  if (panel.timeShift) {
    described(panel.timeShift, 'timeShift');
    const shift = `-${replace(panel.timeShift)}`;
    const moved = (moment: TimeRange['from'], roundUp: boolean) =>
      dateMath.parseDateMath(shift, moment, roundUp) ?? moment;
    const [from, to] = [moved(dateTime(own.from), false), moved(dateTime(own.to), true)];
    own = {from, to, raw: {from, to}};
    hints.push(`timeshift ${shift}`);
  }
  return {range: own, hint: panel.hideTimeOverride ? '' : hints.join(' ')};
};

/** @param now - milliseconds since 1970. A string that is not a time means now. */
export const timeRangeOf = ({from, to}: {readonly from: string; readonly to: string}, now = Date.now()): TimeRange => {
  const moment = (text: string, roundUp: boolean) => {
    const parsed = /^\d+$/.test(text)
      ? dateTime(Number(text))
      : dateMath.toDateTime(text, {roundUp, now: new Date(now)});
    return parsed?.isValid() ? parsed : undefined;
  };
  const end = moment(to, true) ?? dateTime(now);
  const start = moment(from, false) ?? dateTime(end.valueOf() - 6 * 3_600_000);
  const absolute = (text: string, found: TimeRange['from']) => (text.includes('now') ? text : found);
  return {from: start, to: end, raw: {from: absolute(from, start), to: absolute(to, end)}};
};

type Question = {
  readonly range: TimeRange;
  readonly values: Values;
  /** As many as the panel is wide in pixels. */
  readonly points: number;
  /** Whether CloudWatch can be queried. */
  readonly cloudWatch: boolean;
  readonly scrapeIntervalMs: number;
  readonly signal: AbortSignal;
};

/** The options that a panel's queries share. */
export const contextOf = (
  panel: PanelModel,
  {range, values, points, scrapeIntervalMs, signal}: Omit<Question, 'cloudWatch' | 'signal'> & {signal?: AbortSignal},
): QueryContext => ({
  range,
  values,
  points: panel.maxDataPoints || Math.max(100, points),
  interval: panel.interval,
  scrapeIntervalMs,
  ...(signal && {signal}),
});

const transformed = async (
  panel: PanelModel,
  frames: DataFrame[],
  {values, context}: {readonly values: Values; readonly context: QueryContext},
): Promise<{readonly frames: DataFrame[]; readonly notices: readonly string[]}> => {
  const unknown = unknownTransformations(panel.transformations.map(({id}) => id));
  const known = panel.transformations.filter(({id}) => !unknown.includes(id));
  const replaceVariables = interpolator(values, panelValues(context));
  return {
    frames: await firstValueFrom(transformDataFrame(known, frames, {interpolate: text => replaceVariables(text)})),
    notices: unknown.map(id => `The transformation ${id} is not supported here and was skipped`),
  };
};

/** @throws PreviewError with the data source's message */
export const runPanel = async (panel: PanelModel, question: Question): Promise<PanelData> => {
  const {values, cloudWatch} = question;
  const {range, hint} = rangeOf(panel, question.range, values);
  const context = contextOf(panel, {...question, range});
  const targets = panel.targets.filter(target => !target.hide);
  const notices: string[] = [];
  let sample = false;
  const results = await Promise.all(
    targets.map(async target => {
      const source = sourceOf(target, panel.datasource, values);
      if (source === 'prometheus') {
        return target.expr ? queryPrometheus(target, context, {alone: targets.length === 1}) : [];
      }
      if (source === 'cloudwatch') {
        if (cloudWatch) return []; // below, all together
        sample = true;
        return sampleFrames(target, context);
      }
      notices.push(`Query ${target.refId}: the data source ${source.unknown} cannot be queried here`);
      return [];
    }),
  );
  const measured = cloudWatch
    ? panel.targets.filter(target => sourceOf(target, panel.datasource, values) === 'cloudwatch')
    : [];
  if (measured.length > 0) results.push(await queryCloudWatch(measured, context));
  if (panel.type === 'heatmap') {
    const {length} = heatmapsIn(results.flat());
    if (length > 1) notices.push(`The first of ${length} heatmaps is drawn: sum them by (le) to see all`);
  }
  const {frames, notices: left} = await transformed(panel, results.flat(), {values, context});
  return {range, hint, sample, notices: [...notices, ...left], frames};
};
