/** How a variable's values are written into texts and queries: the formats of Grafana's documentation. */
import {dateTime, dateTimeFormat, escapeRegex} from '@grafana/data';

/** Inside a quoted PromQL string, which no value may end. */
export const escapeQuoted = (text: string): string => text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');

export const alternatives = (values: readonly string[]): string =>
  values.length === 1 ? String(values[0]) : `(${values.join('|')})`;

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);

const single = (values: readonly string[], several: (values: readonly string[]) => string): string =>
  values.length === 1 ? String(values[0]) : several(values);

/** `encodeURIComponent` without the exceptions it makes for `!'()*`. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const luceneTerm = (text: string): string =>
  text === '' ? '__empty__' : `"${text.replaceAll(/([+\-=&|><!(){}[\]^"~*?:\\/])/g, '\\$1')}"`;

/** `arguments_` are what follows the format's name: `${__from:date:YYYY-MM}`. */
type Format = (values: readonly string[], arguments_: readonly string[], name: string) => string;

const dateOf: Format = ([value = ''], [format = 'iso', ...rest]) => {
  const ms = Number(value);
  if (!Number.isFinite(ms)) return 'NaN';
  if (format === 'iso') return dateTime(ms).toISOString();
  if (format === 'seconds') return String(Math.round(ms / 1000));
  return dateTimeFormat(ms, {format: [format, ...rest].join(':')});
};

export const formats: ReadonlyMap<string, Format> = new Map(
  Object.entries<Format>({
    csv: values => values.join(','),
    customqueryparam: (values, [parameter, prefix = ''], name) =>
      values.map(value => `${parameter || name}=${prefix}${encodeURIComponent(value)}`).join('&'),
    date: dateOf,
    distributed: (values, _, name) => values.map((value, index) => (index > 0 ? `${name}=${value}` : value)).join(','),
    doublequote: values => values.map(value => `"${value.replaceAll('"', '\\"')}"`).join(','),
    glob: values => single(values, several => `{${several.join(',')}}`),
    html: values => values.map(escapeHtml).join(', '),
    join: (values, [separator = ',']) => values.join(separator),
    json: values => JSON.stringify(values.length === 1 ? values[0] : values),
    lucene: values =>
      values.length === 0
        ? '__empty__'
        : single(values.map(luceneTerm), several => `(${several.join(' OR ')})`).replace(/^"(.*)"$/s, '$1'),
    percentencode: values => encoded(single(values, several => `{${several.join(',')}}`)),
    pipe: values => values.join('|'),
    promql: values => alternatives(values.map(value => escapeQuoted(escapeRegex(value)))),
    queryparam: (values, _, name) => values.map(value => `var-${name}=${encodeURIComponent(value)}`).join('&'),
    raw: values => values.join(','),
    regex: values => alternatives(values.map(escapeRegex)),
    singlequote: values => values.map(value => `'${value.replaceAll("'", "\\'")}'`).join(','),
    sqlstring: values => values.map(value => `'${value.replaceAll("'", "''")}'`).join(','),
    text: values => values.join(' + '),
    uriencode: values => encodeURI(single(values, several => `{${several.join(',')}}`)),
  }),
);
