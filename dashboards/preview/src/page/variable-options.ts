/** A variable's options from its query's result: Grafana's rules for its regular expression and its order. */
import {PreviewError} from '../preview-error.ts';
import {briefly} from './board-file.ts';

export type Option = {readonly value: string; readonly text: string};

export const optionOf = (value: string): Option => ({value, text: value});

/** A pattern without slashes must match the whole value, as in Grafana. @throws SyntaxError when it is not one. */
const patternOf = (regex: string): RegExp => {
  if (!regex.startsWith('/')) return new RegExp(`^${regex}$`);
  const [, source = regex, flags = ''] = /^\/(.*?)\/([gimsuy]*)$/s.exec(regex) ?? [];
  return new RegExp(source, flags);
};

const matchesIn = (text: string, pattern: RegExp): RegExpExecArray[] => {
  if (pattern.global) return [...text.matchAll(pattern)];
  const match = pattern.exec(text);
  return match ? [match] : [];
};

/** Groups named `value` and `text` win, then the first group, then the whole value. */
const optionsIn = (option: Option, pattern: RegExp): Option[] => {
  const matches = matchesIn(option.value, pattern);
  if (matches.length === 0) return [];
  const value = matches.find(({groups}) => groups?.['value'])?.groups?.['value'];
  const text = matches.find(({groups}) => groups?.['text'])?.groups?.['text'];
  if (value !== undefined || text !== undefined) {
    return [{value: value ?? text ?? option.value, text: text ?? value ?? option.text}];
  }
  const grouped = matches.filter(match => match.length > 1);
  if (grouped.length === 0) return [option];
  return grouped.flatMap(([, group]) => (group === undefined ? [] : [optionOf(group)]));
};

export const matching = (options: readonly Option[], regex: string | undefined): Option[] => {
  const pattern = regex ? patternOf(regex) : undefined;
  const found = pattern ? options.flatMap(option => optionsIn(option, pattern)) : options;
  return [...new Map(found.map(option => [option.value, option])).values()];
};

const numberIn = ({text}: Option): number => Number(/.*?(\d+).*/.exec(text)?.[1] ?? -1);

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Grafana's order: 0 none, odd ascending, even descending; 3 by number, 5 ignoring case, 7 natural. */
export const sortOptions = (options: readonly Option[], sort = 0): Option[] => {
  const comparisons: readonly ((a: Option, b: Option) => number)[] = [
    (a, b) => byText(a.text, b.text),
    (a, b) => numberIn(a) - numberIn(b),
    (a, b) => byText(a.text.toLowerCase(), b.text.toLowerCase()),
    (a, b) => a.text.localeCompare(b.text, 'en', {numeric: true}),
  ];
  const compare = comparisons[Math.floor((sort - 1) / 2)];
  if (sort <= 0 || !compare) return [...options];
  const ascending = [...options].sort(compare);
  return sort % 2 === 0 ? ascending.reverse() : ascending;
};

/** `a, b : c` as a custom variable lists them: `label : value`, with commas escaped by a backslash. */
export const customOptions = (query: string): Option[] =>
  (query.match(/(?:\\,|[^,])+/g) ?? []).flatMap(part => {
    const plain = part.replaceAll('\\,', ',');
    // Before spaces are trimmed: `label : ` has an empty value.
    const [, text, value] = /^\s*(.+)\s:\s(.+)$/s.exec(plain) ?? [];
    if (text !== undefined && value !== undefined) return [{value: value.trim(), text: text.trim()}];
    return plain.trim() ? [optionOf(plain.trim())] : [];
  });

/**
 * The newer spelling of a custom variable: JSON, one object or string per option. @throws SyntaxError if it is not JSON
 */
export const customJsonOptions = (query: string): Option[] => {
  const parsed: unknown = JSON.parse(query);
  if (!Array.isArray(parsed))
    throw new PreviewError('ERR_PREVIEW_VALUE', `options: expected a JSON list, found ${briefly(parsed)}`);
  return parsed.map((entry: unknown): Option => {
    if (typeof entry !== 'object' || entry === null) return optionOf(String(entry));
    const value = String(Reflect.get(entry, 'value') ?? '');
    return {value, text: String(Reflect.get(entry, 'text') ?? value)};
  });
};
