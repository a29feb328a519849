import test from 'ava';
import {hitsIn, piecesOfMarkdown, piecesOfTypeScript} from '../language.ts';

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

test('a phrase is found across the lines of a comment', t => {
  t.deepEqual(phrasesIn('a.ts', '/**\n * Nothing happens by\n * itself here.\n */\nexport {};\n'), ['by itself']);
});
