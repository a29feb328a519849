/** Prometheus's own parser and type checks, as its web interface uses them. */
import {createRequire} from 'node:module';

// The packages' ES builds have imports without extensions, which Node refuses; all of CodeMirror must then be the
// CommonJS copy. They come without types for that form, hence the signatures.
const require = createRequire(import.meta.url);
type State = {update(transaction: Record<never, never>): {readonly state: State}};
const {EditorState} = require('@codemirror/state') as {
  EditorState: {create(options: {doc: string; extensions: unknown[]}): State};
};
const {ensureSyntaxTree} = require('@codemirror/language') as {
  ensureSyntaxTree(state: State, upTo: number, timeoutMs: number): unknown;
};
const {promQLLanguage} = require('@prometheus-io/codemirror-promql') as {promQLLanguage(top: string): unknown};
const {Parser} = require('@prometheus-io/codemirror-promql/dist/cjs/parser/index.js') as {
  Parser: new (
    state: State,
  ) => {
    analyze(): void;
    getDiagnostics(): {from: number; to: number; message: string}[];
  };
};

/** What Prometheus has against the expression; Grafana's variables are put as values first. */
export const problems = (expression: string): string[] => {
  const doc = expression
    .replaceAll(/\$__(?:(?:rate_)?interval_ms|range_m?s)\b/g, '300')
    .replaceAll(/\$__(?:rate_interval|interval|range)\b/g, '5m')
    .replaceAll(/\$(\w+)/g, (_, name: string) => name);
  const state = EditorState.create({doc, extensions: [promQLLanguage('PromQL')]});
  // A new state has parsed for some milliseconds only; an update takes over what was parsed since.
  if (ensureSyntaxTree(state, doc.length, 10_000) === null) {
    throw new Error(`not parsed in time: ${doc}`);
  }
  const parser = new Parser(state.update({}).state);
  parser.analyze();
  return parser.getDiagnostics().map(({from, to, message}) => `${message}: ${doc.slice(from, to)}`);
};
