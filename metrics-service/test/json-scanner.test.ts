/** The scanner agrees with JSON.parse on every text, and finds what Python writes beside JSON. */
import test from 'ava';
import fc from 'fast-check';
import {hasMoreValues, scanJson} from '../src/json/json-scanner.ts';
import {seedOfTests} from './random.ts';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
const fragments = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '"a"',
  '"\\u00e9"',
  '"\\u12x4"',
  '\\',
  '\n',
  ' ',
  '\t',
  '\u0001',
  '0',
  '-',
  '-0',
  '01',
  '1.5',
  '1.',
  '.5',
  '1e5',
  '1e',
  '1E+2',
  '1e-',
  'true',
  'tru',
  'false',
  'null',
  'nul',
  'é',
  '😀',
];

test('the scanner finds an error where JSON.parse does, and only there', t => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.array(fc.constantFrom(...fragments), {maxLength: 12}).map(parts => parts.join('')),
        fc.tuple(fc.json(), fc.nat(), fc.constantFrom(...fragments)).map(([text, place, part]) => {
          const at = place % (text.length + 1);
          return text.slice(0, at) + part + text.slice(at + 1);
        }),
      ),
      text => {
        const bytes = Buffer.from(text);
        const {errorAt, nonFinite} = scanJson(bytes);
        t.deepEqual(nonFinite, []);
        t.is(errorAt === undefined, isJson(bytes.toString()), text);
        // The text before the error is a prefix of valid JSON.
        if (errorAt !== undefined) t.true((scanJson(bytes.subarray(0, errorAt)).errorAt ?? errorAt) === errorAt, text);
      },
    ),
    {seed: seedOfTests(), numRuns: 5000},
  );
});

test('the positions of non-finite numbers are found, and not within strings', t => {
  const text = '{"NaN":NaN,"a":[Infinity,-Infinity,"-Infinity"]}';
  const {errorAt, nonFinite} = scanJson(Buffer.from(text));
  t.is(errorAt, undefined);
  t.deepEqual(
    nonFinite.map(({start, end}) => text.slice(start, end)),
    ['NaN', 'Infinity', '-Infinity'],
  );
  for (const broken of ['[NaN1]', '[nan]', '[+Infinity]', '[Infinit]', '{NaN:1}', '[--Infinity]']) {
    t.not(scanJson(Buffer.from(broken)).errorAt, undefined, broken);
  }
});

test('values are counted outside of strings', t => {
  const bytes = Buffer.from('{"a,[{\\",":[1,2,{"b":"\\\\"},[]]}');
  // Five brackets and three commas.
  t.false(hasMoreValues(bytes, 7));
  t.true(hasMoreValues(bytes, 6));
});

test('a million levels and a million escapes are scanned as well', t => {
  t.is(scanJson(Buffer.from(`${'['.repeat(1e6)}x`)).errorAt, 1e6);
  t.is(scanJson(Buffer.from(`"${'\\n'.repeat(1e6)}"`)).errorAt, undefined);
});
