/** Changes to what other systems read from this project: metric families with their labels. */

import {type Danger, danger} from './danger.ts';

/** A family as the catalogue declares it; an open label has no values. */
export type Family = {
  readonly name: string;
  readonly kind: string;
  readonly labels: Readonly<Record<string, readonly string[] | null>>;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
};

export type Catalogue = readonly Family[];

const labelNames = ({labels}: Family): string => Object.keys(labels).sort().join(', ');

/** A dropped family and an added one of the same kind and labels: most likely the same under another name. */
const renamedTo = (family: Family, added: readonly Family[]): Family | undefined =>
  added.find(one => one.kind === family.kind && labelNames(one) === labelNames(family));

const changedFamily = (before: Family, after: Family): readonly Danger[] => {
  const name = after.name;
  const dropped = Object.keys(before.labels).filter(label => !(label in after.labels));
  const fresh = Object.keys(after.labels).filter(label => !(label in before.labels));
  const successor = dropped.length === 1 && fresh.length === 1 ? `, probably renamed to ${fresh[0]}` : '';
  const lostValues = Object.entries(before.labels).flatMap(([label, values]) =>
    (values ?? [])
      .filter(value => after.labels[label] && !after.labels[label].includes(value))
      .map(value => `${label}="${value}"`),
  );
  const boundariesIn = ({buckets = []}: Family, other: Family) =>
    other.buckets === undefined ? [] : buckets.filter(bound => !other.buckets?.includes(bound));
  const [lostBuckets, freshBuckets] = [boundariesIn(before, after), boundariesIn(after, before)];
  const openedLabels = Object.keys(before.labels).filter(label => before.labels[label] && after.labels[label] === null);
  const closedLabels = Object.keys(before.labels).filter(label => before.labels[label] === null && after.labels[label]);
  return [
    ...(before.kind === after.kind
      ? []
      : [danger('loses data', `metric ${name}: ${before.kind} becomes ${after.kind}`)]),
    ...(dropped.length > 0
      ? [danger('loses data', `metric ${name}: loses the label ${dropped.join(', ')}${successor}`)]
      : []),
    ...(lostValues.length > 0 ? [danger('loses data', `metric ${name}: loses ${lostValues.join(', ')}`)] : []),
    ...(lostBuckets.length > 0
      ? [danger('loses data', `metric ${name}: loses the bucket boundaries ${lostBuckets.join(', ')}`)]
      : []),
    ...closedLabels.map(label =>
      danger('loses data', `metric ${name}: the label ${label} accepts only ${after.labels[label]?.join(', ')}`),
    ),
    ...openedLabels.map(label =>
      danger('costs more', `metric ${name}: the label ${label} accepts any value, which multiplies its series`),
    ),
    ...(freshBuckets.length > 0
      ? [danger('costs more', `metric ${name}: gets the bucket boundaries ${freshBuckets.join(', ')}`)]
      : []),
    ...(fresh.length > 0
      ? [danger('costs more', `metric ${name}: gets the label ${fresh.join(', ')}, which multiplies its series`)]
      : []),
  ];
};

/** Renamed, dropped and changed families, with the consequences for systems that read them. */
export const catalogueDangers = (before: Catalogue, after: Catalogue): readonly Danger[] => {
  const now = new Map(after.map(family => [family.name, family]));
  const known = new Set(before.map(({name}) => name));
  const added = after.filter(({name}) => !known.has(name));
  return before.flatMap(family => {
    const same = now.get(family.name);
    if (same !== undefined) return changedFamily(family, same);
    const successor = renamedTo(family, added);
    return [
      successor === undefined
        ? danger('loses data', `metric ${family.name} is dropped: other boards, history and 30-day windows end`)
        : danger(
            'loses data',
            `metric ${family.name} is renamed to ${successor.name}: other boards, history and 30-day windows end`,
          ),
    ];
  });
};

/** In half a line, for the table of parts. */
export const catalogueSummary = (before: Catalogue, after: Catalogue): string => {
  const [old, now] = [new Map(before.map(one => [one.name, one])), new Map(after.map(one => [one.name, one]))];
  const counts = {
    added: after.filter(({name}) => !old.has(name)).length,
    dropped: before.filter(({name}) => !now.has(name)).length,
    changed: after.filter(one => old.has(one.name) && JSON.stringify(old.get(one.name)) !== JSON.stringify(one)).length,
  };
  return (
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ') || 'no change'
  );
};
