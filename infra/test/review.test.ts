import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {linkPackages} from '@mcp-observability/dashboards/preview/git-worktree';
import test, {type ExecutionContext} from 'ava';
import {planDetails, planMarkdown, planRow} from '../plan/markdown.ts';
import {type CostedPlan, comparePlans} from '../plan/report-diff.ts';
import {marker, maxCommentLength, type Review, toComment, toPage} from '../review/comment.ts';
import {compareRules, rulesMarkdown, rulesSummary} from '../review/rule-changes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

const ruleFile = (rules: string): string => `groups:\n  - name: gateway\n    interval: 1m\n    rules:\n${rules}`;
const alert = (name: string, expr: string, of = 'calls', lasting = '5m'): string =>
  `      - alert: ${name}\n        expr: ${expr}\n        for: ${lasting}\n        labels: {severity: critical, of: ${of}}\n`;

test('a changed rule is shown with its changes, an unchanged one is not shown', t => {
  const before = ruleFile(alert('High', 'a > 1') + alert('Low', 'b < 1'));
  const after = ruleFile(alert('High', 'a > 2', 'calls', '10m') + alert('Low', 'b < 1'));
  const changes = compareRules([before], [after]);
  t.is(rulesSummary(changes), '1 changed');
  t.is(
    rulesMarkdown(changes),
    '```diff\n! High{of=calls, severity=critical}\n-   expr: > 1\n+   expr: > 2\n-   for: 5m\n+   for: 10m\n```',
  );
});

test('rules with the same name and labels are the same rule', t => {
  const before = ruleFile(alert('High', 'a > 1', 'calls') + alert('High', 'b > 1', 'sign-ins'));
  const after = ruleFile(alert('High', 'b > 1', 'sign-ins') + alert('High', 'a > 3', 'calls'));
  t.like(compareRules([before], [after]), [
    {
      rule: 'High{of=calls, severity=critical}',
      mark: 'changed',
      fields: [{name: 'expr', before: 'a > 1', after: 'a > 3'}],
    },
  ]);
  t.is(compareRules([before], [after]).length, 1);
});

test('added and removed rules are shown; files without rules have none', t => {
  const changes = compareRules(['', ruleFile(alert('Old', 'a > 1'))], [ruleFile(alert('New', 'a > 1'))]);
  t.deepEqual(
    changes.map(({rule, mark}) => [rule, mark]),
    [
      ['New{of=calls, severity=critical}', 'added'],
      ['Old{of=calls, severity=critical}', 'removed'],
    ],
  );
  t.is(rulesSummary(changes), '1 added, 1 removed');
  t.is(rulesSummary(compareRules([], [])), 'no change');
});

type Inputs = CostedPlan['resources'][number]['inputs'];

const resource = (type: string, name: string, inputs: Inputs): CostedPlan['resources'][number] => ({
  urn: `urn:pulumi:dev::mcp-observability::${type}::${name}`,
  type,
  name,
  parent: '',
  kind: 'resource',
  inputs,
  id: `${name}-0123456789`,
  outputs: {},
  children: [],
  provider: '',
  region: '',
  dependencies: [],
  protect: false,
  retainOnDelete: false,
  ignoreChanges: [],
  replaceOnChanges: [],
  deleteBeforeReplace: false,
  importId: '',
});

const policy = (...actions: readonly string[]) =>
  resource('aws:iam/rolePolicy:RolePolicy', 'collector-task', {
    policy: JSON.stringify({
      Statement: [{Sid: 'WriteSamples', Effect: 'Allow', Action: actions, Resource: 'arn:aws:aps:x'}],
    }),
  });

const planned = (resources: CostedPlan['resources'], dollars: number): CostedPlan => ({
  stack: 'dev',
  resources,
  outputs: {},
  cost: {dollars, lines: [{part: 'collector', item: 'task', quantity: 1, dollars, prices: []}]},
});

const open = resource('aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', 'door', {
  securityGroupId: 'sg-1',
  cidrIpv4: '0.0.0.0/0',
  fromPort: 22,
  description: 'Oops',
});

test('a plan is summarized by exposure, permissions and cost', t => {
  const comparison = comparePlans(
    planned([policy('aps:RemoteWrite')], 10),
    planned([policy('aps:RemoteWrite', 'aps:QueryMetrics'), open], 12.5),
  );
  t.deepEqual(planRow(comparison), [
    'dev',
    '1 more, 0 fewer, 1 changed',
    '⚠️ 1 more',
    '1 more',
    '1 more, 1 fewer',
    '$10.00 → $12.50 (+$2.50)',
  ]);
  const details = planDetails(comparison);
  t.regex(details, /\+ door: a security group open to the Internet/);
  t.regex(details, /\+ 0\.0\.0\.0\/0 → sg-1:22 \(Oops\)/);
  t.regex(details, /\+ collector-task, WriteSamples: aps:RemoteWrite, aps:QueryMetrics on arn:aws:aps:x/);
  t.regex(details, /\| collector \| \$10\.00 \| \$12\.50 \| \+\$2\.50 \|/);
});

/** An image and the task that runs it, as after a build of some sources. */
const built = (digest: string, cpu = '256', pinned = 'cccc') => [
  resource('awsx:ecr:Image', 'grafana', {imageTag: `${digest}-1`}),
  resource('random:index/randomId:RandomId', 'grafana-build', {keepers: {source: digest}}),
  resource('aws:ecs/taskDefinition:TaskDefinition', 'grafana-definition', {
    cpu,
    containerDefinitions: JSON.stringify([
      {name: 'grafana', image: `1.dkr.ecr.us-east-1.amazonaws.com/grafana@sha256:${digest}`},
      {name: 'helper', image: `example.org/helper:${cpu}`},
      {name: 'pinned', image: `example.org/pinned@sha256:${pinned}`},
    ]),
  }),
];

test('a rebuilt image is shown once, and hides no other change', t => {
  const rebuilt = comparePlans(planned(built('aaaa'), 10), planned(built('bbbb'), 10));
  t.is(planRow(rebuilt)[1], 'rebuilt: grafana');
  t.is(planDetails(rebuilt), '');
  const larger = comparePlans(planned(built('aaaa'), 10), planned(built('bbbb', '512'), 10));
  t.is(planRow(larger)[1], '0 more, 0 fewer, 1 changed; rebuilt: grafana');
  t.regex(planDetails(larger), /! ecs\.TaskDefinition grafana-definition\n- {3}inputs\.cpu: "256"/);
  t.regex(planDetails(larger), /\+ {3}inputs\.containerDefinitions\[1\]\.image: "example\.org\/helper:512"/);
  const swapped = comparePlans(planned(built('aaaa'), 10), planned(built('bbbb', '256', 'dddd'), 10));
  t.is(planRow(swapped)[1], '0 more, 0 fewer, 1 changed; rebuilt: grafana');
  t.regex(planDetails(swapped), /\+ {3}inputs\.containerDefinitions\[2\]\.image: "example\.org\/pinned@sha256:dddd"/);
});

test('an unchanged plan is a row without details', t => {
  const same = planned([policy('aps:RemoteWrite')], 10);
  t.is(planDetails(comparePlans(same, same)), '');
  t.regex(
    planMarkdown(comparePlans(same, same)),
    /\| dev \| no change \| no change \| no change \| no change \| \$10\.00 \|/,
  );
});

const review = (details: string): Review => ({
  dangers: [],
  base: 'main',
  commit: '0123456789abcdef0123',
  parts: [{title: 'Boards', summary: '1 board | differs', details}],
  stacks: {columns: ['stack', '$ per month'], rows: [['dev', '$10.00']]},
});

test('the comment starts with the marker that a workflow looks for, then two tables', t => {
  const comment = toComment(review('![before](boards/pictures/a.png)'));
  t.true(comment.startsWith(`${marker}\n## Review against main (0123456789ab)\n`));
  t.true(comment.includes('| Boards | 1 board \\| differs |'));
  t.true(comment.includes('| dev | $10.00 |'));
  t.true(comment.includes('![before](boards/pictures/a.png)'));
});

test('links lead to the place where a workflow stores the screenshots', t => {
  const comment = toComment(review('![before](boards/pictures/a.png)'), 'https://example.org/raw/7/');
  t.true(comment.includes('![before](https://example.org/raw/7/boards/pictures/a.png)'));
});

test('a comment is never longer than GitHub accepts, nor cut within a code block or details', t => {
  const lines = Array.from({length: 9000}, (_, index) => `+ line ${index}`).join('\n');
  const comment = toComment(review(`<details><summary>All</summary>\n\n\`\`\`diff\n${lines}\n\`\`\`\n\n</details>`));
  t.true(comment.length <= maxCommentLength);
  t.regex(comment, /\n```\n\n<\/details>\n\n…\n\nThe rest is too long/);
});

test("text of a plan or a rule can't become markup of the page", async t => {
  const page = await toPage(review('```diff\n+ <script>alert(1)</script>\n```'));
  t.false(page.includes('<script>'));
  t.true(page.includes('<span class="added">+ &lt;script&gt;'));
});

/** This repository as it is on the disk, with a separate commit to compare with. */
const copyOfRepository = async (t: ExecutionContext): Promise<string> => {
  const copy = mkdtempSync(join(tmpdir(), 'reviewed-'));
  t.teardown(() => rmSync(copy, {recursive: true}));
  const {stdout} = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {cwd: root});
  for (const file of stdout.split('\0').filter(Boolean))
    if (!file.startsWith('dashboards/preview/test')) cpSync(join(root, file), join(copy, file));
  await linkPackages(copy);
  const git = (...parameters: readonly string[]) =>
    run('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.org', ...parameters], {cwd: copy});
  await git('init', '--quiet');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'All');
  return copy;
};

const reviewIn = (folder: string, ...parameters: readonly string[]) =>
  run(process.execPath, ['--import', 'tsx', 'infra/review/review-command.ts', ...parameters], {cwd: folder});

test('a changed threshold is in the comment and on the page of the complete command', async t => {
  const copy = await copyOfRepository(t);
  const thresholds = join(copy, 'dashboards/src/signals/thresholds.ts');
  const text = readFileSync(thresholds, 'utf8');
  const changed = text.replace('errorShare: 0.1', 'errorShare: 0.2');
  t.not(changed, text);
  writeFileSync(thresholds, changed);
  const out = join(copy, 'out');
  await reviewIn(copy, 'HEAD', '--out', out, '--no-boards', '--no-aws');
  const comment = readFileSync(join(out, 'comment.md'), 'utf8');
  t.regex(comment, /\| Rules and alerts \| 2 changed \|/);
  t.regex(
    comment.split('\n').slice(0, 10).join('\n'),
    /- \*\*alerts less\*\*: MCPHighErrorRate\{severity=critical, signal=executions\}: threshold 0\.1 to 0\.2/,
  );
  t.regex(comment, /! MCPHighErrorRate\{severity=critical, signal=executions\}\n- {3}expr: > 0\.1\n\+ {3}expr: > 0\.2/);
  t.regex(readFileSync(join(out, 'index.html'), 'utf8'), /<span class="touched">! MCPHighErrorRate/);
});

test('an interruption stops the current part and starts no other', async t => {
  const out = mkdtempSync(join(tmpdir(), 'interrupted-'));
  t.teardown(() => rmSync(out, {recursive: true}));
  const parameters = ['--import', 'tsx', 'infra/review/review-command.ts', 'HEAD', '--out', out, '--no-boards'];
  const child = spawn(process.execPath, parameters, {cwd: root, stdio: ['ignore', 'pipe', 'ignore']});
  t.teardown(() => child.kill('SIGKILL'));
  const closed = once(child, 'close');
  const lines: string[] = [];
  createInterface({input: child.stdout}).on('line', line => {
    if (lines.length === 0) child.kill('SIGINT');
    lines.push(line);
  });
  t.deepEqual(await closed, [130, null]);
  t.deepEqual(lines, ['AWS, dev …']);
  t.false(existsSync(join(out, 'comment.md')));
});

const misuse = test.macro(async (t, parameters: readonly string[], expected: RegExp, status: number) => {
  const error = await t.throwsAsync<Error & {code: number; stderr: string}>(reviewIn(root, ...parameters));
  t.is(error?.code, status);
  t.regex(error?.stderr ?? '', expected);
});
test(
  'a missing reference is misuse',
  misuse,
  ['--out', 'x'],
  /^missing required argument 'reference'\nUsage: npm run review -- \[options\] <reference>\n$/,
  2,
);
test(
  'a reference that git does not know is an error before anything is made',
  misuse,
  ['no-such-branch', '--out', join(tmpdir(), 'never')],
  /expected a git reference or a folder, found no-such-branch/,
  2,
);
