/** Errors of boards and preview: one base class per package, a literal code each, and no other errors in the sources. */
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {DashboardsError, type DashboardsErrorCode, ValueError} from '../src/errors.ts';
import {panel} from '../src/promql/promql.ts';
import {EndpointError, verifyBoards} from '../src/verify/board-queries.ts';

const sourcesUnder = async (folder: string): Promise<readonly {readonly file: string; readonly text: string}[]> => {
  const path = fileURLToPath(new URL(folder, import.meta.url));
  const files = (await readdir(path, {recursive: true})).filter(name => /\.tsx?$/.test(name));
  return Promise.all(files.map(async file => ({file, text: await readFile(join(path, file), 'utf8')})));
};

test('a caller can distinguish errors by code, and reach the cause', async t => {
  const value = t.throws(() => panel.last('1.5m'), {instanceOf: ValueError});
  t.true(value instanceof DashboardsError && value.code === 'ERR_VALUE');
  const cause = new Error('connect ECONNREFUSED');
  const error = await t.throwsAsync(
    verifyBoards({url: 'http://prometheus.example', window: '5m', fetch: async () => Promise.reject(cause)}),
    {instanceOf: EndpointError},
  );
  const code: DashboardsErrorCode | undefined = error instanceof DashboardsError ? error.code : undefined;
  t.is(code, 'ERR_ENDPOINT');
  t.is(error?.cause, cause);
});

/** Programs report wrong options as the command line does; what was thrown as no error at all becomes one. */
const exceptions = /^(?:.*-command\.ts|errors\.ts|generate\.ts|preview-error\.ts)$/;

for (const folder of ['../src', '../preview/src'])
  test(`${folder.slice(3)}: every error has a code`, async t => {
    const sources = (await sourcesUnder(folder)).filter(({file}) => !exceptions.test(file));
    const bare = sources.flatMap(({file, text}) =>
      [...text.matchAll(/throw new (?:Type|Range)?Error\(|extends (?:Type|Range)?Error\b/g)].map(
        ([found]) => `${file}: ${found}`,
      ),
    );
    t.true(sources.length > 30);
    t.deepEqual(bare, []);
  });
