/** Variables in strings: `$name`, `${name}`, `${name:format}`, `${name.field:format}`, `[[name]]`. */
import type {InterpolateFunction, ScopedVars} from '@grafana/data';
import {alternatives, escapeQuoted, formats} from './variable-formats.ts';

/** Grafana's value for All, in the URL and in JSON. */
export const all = '$__all';

/** A variable's selected value. */
export type Value = {
  /** The value in queries: All may be one regular expression. */
  readonly value: string | readonly string[];
  readonly text: string;
  /** Allows several values, so queries match it as a regular expression. */
  readonly several: boolean;
  /** The value is already a regular expression: All. */
  readonly pattern?: boolean;
  /** The single values, for repeated panels and rows. */
  readonly each: readonly string[];
  /** The label of each value, if it differs from the value. */
  readonly labels?: readonly string[];
  /** The fields that `${name.field}` reads. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Data source variables: the type of the data source. */
  readonly dataSource?: string;
  /** An interval that is `auto`: Grafana writes the duration into texts, and "auto" only into the picker. */
  readonly followsRange?: boolean;
  /** Not a variable of the board: links don't include it. */
  readonly global?: boolean;
};
export type Values = Readonly<Record<string, Value>>;

/** A single selected value. */
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
  // A single value may follow `=`, where regular expression escapes would be literal.
  if (format === 'promql' && !several) return escapeQuoted(String(values[0] ?? ''));
  // The pattern for All is inserted unchanged: it is already a regular expression.
  if (pattern && format !== 'percentencode' && format !== 'html') return alternatives(values);
  return (formats.get(format) ?? formats.get('glob'))?.(values, rest, name) ?? '';
};

/** The values of the field that a data link or a display name may refer to: `${__field.labels.x}` and the like. */
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

/** The part after the name of a format: `date:YYYY-MM` is a format and its argument. */
const partsOf = (format: string | undefined): readonly string[] | undefined => format?.split(':');

const builtInText = (text: string, format: readonly string[] | undefined): string =>
  format ? (formats.get(format[0] ?? '')?.([text], format.slice(1), '') ?? text) : text;

/** Replaces known variables and leaves the rest unchanged. Built-in values are formatted only if a format is given. */
export const interpolator = (values: Values, builtIn: BuiltIns = {}): InterpolateFunction => {
  const replace: InterpolateFunction = (target, scoped, format) =>
    String(target ?? '').replace(reference, (whole, plain, braced, path, bracedFormat, square, squareFormat) => {
      const name: string = plain ?? braced ?? square;
      const own = partsOf(bracedFormat ?? squareFormat);
      // A name may be a property that every object inherits: `$constructor` is not a variable.
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
