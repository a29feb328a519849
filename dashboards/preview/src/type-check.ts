/**
 * A separate process that keeps the compiler's state, so that a saved file is checked within a second. It responds to
 * each message with the problems of the sources under its argument, the root of a repository.
 */
import {readdirSync, statSync} from 'node:fs';
import {join, relative} from 'node:path';
import ts from 'typescript';
import type {Problem} from './routes.ts';

const root = process.argv[2] ?? '';

const sources = (folder: string): string[] =>
  readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => join(entry.parentPath, entry.name));

const configured = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
  ts.sys,
  root,
);
const options: ts.CompilerOptions = {...configured.options, noEmit: true, incremental: false};
const host = ts.createIncrementalCompilerHost(options);

/** A file that hasn't been saved since then keeps its syntax tree. */
const trees = new Map<string, {readonly at: number; readonly tree: ts.SourceFile | undefined}>();
const parse = host.getSourceFile.bind(host);
host.getSourceFile = (path, ...rest) => {
  const at = statSync(path, {throwIfNoEntry: false})?.mtimeMs ?? 0;
  const known = trees.get(path);
  if (known?.at === at) return known.tree;
  const tree = parse(path, ...rest);
  trees.set(path, {at, tree});
  return tree;
};

const problemOf = ({file, start, messageText}: ts.Diagnostic): Problem => {
  const message = ts.flattenDiagnosticMessageText(messageText, '\n');
  if (!file) return {kind: 'types', message};
  const {line} = file.getLineAndCharacterOfPosition(start ?? 0);
  return {kind: 'types', message, file: relative(root, file.fileName), line: line + 1};
};

let builder: ts.SemanticDiagnosticsBuilderProgram | undefined;

const check = (): Problem[] => {
  builder = ts.createSemanticDiagnosticsBuilderProgram(sources(join(root, 'dashboards/src')), options, host, builder);
  const diagnostics = [...builder.getSyntacticDiagnostics(), ...builder.getSemanticDiagnostics()];
  return diagnostics.map(problemOf);
};

process.on('message', () => process.send?.(check()));
process.on('disconnect', () => process.exit(0));
