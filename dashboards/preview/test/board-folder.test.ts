/** Boards from files: what a broken file affects, and how it is reported. */
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {fromFolder} from '../src/board-folder.ts';
import {BoardStore} from '../src/board-store.ts';

const board = (uid: string, title = uid): string => JSON.stringify({uid, title, panels: []});

const folderOf = async (t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'preview-boards-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), {recursive: true});
    await writeFile(join(folder, name), text);
  }
  return folder;
};

test('boards in subfolders are read, packages and hidden folders are not', async t => {
  const folder = await folderOf(t, {
    'a.json': board('a'),
    'inner/b.json': board('b'),
    'node_modules/c.json': board('c'),
    '.git/d.json': board('d'),
  });
  const {boards, problems} = await fromFolder(folder).build();
  t.deepEqual(Object.keys(boards ?? {}), ['a', 'b']);
  t.deepEqual(problems, []);
});

test('two boards with one uid are both listed, and that is reported', async t => {
  const folder = await folderOf(t, {'one.json': board('same', 'One'), 'two.json': board('same', 'Two')});
  const {boards, problems} = await fromFolder(folder).build();
  t.deepEqual(Object.keys(boards ?? {}), ['same', 'same (two)']);
  t.is(problems.length, 1);
  t.like(problems[0], {kind: 'files', file: 'two.json'});
  t.regex(problems[0]?.message ?? '', /^uid: expected one board per uid, found same in one\.json as well/);
});

test('a file that is not JSON is reported, and only its own board is missing', async t => {
  const folder = await folderOf(t, {'good.json': board('good'), 'bad.json': '{"title": '});
  const store = new BoardStore();
  const source = fromFolder(folder);
  store.publish(await source.build());
  t.deepEqual(Object.keys(store.current().boards), ['good']);
  t.like(store.current().problems[0], {kind: 'files', file: 'bad.json'});
  await writeFile(join(folder, 'more.json'), board('more'));
  store.publish(await source.build());
  t.deepEqual(Object.keys(store.current().boards), ['good', 'more']);
});

test('a file that breaks while it is edited keeps its last valid board', async t => {
  const folder = await folderOf(t, {'a.json': board('a', 'First')});
  const source = fromFolder(folder);
  await source.build();
  await writeFile(join(folder, 'a.json'), '{');
  const {boards, problems} = await source.build();
  t.like(boards?.['a'], {title: 'First'});
  t.is(problems[0]?.file, 'a.json');
});

test('a list and another object are named in a short message', async t => {
  const folder = await folderOf(t, {
    'list.json': JSON.stringify(new Array(500).fill({title: 'x'})),
    'package.json': '{"name": "x", "version": "1"}',
    'v2.json': JSON.stringify({apiVersion: 'dashboard.grafana.app/v2', metadata: {name: 'n'}, spec: {elements: {}}}),
  });
  const {problems} = await fromFolder(folder).build();
  const messages = problems.map(({file, message}) => `${file}: ${message}`);
  t.deepEqual(messages.slice(0, 2), [
    'list.json: board: expected a dashboard object, found a list of 500',
    'package.json: board: expected a dashboard object, found an object with name, version',
  ]);
  t.regex(messages[2] ?? '', /^v2\.json: board: expected classic dashboard JSON, found schema v2/);
});

test('an export with its envelope has the uid inside', async t => {
  const folder = await folderOf(t, {'e.json': JSON.stringify({dashboard: {uid: 'in', title: 'In'}, meta: {}})});
  const {boards} = await fromFolder(folder).build();
  t.deepEqual(Object.keys(boards ?? {}), ['in']);
});

test('an empty folder is reported', async t => {
  const folder = await folderOf(t, {});
  const {boards, problems} = await fromFolder(folder).build();
  t.is(boards, undefined);
  t.deepEqual(problems, [{kind: 'boards', file: folder, message: 'folder: expected dashboard JSON, found none'}]);
});
