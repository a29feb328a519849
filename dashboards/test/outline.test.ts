import {readFile, writeFile} from 'node:fs/promises';
import test from 'ava';
import {dashboards} from '../src/boards/all-boards.ts';
import {outline, ruleOutline} from '../src/outline.ts';

const committed = test.macro<[string, string]>({
  async exec(t, name, text) {
    const file = new URL(`outlines/${name}.txt`, import.meta.url);
    if (process.env['UPDATE_OUTLINES']) {
      await writeFile(file, text);
    }
    t.deepEqual(
      text.split('\n'),
      (await readFile(file, 'utf8')).split('\n'),
      'It changed. If it was meant to, write the new outline and commit it with the change: UPDATE_OUTLINES=1 npx ava dashboards/test/outline.test.ts',
    );
  },
  title: (_, name) => `The committed outline of ${name} is what it compiles to.`,
});

for (const dashboard of dashboards) {
  test(committed, dashboard.uid ?? '', outline(dashboard));
}
test(committed, 'rules', ruleOutline());
