/** The differences between two versions of a board, as text for a reviewer. */
import {isDeepStrictEqual} from 'node:util';

import type {PanelModel, Target, VariableModel} from './page/board-model.ts';
import {parseBoard} from './page/parse-board.ts';
import type {Mark} from './screenshot.ts';

/** One panel that differs. */
export type PanelChange = {
  readonly mark: Mark;
  /** The current title, or the last one of a removed panel. */
  readonly title: string;
  /** Ids on the boards before and after, where the panel exists. */
  readonly beforeId?: number;
  readonly afterId?: number;
  /** Markdown, one line each. */
  readonly words: readonly string[];
};

export type BoardChange = {
  readonly uid: string;
  readonly title: string;
  readonly mark: Mark | 'same';
  /** Changes of the board itself: title, variables, time. */
  readonly words: readonly string[];
  readonly panels: readonly PanelChange[];
};

const code = (text: unknown): string => {
  const shown = typeof text === 'string' && text !== '' ? text : JSON.stringify(text); // an empty string is shown as ""
  return `\`${(shown ?? 'nothing').replaceAll('`', "'").replaceAll('\n', ' ')}\``;
};

const change = (what: string, before: unknown, after: unknown): string => `${what}: ${code(before)} → ${code(after)}`;

/** Rows and the panels in them, as one list. */
const flatten = (panels: readonly PanelModel[]): PanelModel[] =>
  panels.flatMap(panel => [panel, ...flatten(panel.panels)]);

const endpointUrlOf = ({expr, namespace, metricName, statistic, dimensions, expression}: Target): string =>
  expr ?? JSON.stringify({namespace, metricName, statistic, dimensions, expression});

const questionsOf = (panel: PanelModel): string => JSON.stringify(panel.targets.map(endpointUrlOf));

type Step = {readonly color: string; readonly value?: number | null};

const isStep = (value: unknown): value is Step => typeof value === 'object' && value !== null && 'color' in value;

/** Thresholds as a sentence; anything else as it is. */
const readable = (value: unknown): unknown => {
  const steps: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'steps') : undefined;
  if (!Array.isArray(steps) || !steps.every(isStep)) return value;
  return steps.map(({color, value: from}) => (from == null ? color : `${color} from ${from}`)).join(', ');
};

const queryWords = (then: PanelModel, now: PanelModel): string[] => {
  const before = new Map(then.targets.map(target => [target.refId, target]));
  const after = new Map(now.targets.map(target => [target.refId, target]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap(refId => {
    const [old, current] = [before.get(refId), after.get(refId)];
    if (!old) return current ? [`query ${refId} added: ${code(endpointUrlOf(current))}`] : [];
    if (!current) return [`query ${refId} removed: ${code(endpointUrlOf(old))}`];
    const words: string[] = [];
    if (endpointUrlOf(old) !== endpointUrlOf(current))
      words.push(change(`query ${refId}`, endpointUrlOf(old), endpointUrlOf(current)));
    if (old.legendFormat !== current.legendFormat)
      words.push(change(`legend of ${refId}`, old.legendFormat, current.legendFormat));
    return words;
  });
};

/** Leaf values by path, so that settings without a description of their type are still reported. */
const leaves = (value: unknown, path = ''): [string, unknown][] => {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key));
};

/**
 * The rest of a panel: everything that the descriptions above don't cover and that doesn't only follow from the order.
 */
const restOf = (panel: PanelModel): unknown => {
  const {
    id: _id,
    title: _title,
    gridPos: _place,
    targets: _targets,
    panels: _panels,
    description: _text,
    ...rest
  } = panel;
  const {fieldConfig, ...others} = rest;
  const {thresholds, ...defaults} = fieldConfig?.defaults ?? {};
  const overrides = (fieldConfig?.overrides ?? []).flatMap(({matcher, properties}) =>
    properties.map(({id, value}) => [`${id} of ${matcher.options}`, readable(value)]),
  );
  return {
    ...others,
    ...defaults,
    ...(thresholds && {thresholds: readable(thresholds)}),
    ...Object.fromEntries(overrides),
  };
};

const otherWords = (then: PanelModel, now: PanelModel): string[] => {
  const before = new Map(leaves(restOf(then)));
  const after = new Map(leaves(restOf(now)));
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter(path => !isDeepStrictEqual(before.get(path), after.get(path)))
    .map(path => change(path, before.get(path), after.get(path)));
};

const panelWords = (then: PanelModel, now: PanelModel): string[] => {
  const words: string[] = [];
  if (then.title !== now.title) words.push(change('title', then.title, now.title));
  words.push(...queryWords(then, now));
  const [old, size] = [then.gridPos, now.gridPos];
  if (old.w !== size.w || old.h !== size.h) words.push(change('size', `${old.w} × ${old.h}`, `${size.w} × ${size.h}`));
  if (then.description !== now.description) words.push(change('description', then.description, now.description));
  return [...words, ...otherWords(then, now)];
};

/**
 * Pairs of the same panel: matched by title and, where that changed, by queries. Ids are not used: they depend on the
 * position.
 */
const pair = (then: readonly PanelModel[], now: readonly PanelModel[]) => {
  const pairs: [PanelModel, PanelModel][] = [];
  const left = [...then];
  const unmatched: PanelModel[] = [];
  const take = (panel: PanelModel, same: (old: PanelModel) => boolean): boolean => {
    const index = left.findIndex(old => old.type === panel.type && same(old));
    const [old] = index < 0 ? [] : left.splice(index, 1);
    if (old) pairs.push([old, panel]);
    return Boolean(old);
  };
  for (const panel of now) if (!take(panel, old => old.title === panel.title)) unmatched.push(panel);
  const added = unmatched.filter(
    panel => panel.targets.length === 0 || !take(panel, old => questionsOf(old) === questionsOf(panel)),
  );
  return {pairs, added, removed: left};
};

const outlineOf = (panel: PanelModel): string[] => [
  `${panel.type}${panel.fieldConfig?.defaults?.unit ? `, unit ${code(panel.fieldConfig.defaults.unit)}` : ''}`,
  ...panel.targets.map(target => `query ${target.refId}: ${code(endpointUrlOf(target))}`),
];

const variableWords = (then: readonly VariableModel[], now: readonly VariableModel[]): string[] => {
  const before = new Map(then.map(variable => [variable.name, variable]));
  const after = new Map(now.map(variable => [variable.name, variable]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap(name => {
    const [old, current] = [before.get(name), after.get(name)];
    if (!old) return [`variable ${code(name)} added`];
    if (!current) return [`variable ${code(name)} removed`];
    const [was, is] = [new Map(leaves(old)), new Map(leaves(current))];
    return [...new Set([...was.keys(), ...is.keys()])]
      .filter(path => was.get(path) !== is.get(path))
      .map(path => change(`variable ${name}, ${path}`, was.get(path), is.get(path)));
  });
};

/** Either may be undefined: the board is new or was removed. */
export const compareBoards = (uid: string, thenJson: unknown, nowJson: unknown): BoardChange => {
  const then = thenJson === undefined ? undefined : parseBoard(thenJson);
  const now = nowJson === undefined ? undefined : parseBoard(nowJson);
  const {pairs, added, removed} = pair(flatten(then?.panels ?? []), flatten(now?.panels ?? []));
  const panels: PanelChange[] = [
    ...pairs.flatMap(([old, current]): PanelChange[] => {
      const words = panelWords(old, current);
      const mark: Mark = old.title === current.title ? 'changed' : 'renamed';
      return words.length > 0 ? [{mark, title: current.title, beforeId: old.id, afterId: current.id, words}] : [];
    }),
    ...added.map(
      (panel): PanelChange => ({mark: 'added', title: panel.title, afterId: panel.id, words: outlineOf(panel)}),
    ),
    ...removed.map(
      (panel): PanelChange => ({mark: 'removed', title: panel.title, beforeId: panel.id, words: outlineOf(panel)}),
    ),
  ];
  const words =
    then && now
      ? [
          ...(['title', 'description', 'timezone', 'refresh'] as const)
            .filter(key => then[key] !== now[key])
            .map(key => change(key, then[key], now[key])),
          ...(then.time.from !== now.time.from || then.time.to !== now.time.to
            ? [change('time', then.time, now.time)]
            : []),
          ...variableWords(then.variables, now.variables),
        ]
      : [];
  const touched = words.length > 0 || panels.length > 0 ? 'changed' : 'same';
  return {
    uid,
    title: now?.title ?? then?.title ?? uid,
    mark: then && now ? touched : now ? 'added' : 'removed',
    words,
    panels: then && now ? panels.sort((a, b) => (a.afterId ?? a.beforeId ?? 0) - (b.afterId ?? b.beforeId ?? 0)) : [],
  };
};
