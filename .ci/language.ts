/**
 * Checks, as part of `npm run lint`, that documents, strings and comments use the vocabulary of the documentation of
 * Prometheus, Grafana, Pulumi and Node. The phrases to avoid are in phrases.ts.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {createProgram, runProgram} from '@mcp-observability/tools/command-line';
import {run} from '@mcp-observability/tools/run';
import ts from 'typescript';
import {rules} from './phrases.ts';

export type Piece = {readonly line: number; readonly text: string; readonly kind: 'comment' | 'string' | 'prose'};

const lineOf = (source: string, position: number): number => source.slice(0, position).split('\n').length;

/** Comments, string literals and template literals; a string of one word is a name. */
export const piecesOfTypeScript = (source: string, file = 'a.tsx'): readonly Piece[] => {
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const pieces: Piece[] = [];
  const comments = new Map<number, Piece>();
  const collectComments = (position: number): void => {
    for (const range of [
      ...(ts.getLeadingCommentRanges(source, position) ?? []),
      ...(ts.getTrailingCommentRanges(source, position) ?? []),
    ])
      comments.set(range.pos, {
        line: lineOf(source, range.pos),
        text: source.slice(range.pos, range.end),
        kind: 'comment',
      });
  };
  const visit = (node: ts.Node): void => {
    collectComments(node.getFullStart());
    collectComments(node.end);
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (
      (ts.isStringLiteralLike(node) ||
        ts.isTemplateHead(node) ||
        ts.isTemplateMiddle(node) ||
        ts.isTemplateTail(node) ||
        ts.isJsxText(node)) &&
      /\s/.test(node.text.trim())
    )
      pieces.push({line: lineOf(source, node.getStart()), text: node.text, kind: 'string'});
    ts.forEachChild(node, visit);
  };
  visit(parsed);
  return [...comments.values(), ...pieces];
};

const commentsOf = (source: string, marker: RegExp): readonly Piece[] =>
  source.split('\n').flatMap((line, index) => {
    const found = marker.exec(line);
    return found === null ? [] : [{line: index + 1, text: line.slice(found.index), kind: 'comment' as const}];
  });

/** The values of `description`, of `name` and of `title`. */
const wordsOf = (source: string): readonly Piece[] =>
  source.split('\n').flatMap((line, index) => {
    const text = /^[\s-]*"?(?:description|name|title)"?: *(.*\s.*)$/.exec(line)?.[1];
    return text === undefined ? [] : [{line: index + 1, text, kind: 'string' as const}];
  });

/** Markdown without code spans and link targets; of code blocks only the comments. */
export const piecesOfMarkdown = (source: string): readonly Piece[] => {
  let fenced = false;
  return source.split('\n').flatMap((line, index) => {
    if (/^\s*```/.test(line)) fenced = !fenced;
    if (fenced) return commentsOf(line, /(^|\s)# /).map(piece => ({...piece, line: index + 1}));
    const text = line.replaceAll(/`[^`]*`/g, '`').replaceAll(/\]\([^)]*\)/g, ']');
    return [{line: index + 1, text, kind: 'prose' as const}];
  });
};

/** The parts of a file that people read. */
export const piecesOf = (file: string, source: string): readonly Piece[] => {
  if (/\.[cm]?[jt]sx?$/.test(file)) return piecesOfTypeScript(source, file);
  if (file.endsWith('.md')) return piecesOfMarkdown(source);
  if (file.endsWith('.json')) return wordsOf(source);
  if (/\.ya?ml$/.test(file)) return [...commentsOf(source, /(^|\s)# /), ...wordsOf(source)];
  if (/Dockerfile$|\.(ini|sh|py|lua|toml|conf)$|^\.ci\/run$/.test(file)) return commentsOf(source, /(^|\s)(--|[#;]) /);
  if (file.endsWith('.css')) return commentsOf(source, /\/\* /);
  return [];
};

/** These files contain the phrases on purpose. */
const exempt = /^\.ci\/(language\.ts|phrases\.ts|test\/language\.test\.ts)$|^CHANGELOG\.md$|LICENSE|package-lock\.json/;

export type Hit = {readonly file: string; readonly piece: Piece; readonly found: string; readonly write: string};

export const hitsIn = (file: string, source: string): readonly Hit[] =>
  piecesOf(file, source).flatMap(piece =>
    rules.flatMap(({pattern, write}) => {
      const found = pattern.exec(piece.text.replaceAll(/\s*\n\s*(\*|\/\/)?\s*/g, ' '))?.[0];
      return found === undefined ? [] : [{file, piece, found, write}];
    }),
  );

const root = join(import.meta.dirname, '..');

const trackedFiles = async (paths: readonly string[]): Promise<readonly string[]> => {
  const {stdout} = await run('git', ['ls-files', '--', ...paths], {cwd: root});
  return stdout.split('\n').filter(file => file !== '' && !exempt.test(file));
};

const program = createProgram('node --import tsx .ci/language.ts', 'Lists phrases that the glossary replaces.')
  .argument('[paths...]', 'files and folders of the repository; default all')
  .option('--kind <kind>', 'only comment, string or prose')
  .option('--summary', 'the number of hits per file')
  .action(async (paths, {kind, summary}) => {
    const hits = (await trackedFiles(paths))
      .flatMap(file => hitsIn(file, readFileSync(join(root, file), 'utf8')))
      .filter(({piece}) => kind === undefined || piece.kind === kind);
    if (summary) {
      const counts = new Map<string, number>();
      for (const {file} of hits) counts.set(file, (counts.get(file) ?? 0) + 1);
      for (const [file, count] of [...counts].sort(([, a], [, b]) => b - a)) console.log(`${count} ${file}`);
    } else {
      for (const {file, piece, found, write} of hits)
        console.log(`${file}:${piece.line}: ${piece.kind}: found "${found}", write ${write}`);
    }
    console.log(`${hits.length} phrases found`);
    if (hits.length > 0) process.exitCode = 1;
  });

if (process.argv[1] === import.meta.filename) await runProgram(program);
