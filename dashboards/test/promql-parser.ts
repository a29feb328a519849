/** The parser and type checks of Prometheus's web interface. */
import {createRequire} from 'node:module';

// The ES builds of these packages have imports without extensions, which Node.js does not resolve, so all of CodeMirror must be
// the CommonJS copy. It has no types, hence the signatures below.
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

/** The errors that Prometheus finds in the expression, after replacing Grafana's variables with values. */
export const syntaxErrors = (expression: string): string[] => {
  const doc = expression
    .replaceAll(/\$__(?:(?:rate_)?interval_ms|range_m?s)\b/g, '300')
    .replaceAll(/\$__(?:rate_interval|interval|range)\b/g, '5m')
    .replaceAll(/\$(\w+)/g, (_, name: string) => name);
  const state = EditorState.create({doc, extensions: [promQLLanguage('PromQL')]});
  // A new state contains only what was parsed within a few milliseconds; an update includes what was parsed since.
  if (ensureSyntaxTree(state, doc.length, 10_000) === null) {
    throw new Error(`parser: expected the syntax tree within 10s, found none for ${doc}`);
  }
  const parser = new Parser(state.update({}).state);
  parser.analyze();
  return parser.getDiagnostics().map(({from, to, message}) => `${message}: ${doc.slice(from, to)}`);
};
