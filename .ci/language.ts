/**
 * Checks, as part of `npm run lint`, that documents, strings and comments use the vocabulary of the documentation of
 * Prometheus, Grafana, Pulumi and Node. Each rule is an unusual phrase with its replacement.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {createProgram, runProgram} from '@mcp-observability/tools/command-line';
import {run} from '@mcp-observability/tools/run';
import ts from 'typescript';

export type Rule = {readonly pattern: RegExp; readonly write: string};

const units =
  'second|minute|hour|day|week|month|year|request|task|event|point|panel|board|label|emitter|family|call|look|run|scrape';
const counted =
  '\\d[\\d,.]*|requests?|times|events?|samples?|dollars?|tokens?|calls?|metrics?|series|[kMG]i?B|rows?|lines?|bytes?|points?|starts?|once|twice|one';

export const rules: readonly Rule[] = [
  {pattern: /\b(somebody|nobody|whoever|whomever|whom)\b/i, write: 'the user, the operator, the emitter, no emitter'},
  {pattern: /\b(anew|meanwhile)\b/i, write: 'again; in the meantime is rarely needed'},
  {pattern: /\bat once\b/i, write: 'immediately, at the same time'},
  {pattern: /\bby (itself|themselves)\b/i, write: 'automatically, separately'},
  {pattern: /\bof (its|their|our|your) own\b/i, write: 'its own X, a separate X'},
  {pattern: /\b(so many|so few|so long as)\b/i, write: 'that many, as long as'},
  {pattern: /\bleft out\b/i, write: 'default, omitted'},
  {pattern: /\b(make-believe|made[- ]up)\b/i, write: 'simulated, invented'},
  {pattern: /\bmend(s|ed|ing)?\b/i, write: 'fix, normalize'},
  {pattern: /\banswer(s|ed|ing)?\b/i, write: 'respond, response, return'},
  {pattern: /(?<!connections? )\brefus(e|es|ed|ing|al|als)\b(?! (the )?connection)/i, write: 'reject'},
  {pattern: /\b(is|are|was|were|be|been) taken\b/i, write: 'accepted, read, used'},
  {pattern: /\b(told|tells?|telling) (by|of|which|what|how|who)\b/i, write: 'reported by, shows'},
  {
    pattern: /\bwho (tells?|told|asks?|asked|sends?|sent|gave|gives|scrapes|evaluates|listens|holds)\b/i,
    write: 'the emitter, the client, the process that ...',
  },
  {pattern: /\b(for|to|from|by|of|as) who\b/i, write: 'for users who, for the client that'},
  {pattern: /(?<!there )\bis no (?!longer|more|need|way|reason|point|such|other|one)[a-z]+/i, write: 'is not a ...'},
  {pattern: /\ba text\b(?! (panel|file|editor|box|field|format))/i, write: 'a string'},
  {pattern: /\d %/, write: '5%'},
  {pattern: /\bper cent\b/i, write: 'percent'},
  {pattern: /\b(time-outs?|back-offs?|e-mails?)\b/i, write: 'timeout, backoff, email'},
  {pattern: /\bthen and now\b/i, write: 'before and after'},
  {pattern: /(?<!stand-|leave it |let it |leave them |let )\balone\b/i, write: 'only, before the noun'},
  {pattern: /\b(for|from) want of\b/i, write: 'for lack of, because there is no'},
  {pattern: /\b(to|be) had\b/i, write: 'available'},
  {pattern: /\bkin\b/i, write: 'similar'},
  {pattern: /\bstands? in (?!for)/i, write: 'is defined in'},
  {pattern: /\bit is said\b/i, write: 'is documented'},
  {pattern: /\bverbs?\b/i, write: 'command, npm script'},
  {pattern: /\bwhat it (isn[’']t|is not)\b/i, write: 'Non-goals'},
  {pattern: /(?<![$`])\b(observers?|tellers?)\b/i, write: 'reporter'},
  {pattern: /\bnot for (want|lack)\b/i, write: 'for lack of'},
  {pattern: /\b(takes?|took|taken) (all the same|as many|off)\b/i, write: 'accept'},
  {
    pattern: new RegExp(
      `(?:\\b(?:${counted})|\\$[\\d.]+) an? (?:${units})\\b(?! (?:ago|later|before|after|long|time))`,
      'i',
    ),
    write: 'per second, per request',
  },
];

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

/** Markdown without code blocks, code spans and link targets. */
export const piecesOfMarkdown = (source: string): readonly Piece[] => {
  let fenced = false;
  return source.split('\n').flatMap((line, index) => {
    if (/^\s*```/.test(line)) fenced = !fenced;
    const text = line.replaceAll(/`[^`]*`/g, '`').replaceAll(/\]\([^)]*\)/g, ']');
    return fenced ? [] : [{line: index + 1, text, kind: 'prose' as const}];
  });
};

const commentsOf = (source: string, marker: RegExp): readonly Piece[] =>
  source.split('\n').flatMap((line, index) => {
    const found = marker.exec(line);
    return found === null ? [] : [{line: index + 1, text: line.slice(found.index), kind: 'comment' as const}];
  });

/** The parts of a file that people read. */
export const piecesOf = (file: string, source: string): readonly Piece[] => {
  if (/\.tsx?$/.test(file)) return piecesOfTypeScript(source, file);
  if (file.endsWith('.md')) return piecesOfMarkdown(source);
  if (/\.ya?ml$|Dockerfile$|\.ini$/.test(file)) return commentsOf(source, /(^|\s)[#;] /);
  return [];
};

/** This file, and the tests about it, contain the phrases on purpose. */
const exempt = /^\.ci\/(language\.ts|test\/language\.test\.ts)$|^CHANGELOG\.md$|LICENSE|package-lock\.json/;

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
