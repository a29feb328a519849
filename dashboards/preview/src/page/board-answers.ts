/** The queries of the board itself: the options of its variables, and its annotations. */
import {useEffect, useState} from 'react';
import {
  type Surroundings as AnnotationContext,
  type Annotations,
  queryAnnotations,
  shownAnnotations,
} from './annotations.ts';
import type {BoardModel} from './board-model.ts';
import {begin} from './progress.ts';
import {resolveVariables, type Surroundings, type Variable} from './variables.ts';

/** The options and the selection, once they are known. */
export const useVariables = (
  {variables: models, inputs}: Pick<BoardModel, 'variables' | 'inputs'>,
  {range, choices, cloudWatch, scrapeIntervalMs}: Surroundings,
): readonly Variable[] | undefined => {
  const [variables, setVariables] = useState<readonly Variable[]>();
  useEffect(() => {
    let current = true;
    const end = begin();
    resolveVariables({variables: models, inputs}, {range, choices, cloudWatch, scrapeIntervalMs})
      .then(resolved => {
        // Unchanged values must not query every panel again.
        if (current) setVariables(before => (JSON.stringify(before) === JSON.stringify(resolved) ? before : resolved));
      })
      .finally(() => requestAnimationFrame(end));
    return () => {
      current = false;
      end();
    };
  }, [models, inputs, range, choices, cloudWatch, scrapeIntervalMs]);
  return variables;
};

const nothingHappened: Annotations = {happened: [], errors: {}};

/** The annotations in the range, of the enabled queries. */
export const useAnnotations = (
  models: BoardModel['annotations'],
  {
    range,
    values,
    scrapeIntervalMs,
    off,
    refreshCount,
  }: Omit<AnnotationContext, 'values'> & {
    values: AnnotationContext['values'] | undefined;
    off: ReadonlySet<string>;
    refreshCount: number;
  },
): Annotations => {
  const [annotations, setAnnotations] = useState(nothingHappened);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `refreshCount` triggers the query again
  useEffect(() => {
    const wanted = shownAnnotations(models).filter(({name}) => !off.has(name));
    if (!values || wanted.length === 0) return setAnnotations(nothingHappened);
    let current = true;
    const end = begin();
    queryAnnotations(wanted, {range, values, scrapeIntervalMs})
      .then(found => {
        if (current) setAnnotations(before => (JSON.stringify(before) === JSON.stringify(found) ? before : found));
      })
      .finally(() => requestAnimationFrame(end));
    return () => {
      current = false;
      end();
    };
  }, [models, range, values, scrapeIntervalMs, off, refreshCount]);
  return annotations;
};
