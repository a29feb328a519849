import test from 'ava';
import {hitsIn, piecesOfMarkdown, piecesOfTypeScript} from '../language.ts';
import {rules} from '../phrases.ts';

const phrasesIn = (file: string, source: string): readonly string[] => hitsIn(file, source).map(hit => hit.found);

test('comments, strings and template literals of TypeScript are read, names and imports are not', t => {
  const source =
    "import {answer} from './answer.ts';\n/** Read. */\nconst answer = 'one word'; // trailing\nconst b = `a $" +
    '{answer} b c`;\n';
  t.deepEqual(
    piecesOfTypeScript(source)
      .map(({text}) => text.trim())
      .sort(),
    ['/** Read. */', '// trailing', 'b c', 'one word'].sort(),
  );
});

test('code in Markdown is not prose', t => {
  const texts = piecesOfMarkdown('A `refused` word\n```sh\nrefuse\n```\n[link](answer.md)\n').map(({text}) => text);
  t.false(texts.some(text => /refuse|answer/.test(text)));
});

for (const [phrase, count] of [
  ['5 % of the calls', 1],
  ['5% of the calls', 0],
  ['20 requests a second', 1],
  ['20 requests per second', 0],
  ['a second SIGTERM', 0],
  ['there is no alert', 0],
  ['the value is no number', 1],
  ['connection refused by the peer', 0],
  ['the event is refused', 1],
  ['expected a text of 5 characters', 1],
  ['the text panel shows a text file', 0],
  ['told by nginx', 1],
  ['stand-alone', 0],
  ['connections refused after a deployment', 0],
  ['the observer of a call', 1],
  ['the variable $observer', 0],
] as const)
  test(`"${phrase}" has ${count === 0 ? 'nothing' : 'something'} to replace`, t => {
    t.is(phrasesIn('a.md', phrase).length, count);
  });

test('a phrase is found across lines of a comment', t => {
  t.deepEqual(phrasesIn('a.ts', '/**\n * Nothing happens by\n * itself here.\n */\nexport {};\n'), ['by itself']);
});

/** Phrases to avoid: every rule has one here. */
const phrases = [
  '5 % of the tool calls',
  'per cent of the calls',
  'calls told by nginx',
  'calls take over 5 s',
  'expected a text of at most 50 characters',
  'metrics are taken by the service',
  'metrics count all the same',
  'boards of then and now',
  'in words and in pictures',
  'traffic of a make-believe gateway',
  'with an hour of it already behind',
  'the default when left out',
  'no data to who asks for minutes',
  'for who gave credentials',
  'takes off the rest',
  'the dust of binary fractions',
  'the value is no number',
  'somebody reads it',
  'the alert fires anew',
  'both start at once',
  'it ends by itself',
  'a process of its own',
  'so many requests',
  'the service alone',
  'one metric a request',
  '$ a month',
  'a time-out of 5s',
  'What it is not',
  'the service answers',
  'the service refuses the event',
  'events that the service turns away',
  'the response says so',
  'the observer of a call',
  'values are mended',
  'for want of memory',
  'not for want of memory',
  'the list cannot be had',
  'there to be had',
  'its kin',
  'it stands in the catalogue',
  'it is said elsewhere',
  'an npm verb',
  'ends at moments of chance',
  'a look at the board',
  'requests under way on a connection',
  'letters, digits and blanks',
  'series that cannot be told apart',
  'a request is taken in',
  'the panel is skipped, and the page says so',
  'the plan says which quota is exceeded',
  'the value is said to be wrong',
  'every panel asks for data',
  'the path is sent as it stands',
  'the label has as many as it may',
  'a body made from chance',
  'a subnet without an own table',
  'the alert fires for ever',
] as const;

test('every rule has a phrase', t => {
  t.deepEqual(
    rules.filter(
      ({pattern}) =>
        ![...phrases, '// Of each part its file', '/** What a board reads. */'].some(phrase => pattern.test(phrase)),
    ),
    [],
  );
});

for (const phrase of phrases)
  test(`"${phrase}" is found wherever people read`, t => {
    const quoted = JSON.stringify(`Then ${phrase}.`);
    for (const [file, source] of [
      ['a.md', `Then ${phrase}.`],
      ['a.ts', `// Then ${phrase}.\nexport {};`],
      ['a.ts', `/** Then ${phrase}. */\nexport {};`],
      ['a.ts', `throw new RangeError(${quoted});`],
      ['a.ts', `export const message = \`Then ${phrase.replaceAll('$', '\\$')}: \${1}\`;`],
      ['a.test.ts', `test(${quoted}, t => {});`],
      ['page.tsx', `export const Panel = () => <p>Then {'it'} ${phrase}.</p>;`],
      ['package.json', `{\n  "description": ${quoted}\n}`],
      ['check.yaml', `steps:\n  - name: Then ${phrase}\n`],
      ['check.yaml', `steps: # Then ${phrase}\n`],
      ['Dockerfile', `# Then ${phrase}\nFROM scratch\n`],
    ] as const)
      t.not(phrasesIn(file, source).length, 0, `${file}: ${source}`);
  });

test('a comment that starts with "Of" is reported, as it has no verb', t => {
  t.is(phrasesIn('a.ts', '/** Of each part its file. */\nexport {};\n').length, 1);
  t.is(phrasesIn('a.ts', '/** Of course it ends. */\nexport {};\n').length, 0);
});

test('a doc comment that starts with "What" names no thing', t => {
  t.deepEqual(phrasesIn('a.ts', '/**\n * What a board reads and costs.\n */\nexport {};\n'), ['/** What']);
  t.deepEqual(phrasesIn('a.ts', '/** The cost of a board, and what it reads. */\nexport {};\n'), []);
});

for (const phrase of [
  'each task has its own port',
  'an own property of the object',
  'blank lines and comments',
  'the operator asks for a token',
  'it starts a request',
  'a DNS answer with two addresses',
  'the lock is held by another process',
  'the expression holds for 5 minutes',
  'the read takes 5s',
  'the panel reads one series per emitter',
  'there is no emitter, and no other reporter',
  'ECONNREFUSED: connection refused',
  'leave the file alone',
  'amp-stand-in stands in for the workspace',
  'the text panel',
  'the mean of the values, of which one is NaN',
] as const)
  test(`"${phrase}" is usual in the field`, t => {
    t.deepEqual(phrasesIn('a.md', phrase), []);
    t.deepEqual(phrasesIn('a.ts', `// ${phrase}\nexport {};`), []);
  });
