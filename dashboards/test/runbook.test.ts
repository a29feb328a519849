import {readFile} from 'node:fs/promises';
import test from 'ava';
import {dashboards} from '../src/artefacts.ts';
import {alertGroups} from '../src/rules/alerts.ts';
import {alertNames, runbookUrl} from '../src/signals/runbook.ts';
import {panelsOf} from './dashboard-json.ts';
import {syntaxErrors} from './promql-parser.ts';

const runbook = await readFile(new URL('../runbook.md', import.meta.url), 'utf8');
const sections = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map(text => [text.slice(0, text.indexOf('\n')), text]),
);
/** The anchors that GitHub generates for the headings. */
const anchors = [...sections.keys()].map(heading =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-'),
);

test('every alert has a heading, and every heading an alert', t => {
  const headings: readonly string[] = [...sections.keys()];
  const names: readonly string[] = alertNames;
  t.deepEqual(
    {
      'alerts without a heading in runbook.md': names.filter(name => !headings.includes(name)),
      'headings without an alert': headings.filter(heading => !names.includes(heading)),
    },
    {'alerts without a heading in runbook.md': [], 'headings without an alert': []},
  );
});

test('the link of every alert leads to a heading of the runbook', t => {
  for (const {alert} of alertGroups.flatMap(({rules}) => rules)) {
    const url = new URL(runbookUrl(alert));
    t.regex(url.href, /^https:\/\/[\w.-]+(?:\/[\w-]+){2}\/blob\/HEAD\/dashboards\/runbook\.md#/);
    t.true(anchors.includes(url.hash.slice(1)), url.href);
  }
});

test('every alert of the runbook has a rule', t => {
  const raised = new Set(alertGroups.flatMap(({rules}) => rules.map(({alert}) => alert)));
  t.deepEqual([...raised].sort(), [...alertNames].sort());
});

for (const [heading, text] of sections) {
  test(`${heading}: the section has the parts Means, See, Do and Resolved`, t => {
    const parts = [...text.matchAll(/^\*\*(\w+)\*\*/gm)].map(([, part]) => part);
    t.deepEqual(parts, ['Means', 'See', 'Do', 'Resolved']);
  });

  test(`${heading}: the section names at least one panel and board, and all of them exist`, t => {
    const boards = dashboards.map(({title}) => title ?? '');
    const titles = dashboards.flatMap(panelsOf).map(panel => panel.title ?? '');
    const named = [...text.matchAll(/(?<!\*)\*([^*]+)\*(?!\*)/g)].map(([, name = '']) => name.replaceAll(/\s+/g, ' '));
    t.not(named.length, 0);
    for (const name of named) {
      t.true(
        titles.some(title => (name.startsWith('… ') ? title.endsWith(name.slice(2)) : title === name)),
        name,
      );
    }
    t.true(boards.some(board => text.replaceAll(/\s+/g, ' ').includes(`on ${board}`)));
  });

  test(`${heading}: its links within the runbook have a target, and its queries are valid`, t => {
    for (const [, anchor = ''] of text.matchAll(/\]\(#([^)]+)\)/g)) {
      t.true(anchors.includes(anchor), anchor);
    }
    const code = [...text.matchAll(/`([^`]*)`/g)].map(([, span = '']) => span);
    const queries = code.filter(span => /[{(]/.test(span));
    for (const query of queries) {
      t.deepEqual(syntaxErrors(query), [], query);
    }
    t.pass();
  });
}
