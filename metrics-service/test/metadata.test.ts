import test from 'ava';
import {accepts, rejects} from './event-rule.ts';

const metric = {type: 'custom', value: 1};
const numbered = (count: number) =>
  Object.fromEntries(Array.from({length: count}, (_, index) => [`key ${index}`, index]));
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const withMetadata = (json: string): string => `{"type":"custom","value":1,"metadata":${json}}`;

test('30 entries are accepted', accepts, {...metric, metadata: numbered(30)});
test('31 entries are rejected', rejects, {
  metric: {...metric, metadata: numbered(31)},
  reason: 'field',
  line: '.metadata: expected at most 30 entries, found 31',
});
for (const [found, metadata] of [
  ['an array', [1]],
  ['"text"', 'text'],
  ['0', 0],
  ['true', true],
] as const) {
  test(`metadata that are ${found} are rejected`, rejects, {
    metric: {...metric, metadata},
    reason: 'field',
    line: `.metadata: expected an object, found ${found}`,
  });
}

for (const key of [
  '',
  'any key: it is free text',
  'k'.repeat(50),
  '😀'.repeat(50),
  '__proto__',
  'constructor',
  'toJSON',
]) {
  test(
    `the key "${key}" is accepted`,
    accepts,
    withMetadata(JSON.stringify({[`${key}`]: null}).replace('{}', '{"__proto__":{}}')),
  );
}
for (const key of ['k'.repeat(51), '😀'.repeat(51)]) {
  test(`the key "${key}" is rejected`, rejects, {
    metric: {...metric, metadata: {[key]: 1}},
    reason: 'field',
    line: `.metadata: expected keys of at most 50 characters, found "${key}"`,
  });
}

for (const [what, json] of [
  ['null', 'null'],
  ['a boolean', 'false'],
  ['a number', '-1.5e300'],
  ['an empty object', '{}'],
  ['1,000 characters', `"${'x'.repeat(1000)}"`],
  ['1,000 emoji', `"${'😀'.repeat(1000)}"`],
  ['a lone surrogate', '"\\udfff"'],
  ['an array of 1,000 characters as text', `[${'1,'.repeat(498)}11]`],
  ['20 levels of arrays', nested(20)],
  ['20 levels of objects', `${'{"a":'.repeat(19)}{}${'}'.repeat(19)}`],
] as const) {
  test(`a value that is ${what} is accepted`, accepts, withMetadata(`{"key":${json}}`));
}

const tooLong = (found: number | 'more') =>
  `.metadata: expected "key" to have at most 1000 characters as text, found ${found}`;
const tooDeep = '.metadata: expected "key" to nest at most 20 deep, found more';
for (const [what, json, line] of [
  ['1,001 characters', `"${'x'.repeat(1001)}"`, tooLong(1001)],
  ['1,001 emoji', `"${'😀'.repeat(1001)}"`, tooLong(1001)],
  ['an object of 1,001 characters as text', `{"a":"${'x'.repeat(993)}"}`, tooLong(1001)],
  ['21 levels of arrays', nested(21), tooDeep],
  ['21 levels of objects and arrays', `${'{"a":['.repeat(10)}{}${']}'.repeat(10)}`, tooDeep],
  ['100,000 levels of arrays', nested(100_000), tooDeep],
  ['100,000 levels of objects', `${'{"a":'.repeat(100_000)}{}${'}'.repeat(100_000)}`, tooDeep],
  ['wide and deep', `[${Array.from({length: 2000}, () => nested(21)).join()}]`, tooLong('more')],
  ['an array of 502 numbers', `[${'1,'.repeat(501)}1]`, tooLong('more')],
  ['an array of 501 numbers', `[${'1,'.repeat(500)}1]`, tooLong(1003)],
  ['a long text in an array', `["${'x'.repeat(1001)}"]`, tooLong('more')],
] as const) {
  test(`a value that is ${what} is rejected`, rejects, {
    metric: withMetadata(`{"key":${json}}`),
    reason: 'field',
    line,
  });
}
