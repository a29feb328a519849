import {readFile, writeFile} from 'node:fs/promises';
import test from 'ava';
import {dashboards} from '../src/artefacts.ts';
import {outline, ruleOutline} from '../src/outline.ts';

const committed = test.macro<[string, string]>({
  async exec(t, name, text) {
    const file = new URL(`outlines/${name}.txt`, import.meta.url);
    if (process.env['UPDATE_OUTLINES']) {
      await writeFile(file, text);
    }
    const write = 'UPDATE_OUTLINES=1 npx ava dashboards/test/outline.test.ts';
    const committedText = await readFile(file, 'utf8').catch(() => undefined);
    if (committedText === undefined) return t.fail(`There is no outline of ${name} yet. Write and commit it: ${write}`);
    t.deepEqual(
      text.split('\n'),
      committedText.split('\n'),
      `It changed. If it was meant to, write the new outline and commit it with the change: ${write}`,
    );
  },
  title: (_, name) => `the committed outline of ${name} matches the code`,
});

for (const dashboard of dashboards) {
  test(committed, dashboard.uid ?? '', outline(dashboard));
}
test(committed, 'rules', ruleOutline());
