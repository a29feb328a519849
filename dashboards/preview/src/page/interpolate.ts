/** Variables in texts: `$name`, `${name}`, `${name:format}`, `${name.field:format}`, `[[name]]`. */
import type {InterpolateFunction, ScopedVars} from '@grafana/data';
import {alternatives, formats, quoted} from './variable-formats.ts';

/** What Grafana writes in the address and in JSON when everything is chosen. */
export const all = '$__all';

/** A variable's chosen value. */
export type Value = {
  /** As queries get it: everything may be one regular expression. */
  readonly value: string | readonly string[];
  readonly text: string;
  /** More than one can be chosen, so a query matches it as a regular expression. */
  readonly several: boolean;
  /** Is a regular expression already: everything. */
  readonly pattern?: boolean;
  /** One by one, for panels and rows that are repeated. */
  readonly each: readonly string[];
  /** The label of each, where it is not the value itself. */
  readonly labels?: readonly string[];
  /** What `${name.field}` reads. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Data source variables: the type of the data source. */
  readonly dataSource?: string;
  /** Not one of the board's variables: no link takes it along. */
  readonly global?: boolean;
};
export type Values = Readonly<Record<string, Value>>;

/** One value that is chosen alone. */
export const only = (value: string, more: Partial<Value> = {}): Value => ({
  value,
  text: value,
  several: false,
  each: [value],
  ...more,
});

const reference = /\$(\w+)|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}|\[\[(\w+?)(?::(\w+))?\]\]/g;

/** Values Grafana fills in itself: `$__interval`, `$__range`, `${__from:date}`. */
export type BuiltIns = Readonly<Record<string, string>>;

const rendered = (
  name: string,
  {value, text, several, pattern, each}: Value,
  [format = 'glob', ...rest]: readonly string[],
): string => {
  const everything = text === 'All';
  if (format === 'queryparam') return formats.get(format)?.(everything ? [all] : each, rest, name) ?? '';
  if (format === 'text') return text;
  const values = typeof value === 'string' ? [value] : value;
  // A single value may stand after `=`, where the escapes of a regular expression would be taken literally.
  if (format === 'promql' && !several) return quoted(String(values[0] ?? ''));
  // A pattern for everything is written as it stands: it is a regular expression already.
  if (pattern && format !== 'percentencode' && format !== 'html') return alternatives(values);
  return (formats.get(format) ?? formats.get('glob'))?.(values, rest, name) ?? '';
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

/** The part of a text after the name of a format: `date:YYYY-MM` is a format and its argument. */
const partsOf = (format: string | undefined): readonly string[] | undefined => format?.split(':');

const builtInText = (text: string, format: readonly string[] | undefined): string =>
  format ? (formats.get(format[0] ?? '')?.([text], format.slice(1), '') ?? text) : text;

/** Replaces what it knows and leaves the rest as it stands. Built-in values are formatted only where a text asks for it. */
export const interpolator = (values: Values, builtIn: BuiltIns = {}): InterpolateFunction => {
  const replace: InterpolateFunction = (target, scoped, format) =>
    String(target ?? '').replace(reference, (whole, plain, braced, path, bracedFormat, square, squareFormat) => {
      const name: string = plain ?? braced ?? square;
      const own = partsOf(bracedFormat ?? squareFormat);
      // A text may name what every object inherits: `$constructor` is no variable.
      if (Object.hasOwn(builtIn, name)) return builtInText(builtIn[name] ?? whole, own);
      const context = dataContext(scoped);
      if (Object.hasOwn(context, name)) {
        const found = reach(context[name], path ?? '');
        if (found === undefined || found === null) return whole;
        return builtInText(String(found), own);
      }
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (!value) return whole;
      if (path !== undefined) {
        const fields = {text: value.text, value: String(value.value), ...value.fields};
        return Object.hasOwn(fields, path) ? builtInText(String(Reflect.get(fields, path)), own) : whole;
      }
      return rendered(name, value, own ?? [typeof format === 'string' ? format : 'glob']);
    });
  return replace;
};
