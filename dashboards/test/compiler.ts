/** Compiles small sources that import this package, with the project's compiler options, and returns the diagnostics. */
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = (name: string): string => path.join(root, 'dashboards/src', name);

const {options} = ts.parseJsonConfigFileContent(
  ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile).config,
  ts.sys,
  root,
);

/** Files, by path, that replace or extend those on disk. */
type Overlay = ReadonlyMap<string, string>;

let previous: ts.Program | undefined;

const compile = (roots: readonly string[], overlay: Overlay): ts.Program => {
  const host = ts.createCompilerHost(options);
  const parsed = new Map<string, ts.SourceFile>();
  const fromDisk = host.getSourceFile;
  previous = ts.createProgram({
    rootNames: roots,
    options,
    // Reuses the parsed files that did not change.
    ...(previous && {oldProgram: previous}),
    host: {
      ...host,
      fileExists: file => overlay.has(file) || host.fileExists(file),
      readFile: file => overlay.get(file) ?? host.readFile(file),
      getSourceFile: (file, ...rest) => {
        const text = overlay.get(file);
        if (text === undefined) {
          return previous?.getSourceFile(file) ?? fromDisk(file, ...rest);
        }
        const known = parsed.get(file) ?? ts.createSourceFile(file, text, rest[0], true);
        parsed.set(file, known);
        return known;
      },
    },
  });
  return previous;
};

const messagesOf = (diagnostics: readonly ts.Diagnostic[]): string[] =>
  diagnostics.map(({messageText}) => ts.flattenDiagnosticMessageText(messageText, '\n'));

/** Compiles each snippet as a separate file next to the sources, and returns the diagnostics of each. */
export const diagnose = <Name extends string>(snippets: Readonly<Record<Name, string>>): Record<Name, string[]> => {
  const names = Object.keys(snippets) as Name[]; // Object.keys returns string[]
  const files = new Map(names.map((name, index) => [source(`snippet-${index}.ts`), snippets[name]]));
  const program = compile([...files.keys()], files);
  return Object.fromEntries(
    [...files.keys()].map((file, index) => {
      const parsed = program.getSourceFile(file);
      return [
        names[index],
        messagesOf([...program.getSyntacticDiagnostics(parsed), ...program.getSemanticDiagnostics(parsed)]),
      ];
    }),
  ) as Record<Name, string[]>; // fromEntries returns string keys
};

/**
 * Compiles a source of this package against an edited catalogue, and returns the diagnostics of the first file of this package
 * that does not compile, or an empty list.
 */
export const diagnoseWithCatalogue = (entry: string, edit: (catalogue: string) => string): string[] => {
  const catalogue = path.join(root, 'metrics-service/src/catalogue.ts');
  const before = ts.sys.readFile(catalogue) ?? '';
  const after = edit(before);
  const program = compile([source(entry)], new Map(after === before ? [] : [[catalogue, after]]));
  for (const file of program.getSourceFiles()) {
    const found = file.fileName.startsWith(path.join(root, 'dashboards/src'))
      ? messagesOf(program.getSemanticDiagnostics(file))
      : [];
    if (found.length > 0) {
      return found;
    }
  }
  return [];
};
