/** Variables in texts and queries, format by format. */
import test from 'ava';
import {ensureInstalled} from '../../src/preview/install.ts';
import {pageModule} from './fixture/page-module.ts';

test.before(async t => {
  t.timeout(300_000, 'the first run installs packages');
  await ensureInstalled(console.log);
});

const replace = (text: string, format?: string): string => {
  const {interpolator, only} = pageModule('interpolate.ts');
  const several = {value: ['a.b', "c'd"], text: 'A + C', several: true, each: ['a.b', "c'd"]};
  const values = {
    one: only('x"y', {text: 'Ex'}),
    two: several,
    all: {value: ['.*'], text: 'All', several: true, pattern: true, each: ['p', 'q']},
    __dashboard: only('Title', {fields: {uid: 'u1'}, global: true}),
  };
  return interpolator(values, {__from: '1768478400000', __interval: '15s'})(text, undefined, format);
};

const toHaveText = test.macro((t, text: string, expected: string, format?: string) =>
  t.is(replace(text, format), expected),
);

/** Grafana's own syntax, kept from the linter. */
const braces = (inner: string): string => `\${${inner}}`;

for (const [inner, expected] of Object.entries({
  'two:csv': "a.b,c'd",
  'two:pipe': "a.b|c'd",
  'two:regex': String.raw`(a\.b|c'd)`,
  'two:sqlstring': "'a.b','c''d'",
  'two:singlequote': String.raw`'a.b','c\'d'`,
  'two:doublequote': `"a.b","c'd"`,
  'two:json': `["a.b","c'd"]`,
  'two:lucene': `("a.b" OR "c'd")`,
  'two:distributed': "a.b,two=c'd",
  'two:queryparam': `var-two=a.b&var-two=c'd`,
  'two:customqueryparam:v:p-': `v=p-a.b&v=p-c'd`,
  'two:join:;': "a.b;c'd",
  'two:text': 'A + C',
  'two:glob': "{a.b,c'd}",
  'two:percentencode': '%7Ba.b%2Cc%27d%7D',
  'all:text': 'All',
  'all:regex': '.*',
  'all:queryparam': 'var-all=%24__all',
  'one:text': 'Ex',
  'one:raw': 'x"y',
  '__from:date': '2026-01-15T12:00:00.000Z',
  '__from:date:iso': '2026-01-15T12:00:00.000Z',
  '__from:date:seconds': '1768478400',
  '__dashboard.uid': 'u1',
  __dashboard: 'Title',
  __interval: '15s',
}))
  test(`${braces(inner)} is written as Grafana writes it`, toHaveText, braces(inner), expected);

test('a date is formatted in the requested format', t => {
  t.regex(replace(braces('__from:date:YYYY-MM')), /^2026-01$/);
});
test('a title shows All if every value is selected', toHaveText, 'of $all', 'of All', 'text');
test('a PromQL query gets the regular expression of All', toHaveText, '{a=~"$all"}', '{a=~".*"}', 'promql');
test(
  'a PromQL query gets several values as one escaped regular expression',
  toHaveText,
  '{a=~"$two"}',
  String.raw`{a=~"(a\\.b|c'd)"}`,
  'promql',
);
const unknown = `$nothing ${braces('also:csv')} [[this]]`;
test('an unknown variable is not replaced', toHaveText, unknown, unknown);
