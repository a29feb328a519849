/** Tests that observations with a missing or an unknown label do not compile. */
import {fileURLToPath} from 'node:url';
import test from 'ava';
import ts from 'typescript';

const folder = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** The declarations that each snippet needs. */
const prelude = `import type {Bounded} from '../src/label-limiter.ts';
import type {Instruments} from '../src/instruments.ts';
declare const instruments: Instruments;
declare const service: Bounded<'service'>;
declare const server: Bounded<'server'>;
declare const method: Bounded<'method'>;
declare const emitter: Bounded<'emitter'>;
`;

const compiles = {
  'an observation with every label': "instruments.authRequests.add({service, success: 'true', method, server});",
  'a measurement with every label':
    "instruments.authRequestDuration.observe({service, success: 'unknown', method, server}, 0.5);",
  'an observation of a metric without labels': 'instruments.draining.set({}, 1);',
};

const doesNotCompile = {
  'a missing label': "instruments.authRequests.add({service, success: 'true', method});",
  'no labels at all': 'instruments.rateLimited.add({});',
  'a missing label of a measurement': "instruments.protocolLatency.observe({service, flow_step: 'other'}, 1);",
  'a label the metric does not have': "instruments.rateLimited.add({emitter, user_hash: 'x'});",
  'a value outside the closed list': "instruments.authRequests.add({service, success: 'yes', method, server});",
  'a boolean where the list has texts': 'instruments.authRequests.add({service, success: true, method, server});',
  'a value outside the list of another metric': "instruments.rejected.add({reason: 'missing'});",
  'raw text for an open label': "instruments.rateLimited.add({emitter: 'nginx'});",
  'raw text beside bounded labels':
    "instruments.authRequests.add({service: 'nginx', success: 'true', method, server});",
  'a value bounded for another label':
    "instruments.authRequests.add({service: server, success: 'true', method, server});",
  'an invented value in the shape of a bounded one':
    "instruments.rateLimited.add({emitter: {label: 'emitter', text: 'nginx'}});",
  'a count of a histogram': "instruments.toolPayload.add({direction: 'input', server_name: server});",
  'a measurement of a counter': "instruments.ingested.observe({type: 'custom'}, 1);",
};

/** The diagnostics of each snippet, compiled as one program with the project's own options. */
const diagnosticsOf = (snippets: Readonly<Record<string, string>>): ReadonlyMap<string, readonly string[]> => {
  const {config} = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const {options} = ts.parseJsonConfigFileContent({...config, include: [], files: ['x.ts']}, ts.sys, root);
  const paths = new Map(
    Object.entries(snippets).map(([what, code], index) => [`${folder}snippet-${index}.ts`, {what, code}]),
  );
  const host = ts.createCompilerHost(options);
  const {fileExists, readFile, getSourceFile} = host;
  const textOf = (path: string) => {
    const snippet = paths.get(path);
    return snippet === undefined ? undefined : `${prelude}${snippet.code}\n`;
  };
  host.fileExists = path => paths.has(path) || fileExists(path);
  host.readFile = path => textOf(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = textOf(path);
    return text === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version, true);
  };
  const program = ts.createProgram([...paths.keys()], {...options, noUnusedLocals: false}, host);
  return new Map(
    [...paths].map(([path, {what}]) => {
      const found = program.getSemanticDiagnostics(program.getSourceFile(path));
      return [what, found.map(({messageText}) => ts.flattenDiagnosticMessageText(messageText, '\n'))];
    }),
  );
};

const diagnostics = diagnosticsOf({...compiles, ...doesNotCompile});

for (const what of Object.keys(compiles)) {
  test(`the compiler accepts ${what}`, t => {
    t.deepEqual(diagnostics.get(what), []);
  });
}
for (const what of Object.keys(doesNotCompile)) {
  test(`the compiler rejects ${what}`, t => {
    t.is(diagnostics.get(what)?.length, 1, diagnostics.get(what)?.join('\n'));
  });
}
