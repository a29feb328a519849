/** Variables in texts: `$name`, `${name}`, `${name:format}`, `[[name]]`, as Grafana's documentation lists them. */
import {escapeRegex, type InterpolateFunction, type ScopedVars} from '@grafana/data';

/** What Grafana writes in the address and in JSON when everything is chosen. */
export const all = '$__all';

/** A template variable's chosen value. */
export type Value = {
  /** As queries say it: everything may be one regular expression. */
  readonly value: string | readonly string[];
  readonly text: string;
  /** More than one can be chosen, so a query matches it as a regular expression. */
  readonly several: boolean;
  /** Is a regular expression already: everything. */
  readonly pattern?: boolean;
  /** One by one, for panels and rows that are repeated. */
  readonly each: readonly string[];
};
export type Values = Readonly<Record<string, Value>>;

const reference = /\$(\w+)|\$\{(\w+)((?:\.[\w.[\]"'-]+)?)(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]/g;

/** For inside a quoted PromQL text, out of which no value may break. */
const quoted = (text: string): string => text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');

const alternatives = (values: readonly string[]): string =>
  values.length === 1 ? String(values[0]) : `(${values.join('|')})`;

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);

/** As a part of an address: what a link to a board takes along. */
const asParameters = (name: string, values: readonly string[]): string =>
  values.map(value => `var-${name}=${encodeURIComponent(value)}`).join('&');

const formats: ReadonlyMap<string, (values: readonly string[]) => string> = new Map(
  Object.entries({
    csv: (values: readonly string[]) => values.join(','),
    raw: (values: readonly string[]) => values.join(','),
    text: (values: readonly string[]) => values.join(' + '),
    pipe: (values: readonly string[]) => values.join('|'),
    json: (values: readonly string[]) => JSON.stringify(values.length === 1 ? values[0] : values),
    doublequote: (values: readonly string[]) => values.map(value => `"${value}"`).join(','),
    singlequote: (values: readonly string[]) => values.map(value => `'${value}'`).join(','),
    glob: (values: readonly string[]) => (values.length === 1 ? String(values[0]) : `{${values.join(',')}}`),
    percentencode: (values: readonly string[]) => encodeURIComponent(values.join(',')),
    html: (values: readonly string[]) => values.map(escapeHtml).join(', '),
    regex: (values: readonly string[]) => alternatives(values.map(escapeRegex)),
    promql: (values: readonly string[]) => alternatives(values.map(value => quoted(escapeRegex(value)))),
  }),
);

const rendered = (name: string, {value, text, several, pattern, each}: Value, format: string): string => {
  if (format === 'queryparam') return asParameters(name, text === 'All' ? [all] : each);
  const values = typeof value === 'string' ? [value] : value;
  // A single value may stand after `=`, where a regular expression's escapes would be taken literally.
  if (format === 'promql' && !several) return quoted(String(values[0] ?? ''));
  if (pattern && (format === 'promql' || format === 'regex')) return alternatives(values);
  return (formats.get(format) ?? formats.get('glob'))?.(values) ?? '';
};

/** What a data link or a display name may say of the field it belongs to: `${__field.labels.x}` and the like. */
const dataContext = (scoped: ScopedVars | undefined): Record<string, unknown> => {
  const context = scoped?.['__dataContext']?.value;
  if (!context) return {};
  const {field, frame, rowIndex} = context;
  const value = rowIndex === undefined ? undefined : field?.values[rowIndex];
  const name = field?.state?.displayName ?? field?.name;
  const row = Object.fromEntries(
    (frame?.fields ?? []).map((other: {name: string; values: unknown[]}) => [other.name, other.values[rowIndex ?? 0]]),
  );
  return {
    __field: {name, displayName: name, labels: field?.labels},
    __series: {name: frame?.name},
    __value: {raw: value, text: value, numeric: value},
    __data: {fields: row},
  };
};

const isHolder = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const reach = (root: unknown, path: string): unknown =>
  path
    .split(/[.[\]"']+/)
    .filter(Boolean)
    .reduce<unknown>((at, key) => (isHolder(at) && Object.hasOwn(at, key) ? at[key] : undefined), root);

/** Replaces what it knows and leaves the rest as it stands. `builtIn` holds `__interval` and its kin, never formatted. */
export const interpolator = (values: Values, builtIn: Readonly<Record<string, string>> = {}): InterpolateFunction => {
  const replace: InterpolateFunction = (target, scoped, format) =>
    String(target ?? '').replace(reference, (whole, plain, braced, path, bracedFormat, square, squareFormat) => {
      const name: string = plain ?? braced ?? square;
      // A text may name what every object inherits: `$constructor` is no variable.
      if (Object.hasOwn(builtIn, name)) return builtIn[name] ?? whole;
      const context = dataContext(scoped);
      if (Object.hasOwn(context, name)) {
        const found = reach(context[name], path ?? '');
        if (found === undefined || found === null) return whole;
        return formats.get(bracedFormat)?.([String(found)]) ?? String(found);
      }
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (!value) return whole;
      return rendered(name, value, bracedFormat ?? squareFormat ?? (typeof format === 'string' ? format : 'glob'));
    });
  return replace;
};
