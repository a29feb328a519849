/** What a panel asks, and what it gets: every target's answer, transformed. */
import {type DataFrame, dateMath, dateTime, rangeUtil, type TimeRange, transformDataFrame} from '@grafana/data';
import {firstValueFrom} from 'rxjs';
import type {DataSource, PanelModel, Target} from './board-model.ts';
import {queryCloudWatch} from './cloudwatch-query.ts';
import {interpolator, type Values} from './interpolate.ts';
import {builtInValues, type QueryContext, queryPrometheus, stepOf} from './prometheus-query.ts';
import {unknownTransformations} from './registries.ts';
import {sampleFrames} from './sample.ts';

export type PanelData = {
  readonly frames: DataFrame[];
  readonly range: TimeRange;
  /** True when any of it is made up. */
  readonly sample: boolean;
  /** What could not be done and is not drawn. */
  readonly notices: readonly string[];
};

type Source = 'prometheus' | 'cloudwatch' | {readonly unknown: string};

const typeOf = (source: DataSource | string | null | undefined): string | undefined =>
  typeof source === 'object' && source !== null ? source.type : undefined;

/** Boards of older schemas name no type: the fields of the query tell. */
export const sourceOf = (target: Target, panel: PanelModel): Source => {
  const type = typeOf(target.datasource) ?? typeOf(panel.datasource);
  if (type === 'cloudwatch' || (!type && target.namespace !== undefined)) return 'cloudwatch';
  if (type === undefined || /prometheus|^datasource$|^mixed$/i.test(type)) {
    return target.expr === undefined ? {unknown: type ?? 'nameless'} : 'prometheus';
  }
  return {unknown: type};
};

/** A panel's own `timeFrom` and `timeShift` win over the board's range. */
export const rangeOf = (panel: PanelModel, range: TimeRange): TimeRange => {
  const shift = panel.timeShift ? rangeUtil.intervalToMs(panel.timeShift) : 0;
  const length = panel.timeFrom && rangeUtil.intervalToMs(panel.timeFrom.replace(/^now-/, '').replace(/\/.*$/, ''));
  const to = dateTime(range.to.valueOf() - shift);
  const from = dateTime(length ? to.valueOf() - length : range.from.valueOf() - shift);
  return shift || length ? {from, to, raw: {from, to}} : range;
};

export const timeRangeOf = ({from, to}: {readonly from: string; readonly to: string}, now = Date.now()): TimeRange => {
  const moment = (text: string, roundUp: boolean) => {
    if (/^\d+$/.test(text)) return dateTime(Number(text));
    return dateMath.toDateTime(text, {roundUp, now: new Date(now)}) ?? dateTime(now);
  };
  const absolute = (text: string) => (text.includes('now') ? text : moment(text, false));
  return {from: moment(from, false), to: moment(to, true), raw: {from: absolute(from), to: absolute(to)}};
};

export const runPanel = async (
  panel: PanelModel,
  {
    range: boardRange,
    values,
    points,
    cloudWatch,
    signal,
  }: {
    readonly range: TimeRange;
    readonly values: Values;
    /** As many as the panel is wide in pixels. */
    readonly points: number;
    /** Whether CloudWatch can be asked. */
    readonly cloudWatch: boolean;
    readonly signal: AbortSignal;
  },
): Promise<PanelData> => {
  const range = rangeOf(panel, boardRange);
  const targets = panel.targets.filter(target => !target.hide);
  const notices: string[] = [];
  let sample = false;
  const contextOf = (target?: Target): QueryContext => ({
    range,
    values,
    points: panel.maxDataPoints ?? points,
    interval: target?.interval || panel.interval,
    signal,
  });
  const answers = await Promise.all(
    targets.map(async target => {
      const source = sourceOf(target, panel);
      if (source === 'prometheus') {
        return target.expr ? queryPrometheus(target, contextOf(target), {alone: targets.length === 1}) : [];
      }
      if (source === 'cloudwatch') {
        if (cloudWatch) return []; // below, all at once
        sample = true;
        return sampleFrames(target, contextOf(target));
      }
      notices.push(`Query ${target.refId}: the data source ${source.unknown} can't be asked here`);
      return [];
    }),
  );
  const measured = cloudWatch ? panel.targets.filter(target => sourceOf(target, panel) === 'cloudwatch') : [];
  if (measured.length > 0) answers.push(await queryCloudWatch(measured, contextOf()));
  const unknown = unknownTransformations(panel.transformations.map(({id}) => id));
  notices.push(...unknown.map(id => `The transformation ${id} isn't known here and was left out`));
  const known = panel.transformations.filter(({id}) => !unknown.includes(id));
  const replaceVariables = interpolator(values, builtInValues(range, stepOf(contextOf())));
  const frames = await firstValueFrom(
    transformDataFrame(known, answers.flat(), {interpolate: text => replaceVariables(text)}),
  );
  return {range, sample, notices, frames};
};
