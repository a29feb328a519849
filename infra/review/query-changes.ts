/** Series that a changed query no longer shows. */
import {differingPart} from './differing-part.ts';

/** A query of a panel, with the variables of its board. */
export type PanelQuery = {readonly text: string; readonly variables: Variables};

/** The value of each variable of a board when it opens, as a regular expression where it can have several. */
export type Variables = ReadonlyMap<string, string>;

/** Whether a label is one that the exposed metric families have. */
export type IsExposed = (label: string) => boolean;

const matcherPattern = /([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g;

const fullMatch = (pattern: string, text: string): boolean => {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text);
  } catch {
    // RE2 has syntax that JavaScript lacks: such a matcher counts as one that selects less.
    return false;
  }
};

type Matcher = {readonly label: string; readonly operator: string; readonly value: string};

/** Whether all series of the exposed families pass the matcher, with the variables as they are when the board opens. */
const passesAll = ({label, operator, value}: Matcher, variables: Variables, isExposed: IsExposed): boolean => {
  const filled = value.replaceAll(
    /\$(?:\{(\w+)[^}]*\}|(\w+))/g,
    (all, braced, bare) => variables.get(braced ?? bare) ?? all,
  );
  if (operator === '=~' && /^\.\*$/.test(filled)) return true;
  if (isExposed(label)) return false;
  const matchesAbsent = operator.endsWith('~') ? fullMatch(filled, '') : filled === '';
  return operator.startsWith('!') ? !matchesAbsent : matchesAbsent;
};

/** The text without the matchers that select everything. */
const withoutPassing = ({text, variables}: PanelQuery, isExposed: IsExposed): string =>
  text
    .replaceAll(matcherPattern, (matcher, label, operator, value) =>
      passesAll({label, operator, value}, variables, isExposed) ? '' : matcher,
    )
    .replaceAll(/(?<=\{)[\s,]+|,(?=\s*[,}])/g, '')
    .replaceAll('{}', '');

const matchersOf = (text: string): ReadonlySet<string> => new Set(text.match(matcherPattern) ?? []);

/** The operands of the operator `or`, which has the lowest precedence: from `or` to the end of its parentheses. */
const alternatives = (text: string): readonly string[] => {
  const found: string[] = [];
  for (const {index} of text.matchAll(/\bor\b(?! on\b)/g)) {
    let depth = 0;
    let end = index + 2;
    while (end < text.length) {
      const sign = text.charAt(end);
      if (depth === 0 && (sign === ')' || sign === ',' || /^\bor\b/.test(text.slice(end)))) break;
      if (sign === '(' || sign === '{') depth += 1;
      if (sign === ')' || sign === '}') depth -= 1;
      end += 1;
    }
    found.push(text.slice(index, end));
  }
  return found;
};

/** Whether the text selects series that rules recorded, and no others. */
const readsOnlyRecords = (text: string): boolean => {
  const names = text.match(/[A-Za-z_][\w:]*(?=[{[])/g) ?? [];
  return names.length > 0 && names.every(name => name.includes(':'));
};

/** Alternatives that read records only add to what the left side of `or` has. Those of `before` are kept. */
const withoutAddedRecords = (text: string, before: string): string =>
  alternatives(text)
    .filter(one => readsOnlyRecords(one) && !before.includes(one))
    .reduce((rest, one) => rest.replace(one, ''), text);

/** Texts that read the same are equal: a quantile of increases is that of rates, and parentheses around a name mean nothing. */
const normalized = (text: string): string =>
  text.replaceAll(/(histogram_quantile\([^,]*, .*?)\bincrease\(/g, '$1rate(').replaceAll(/[()\s]/g, '');

/**
 * The differences in what the queries of a panel select, as the end of a sentence; undefined where they show the same
 * or more.
 */
export const lossOf = (
  before: readonly PanelQuery[],
  after: readonly PanelQuery[],
  isExposed: IsExposed,
): string | undefined => {
  const texts = (queries: readonly PanelQuery[]): readonly string[] =>
    queries.map(query => withoutPassing(query, isExposed));
  const old = texts(before).join('\n');
  const now = texts(after);
  const kept = now.map(text => withoutAddedRecords(text, old)).join('\n');
  if (normalized(old) === normalized(kept)) return undefined;
  const [from, to] = [matchersOf(old), matchersOf(kept)];
  const fresh = [...to].filter(matcher => !from.has(matcher));
  const gone = [...from].filter(matcher => !to.has(matcher));
  if (fresh.length > 0 || gone.length > 0)
    return [
      ...(fresh.length > 0 ? [`selects now ${fresh.join(', ')}`] : []),
      ...(gone.length > 0 ? [`${fresh.length > 0 ? '' : 'selects '}no longer ${gone.join(', ')}`] : []),
    ].join(', ');
  const parts = differingPart(old, now.join('\n'));
  return `${parts.before.slice(0, 80)} becomes ${parts.after.slice(0, 80)}`;
};
