import {readFile, writeFile} from 'node:fs/promises';
import test from 'ava';
import {dashboards} from '../src/boards.ts';
import {outline} from '../src/outline.ts';

for (const dashboard of dashboards) {
  test(`The committed outline of ${dashboard.title} is what it compiles to.`, async t => {
    const file = new URL(`outlines/${dashboard.uid}.txt`, import.meta.url);
    if (process.env['UPDATE_OUTLINES']) {
      await writeFile(file, outline(dashboard));
    }
    t.deepEqual(
      outline(dashboard).split('\n'),
      (await readFile(file, 'utf8')).split('\n'),
      'The board changed. If it was meant to, write the new outline and commit it with the change: UPDATE_OUTLINES=1 npx ava dashboards/test/outline.test.ts',
    );
  });
}
