import test from 'ava';
import {NormalizationCounter} from '../src/json/validation.ts';
import {accepts, rejects} from './event-rule.ts';
import {nonZero} from './exposition-samples.ts';
import {start, type Variables} from './running-service.ts';

const metric = {type: 'custom', value: 1};
const numbered = (count: number) =>
  Object.fromEntries(Array.from({length: count}, (_, index) => [`key_${index}`, index]));
const keyRule =
  ".dimensions: expected keys of letters, digits and _ that don't start with a digit, at most 50 characters long, found";

test('20 dimensions are accepted', accepts, {...metric, dimensions: numbered(20)});
test('21 dimensions are rejected', rejects, {
  metric: {...metric, dimensions: numbered(21)},
  reason: 'field',
  line: '.dimensions: expected at most 20 dimensions, found 21',
});
for (const key of ['_', 'a', '__proto__', 'constructor', 'toString', 'hasOwnProperty', `k${'0'.repeat(49)}`]) {
  test(`the key ${key} is accepted`, accepts, `{"type":"custom","value":1,"dimensions":{"${key}":{"a":1}}}`);
}
for (const key of ['', '0a', 'a-b', 'a b', 'é', '😀', `k${'0'.repeat(50)}`, 'a\n', '\ud800']) {
  test(`the key ${JSON.stringify(key)} is rejected`, rejects, {
    metric: {...metric, dimensions: {fine: 1, [key]: 1}},
    reason: 'field',
    line: `${keyRule} ${JSON.stringify(key)}`,
  });
}
test('an empty key is rejected in the first event of a process as well', async t => {
  const fresh = '../src/json/validation.ts?fresh'; // the module remembers keys: this one has seen none
  const attributes: typeof import('../src/json/validation.ts') = await import(fresh);
  const check = (dimensions: Record<string, unknown>) =>
    attributes.normalizeDimensions(dimensions, attributes.createPreviousKeys(), {
      index: 0,
      normalized: new NormalizationCounter(),
    });
  t.like(check({'': 1}), {reason: 'field'});
  t.is(check({fine: 1}), null);
});
for (const [found, dimensions] of [
  ['an array', []],
  ['"a=1"', 'a=1'],
  ['7', 7],
  ['false', false],
] as const) {
  test(`dimensions that are ${found} are rejected`, rejects, {
    metric: {...metric, dimensions},
    reason: 'field',
    line: `.dimensions: expected an object, found ${found}`,
  });
}

interface Named {
  /** JSON of the dimension's value. */
  readonly json: string;
  readonly variables?: Variables;
}
/** A dimension's value never costs the metric: it becomes this label. */
const becomes = test.macro(async (t, {json, variables = {}}: Named, label: string) => {
  const service = await start(t, {variables});
  const {status, body} = await service.post(
    `{"service":"registry","metrics":[{"type":"custom","value":1,"dimensions":{"metric_name":${json}}}]}`,
  );
  t.is(status, 200);
  t.is(body.accepted, 1);
  t.deepEqual(nonZero(await service.samples(), 'mcp_custom_events_total'), {[`name=${label}`]: 1});
});

const long = {METRICS_MAX_LABEL_LENGTH: '1000'};
test('a string of 200 characters is kept', becomes, {json: `"${'a'.repeat(200)}"`, variables: long}, 'a'.repeat(200));
test('a string is cut at 200 characters', becomes, {json: `"${'a'.repeat(201)}"`, variables: long}, 'a'.repeat(200));
test(
  'the 200 characters are code points: 200 emoji are kept whole',
  becomes,
  {json: `"${'😀'.repeat(200)}"`, variables: long},
  '_'.repeat(200),
);
test(
  'a string is not cut within a code point',
  becomes,
  {json: `"a${'😀'.repeat(300)}"`, variables: long},
  `a${'_'.repeat(199)}`,
);
test(
  'a string of ten million characters is cut',
  becomes,
  {json: `"${'a'.repeat(9_000_000)}"`, variables: long},
  'a'.repeat(200),
);
test('a number becomes a string', becomes, {json: '12.5'}, '12.5');
test('a negative number becomes a string', becomes, {json: '-3'}, '-3');
test('a boolean becomes a string', becomes, {json: 'true'}, 'true');
test('null becomes _unset', becomes, {json: 'null'}, '_unset');
test('an empty text becomes _unset', becomes, {json: '""'}, '_unset');
test('an object becomes _invalid', becomes, {json: '{"a":1}'}, '_invalid');
test('an array becomes _invalid', becomes, {json: '["a"]'}, '_invalid');
test('100,000 arrays become _invalid', becomes, {json: `${'['.repeat(100_000)}${']'.repeat(100_000)}`}, '_invalid');
test(
  '100,000 objects become _invalid',
  becomes,
  {json: `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`},
  '_invalid',
);
test('a lone surrogate becomes _', becomes, {json: '"a\\ud800b"'}, 'a_b');
test('an emoji becomes one _', becomes, {json: '"a😀b"'}, 'a_b');
test('control characters become _', becomes, {json: '"a\\u0000\\n\\"\\\\b"'}, 'a____b');
