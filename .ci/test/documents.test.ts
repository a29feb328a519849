/** Documents match the repository: a renamed file, heading or npm script fails here before it misleads a reader. */
import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import GithubSlugger from 'github-slugger';
import {lexer, type MarkedToken, type Token, walkTokens} from 'marked';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Folders and files that .gitignore names: anywhere, or with a leading slash only at the root. */
const ignored = read('.gitignore')
  .split('\n')
  .filter(line => line !== '' && !line.includes('*'))
  .map(line => line.replace(/\/$/, ''));
/** Whether a path is written by an installation or a command. */
const isWritten = (file: string): boolean => {
  const names = file.split('/');
  return ignored.some(name => (name.startsWith('/') ? names[0] === name.slice(1) : names.includes(name)));
};

/** The files of a checkout, tracked or not yet added. */
const files = new Set<string>();
const folders = new Set<string>();
const list = (folder: string): void => {
  folders.add(folder);
  for (const entry of readdirSync(path.join(root, folder), {withFileTypes: true})) {
    const place = path.join(folder, entry.name);
    if (place === '.git' || isWritten(place)) continue;
    if (entry.isDirectory()) list(place);
    else files.add(place);
  }
};
list('.');

/** The file or folder of the repository that a path refers to, relative to one of these folders. */
const locate = (name: string, from: Iterable<string>): string | undefined =>
  [...from]
    .map(folder => path.join(folder, name).replace(/\/$/, ''))
    .find(place => files.has(place) || folders.has(place));

type Of<Type extends MarkedToken['type']> = Extract<MarkedToken, {readonly type: Type}>;
/** Every token of a type, at any depth. */
const all = <Type extends MarkedToken['type']>(type: Type, tokens: readonly Token[]): readonly Of<Type>[] => {
  const matching: Of<Type>[] = [];
  // The token types of marked include a generic one that matches any token.
  walkTokens([...tokens], token => void (token.type === type && matching.push(token as Of<Type>)));
  return matching;
};

const plain = (tokens: readonly Token[]): string =>
  tokens
    .map(token => ('tokens' in token && token.tokens ? plain(token.tokens) : 'text' in token ? token.text : ''))
    .join('');

type Document = {
  readonly file: string;
  readonly source: string;
  readonly tokens: readonly Token[];
  /** Anchors as GitHub derives them from headings. */
  readonly anchors: ReadonlySet<string>;
};

const documents: readonly Document[] = [...files]
  .filter(file => file.endsWith('.md') && !file.includes('/snapshots/'))
  .map(file => {
    const source = read(file);
    const tokens = lexer(source);
    const slugger = new GithubSlugger();
    return {file, source, tokens, anchors: new Set(all('heading', tokens).map(one => slugger.slug(plain(one.tokens))))};
  });

/** The commands that a reader would paste into a terminal. */
const shell = (tokens: readonly Token[]): readonly string[] =>
  all('code', tokens)
    .filter(({lang}) => lang === 'sh')
    .map(code => code.text);

test('every link within the repository leads to a file that exists', t => {
  const links = documents.flatMap(({file, tokens}) =>
    [...all('link', tokens), ...all('image', tokens)]
      .map(({href}) => href)
      .filter(href => !/^([a-z]+:|#)/.test(href))
      .map(href => ({file, href})),
  );
  t.true(links.length > 10);
  t.deepEqual(
    links.filter(({file, href}) => !locate(decodeURI(href.replace(/#.*/, '')), [path.dirname(file)])),
    [],
  );
});

test('every anchor belongs to a heading', t => {
  const broken = documents.flatMap(({file, tokens}) =>
    all('link', tokens)
      .filter(({href}) => /^[^:]*#/.test(href))
      .filter(({href}) => {
        const [target = '', anchor = ''] = href.split('#');
        const place = target === '' ? file : locate(target, [path.dirname(file)]);
        return !documents.find(one => one.file === place)?.anchors.has(anchor);
      })
      .map(({href}) => ({file, href})),
  );
  t.deepEqual(broken, []);
});

/** Paragraphs, rows and items: within one of them a path may be relative to the folder of another. */
const blocks = (tokens: readonly Token[]): readonly (readonly Token[])[] =>
  (tokens as readonly MarkedToken[]).flatMap(token => {
    // only marked's built-in token types: no extensions are used
    if (token.type === 'table') return [token.header, ...token.rows].map(row => row.flatMap(cell => cell.tokens));
    if (token.type === 'list') return token.items.map(item => item.tokens);
    return [[token]];
  });

const looksLikeAPath = /^(?!\.\/)[\w.@-]+(\/[\w.@-]+)*\/?$/;

/** `api/v1` does not refer to a file here; `src/gone.ts`, `gone.ts` and `dashboards/gone` do. */
const isMeant = (word: string, from: Iterable<string>): boolean => {
  const [first = '', ...rest] = word.split('/');
  return /\w\.tsx?$/.test(word) || (rest.length > 0 && (word.endsWith('.md') || locate(first, from) !== undefined));
};

/** A folder and its parents. */
const upwards = (folder: string): readonly string[] => [
  folder,
  ...(folder === '.' ? [] : upwards(path.dirname(folder))),
];

/** Paths in a block that don't exist, each with the places where it was looked up. */
const astray = (file: string, block: readonly Token[]): readonly (readonly string[])[] => {
  const home = upwards(path.dirname(file));
  const from = new Set(home.flatMap(folder => [folder, path.join(folder, 'src')]));
  const words = [
    ...all('codespan', block).flatMap(span => span.text.split(/\s+/)),
    ...shell(block)
      .flatMap(command => command.split(/\s+/))
      .filter(word => word.includes('/')),
  ].map(word => word.replace(/^['"]|['"]$/g, ''));
  return words.flatMap(word => {
    if (!looksLikeAPath.test(word)) return [];
    const place = locate(word, from);
    if (place === undefined) return isMeant(word, home) ? [[...from].map(folder => path.join(folder, word))] : [];
    from.add(place).add(path.dirname(place));
    return [];
  });
};

test('every path in a document exists or is written by a command', t => {
  const named = documents.flatMap(document =>
    blocks(document.tokens).flatMap(block =>
      astray(document.file, block).map(places => ({file: document.file, places})),
    ),
  );
  t.deepEqual(
    named.filter(({places}) => !places.some(isWritten)),
    [],
  );
});

test('every npm script in a document is a script of its package', t => {
  const scripts = (folder: string): object => JSON.parse(read(path.join(folder, 'package.json'))).scripts ?? {};
  const verbs = documents.flatMap(({file, source}) =>
    [...source.matchAll(/\bnpm (?:--prefix (\S+) )?(?:run (?:-s )?([\w:-]+)|(start|test)\b)/g)].map(
      ([, folder = '.', verb, short]) => ({file, folder, verb: verb ?? short ?? ''}),
    ),
  );
  t.true(verbs.length > 10);
  t.deepEqual(
    verbs.filter(({folder, verb}) => !Object.hasOwn(scripts(folder), verb)),
    [],
  );
});

test('every check in a document is a subcommand of npm run check', t => {
  const named = documents.flatMap(({file, source}) =>
    [...source.matchAll(/\bnpm run (?:-s )?check -- (\w+)/g)].map(([, name = '']) => ({file, name})),
  );
  t.true(named.length > 5);
  const program = read('.ci/check-command.ts');
  t.deepEqual(
    named.filter(({name}) => !program.includes(`name: '${name}'`)),
    [],
  );
});

test('every command can be pasted: a shell parses it completely', t => {
  const commands = documents.flatMap(({file, tokens}) => shell(tokens).map(command => ({file, command})));
  t.true(commands.length > 10);
  for (const {file, command} of commands) {
    const {status, stderr} = spawnSync('bash', ['-n'], {encoding: 'utf8', input: command});
    t.is(status, 0, `${file}: ${stderr}\n${command}`);
  }
});

test('every package README describes purpose, non-goals, how to run it, and a map', t => {
  const packages = [...folders].filter(
    folder =>
      (files.has(`${folder}/package.json`) && folder !== 'dashboards/preview/stubs') ||
      files.has(`${folder}/Dockerfile`) ||
      folder === 'infra/local',
  );
  t.true(packages.length > 4);
  for (const folder of packages.filter(one => one !== '.')) {
    const document = documents.find(({file}) => file === `${folder}/README.md`);
    t.truthy(document, `${folder} has a README.md`);
    t.regex(document?.source ?? '', /non-goals/i, folder);
    for (const heading of ['run-it', 'map']) t.true(document?.anchors.has(heading), `${folder}/README.md: ${heading}`);
  }
});

test('the README of the repository fits on one screen', t => {
  t.true(read('README.md').split('\n').length <= 60);
});

test('every decision states what was decided, why, the price, and when to reconsider', t => {
  const decisions = documents.filter(({file}) => file.includes('/decisions/'));
  t.true(decisions.length > 3);
  for (const {file, source} of decisions)
    t.deepEqual(
      ['Decision', 'Why', 'Price', 'Reconsider when'].filter(part => !source.includes(`\n**${part}.** `)),
      [],
      file,
    );
});
