/** What other systems read from this project: metric families with their labels, and the queries of the boards. */

import {type Danger, danger} from './danger.ts';
import {differingPart} from './differing-part.ts';

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
  const lostValues = Object.entries(before.labels).flatMap(([label, values]) =>
    (values ?? [])
      .filter(value => after.labels[label] && !after.labels[label].includes(value))
      .map(value => `${label}="${value}"`),
  );
  const lostBuckets = (before.buckets ?? []).filter(
    bound => after.buckets !== undefined && !after.buckets.includes(bound),
  );
  return [
    ...(before.kind === after.kind
      ? []
      : [danger('loses data', `metric ${name}: ${before.kind} becomes ${after.kind}`)]),
    ...(dropped.length > 0 ? [danger('loses data', `metric ${name}: loses the label ${dropped.join(', ')}`)] : []),
    ...(lostValues.length > 0 ? [danger('loses data', `metric ${name}: loses ${lostValues.join(', ')}`)] : []),
    ...(lostBuckets.length > 0
      ? [danger('loses data', `metric ${name}: loses the bucket boundaries ${lostBuckets.join(', ')}`)]
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

/** Queries of a board's panels: `board / panel title` to the expressions in their order. */
export type Queries = ReadonlyMap<string, readonly string[]>;

const asMap = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}; // an object's own keys

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** @param boards the texts of dashboards' JSON */
export const queriesOf = (boards: readonly string[]): Queries => {
  const queries = new Map<string, readonly string[]>();
  for (const text of boards) {
    const board = asMap(JSON.parse(text));
    const visit = (panels: unknown): void => {
      for (const panel of listOf(panels).map(asMap)) {
        visit(panel['panels']);
        const expressions = listOf(panel['targets']).flatMap(target => {
          const {expr} = asMap(target);
          return typeof expr === 'string' ? [expr] : [];
        });
        if (expressions.length > 0) queries.set(`${String(board['title'])} / ${String(panel['title'])}`, expressions);
      }
    };
    visit(board['panels']);
  }
  return queries;
};

/** Label matchers of an expression, such as `method!="_other"`. */
const matchersOf = (expression: string): ReadonlySet<string> =>
  new Set(expression.match(/[A-Za-z_]\w*\s*(?:=~|!~|!=|=)\s*"(?:[^"\\]|\\.)*"/g) ?? []);

/** Removed panels, and queries whose selectors changed. */
export const queryDangers = (before: Queries, after: Queries): readonly Danger[] =>
  [...before].flatMap(([panel, old]) => {
    const now = after.get(panel);
    if (now === undefined) return [danger('shows less', `panel ${panel} is removed or renamed`)];
    const [from, to] = [matchersOf(old.join('\n')), matchersOf(now.join('\n'))];
    const fresh = [...to].filter(matcher => !from.has(matcher));
    const gone = [...from].filter(matcher => !to.has(matcher));
    if (fresh.length > 0 || gone.length > 0)
      return [
        danger(
          'shows less',
          `panel ${panel}: selects ${fresh.length > 0 ? `now ${fresh.join(', ')}` : ''}${fresh.length > 0 && gone.length > 0 ? ', ' : ''}${gone.length > 0 ? `no longer ${gone.join(', ')}` : ''}`,
        ),
      ];
    if (old.join('\n') === now.join('\n')) return [];
    const parts = differingPart(old.join('\n'), now.join('\n'));
    return [danger('shows less', `panel ${panel}: ${parts.before.slice(0, 80)} becomes ${parts.after.slice(0, 80)}`)];
  });
