/** The import rules fail when code breaks them. */
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {cruise, type ICruiseOptions, type IFlattenedRuleSet} from 'dependency-cruiser';

const {forbidden}: {forbidden: IFlattenedRuleSet['forbidden']} = createRequire(import.meta.url)(
  '../../.dependency-cruiser.cjs',
);

type Sources = Readonly<Record<string, string>>;

/** Names of the rules that a small source tree breaks. */
const brokenRules = async (sources: Sources): Promise<readonly string[]> => {
  const root = mkdtempSync(path.join(tmpdir(), 'imports-'));
  try {
    for (const [file, text] of Object.entries(sources)) {
      mkdirSync(path.dirname(path.join(root, file)), {recursive: true});
      writeFileSync(path.join(root, file), text);
    }
    const options: ICruiseOptions = {
      baseDir: root,
      validate: true,
      ruleSet: {forbidden: forbidden ?? []},
      tsPreCompilationDeps: true,
    };
    const {output} = await cruise(['.'], options);
    if (typeof output === 'string') throw new Error(output);
    return output.summary.violations.map(({rule}) => rule.name);
  } finally {
    rmSync(root, {recursive: true});
  }
};

const importing = (from: string, to: string): Sources => {
  const specifier = path.relative(path.dirname(from), to);
  return {
    [from]: `import {value} from '${specifier.startsWith('.') ? specifier : `./${specifier}`}';\nexport const own = value;\n`,
    [to]: 'export const value = 1;\n',
  };
};

for (const [from, to] of [
  ['metrics-service/src/a.ts', 'dashboards/src/b.ts'],
  ['metrics-service/src/a.ts', '.tools/src/b.ts'],
  ['dashboards/src/a.ts', 'infra/src/b.ts'],
  ['.tools/src/a.ts', 'metrics-service/src/b.ts'],
  ['infra/src/a.ts', '.ci/b.ts'],
  ['infra/src/a.ts', 'infra/plan/b.ts'],
  ['infra/plan/a.ts', 'infra/test/b.ts'],
  ['metrics-service/src/catalogue.ts', 'metrics-service/src/settings.ts'],
  ['metrics-service/src/observe.ts', 'node_modules/prom-client/index.ts'],
  ['metrics-service/src/service.ts', 'node_modules/libsql/index.ts'],
  ['metrics-service/src/service.ts', 'node_modules/koa/index.ts'],
  ['dashboards/src/promql/a.ts', 'dashboards/src/signals/b.ts'],
  ['dashboards/src/signals/a.ts', 'dashboards/src/panels/b.ts'],
  ['dashboards/src/panels/a.ts', 'dashboards/src/rules/b.ts'],
  ['dashboards/src/rules/a.ts', 'dashboards/src/boards/b.ts'],
] as const)
  test(`${from} must not import ${to}`, async t => {
    t.is((await brokenRules(importing(from, to))).length, 1);
  });

test('modules that import each other break a rule', async t => {
  const sources = {
    'infra/src/a.ts': "import {b} from './b.ts';\nexport const a = () => b;\n",
    'infra/src/b.ts': "import {a} from './a.ts';\nexport const b = () => a;\n",
  };
  t.true((await brokenRules(sources)).includes('no-circular'));
});

test('an import down the dependency order breaks no rule', async t => {
  t.deepEqual(await brokenRules(importing('infra/src/a.ts', 'dashboards/src/b.ts')), []);
});
