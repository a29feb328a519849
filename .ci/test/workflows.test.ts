/** Checks the parsed workflows, because a mistake in them would only show up when they run. */
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {parse} from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, '.github/workflows');

type Permissions = Readonly<Record<string, string>>;
type Step = {
  readonly id?: string;
  readonly if?: string;
  readonly 'timeout-minutes'?: number;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
};
type Job = {
  readonly 'runs-on'?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly permissions?: Permissions;
  readonly 'timeout-minutes'?: number;
  readonly strategy?: {readonly matrix: Readonly<Record<string, readonly unknown[]>>};
  readonly steps?: readonly Step[];
};
type Workflow = {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Permissions;
  readonly jobs: Readonly<Record<string, Job>>;
};

const workflows = readdirSync(folder)
  .filter(file => file.endsWith('.yaml'))
  .map(file => {
    const text = readFileSync(join(folder, file), 'utf8');
    const workflow: Workflow = parse(text);
    return {file, text, workflow};
  });

const jobs = workflows.flatMap(({file, workflow}) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({where: `${file}, ${name}`, job})),
);
const steps = jobs.flatMap(({where, job}) => (job.steps ?? []).map(step => ({where, step})));
const uses = [
  ...steps.map(({where, step}) => ({where, used: step.uses})),
  ...jobs.map(({where, job}) => ({where, used: job.uses})),
];

const packageJson: {scripts: Record<string, string>; engines: {node: string}} = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);
const lock: {packages: Record<string, {version: string}>} = JSON.parse(
  readFileSync(join(root, 'package-lock.json'), 'utf8'),
);

test('there are three workflows and the reusable deployment of a stack', t => {
  t.deepEqual(workflows.map(({file}) => file).sort(), [
    'check.yaml',
    'deploy-stack.yaml',
    'deploy.yaml',
    'preview.yaml',
  ]);
});

test('every action is pinned to a commit, with its version beside it', t => {
  for (const {where, used} of uses)
    if (used !== undefined && !used.startsWith('./')) t.regex(used, /^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/, where);
  for (const {file, text} of workflows)
    for (const line of text.split('\n').filter(line => /uses: [^.]/.test(line)))
      t.regex(line, /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, file);
});

test('an action has one version, wherever it is used', t => {
  const versions = new Map<string, Set<string>>();
  for (const {used = ''} of uses) {
    const [action = '', commit] = used.split('@');
    if (commit) versions.set(action, (versions.get(action) ?? new Set()).add(commit));
  }
  t.true(versions.size > 4);
  for (const [action, commits] of versions) t.is(commits.size, 1, action);
});

test('workflows may only read the code; jobs with more permissions declare them', t => {
  for (const {file, workflow} of workflows) t.deepEqual(workflow.permissions, {contents: 'read'}, file);
  const writing = jobs.flatMap(({where, job}) =>
    Object.entries(job.permissions ?? {})
      .filter(([, access]) => access === 'write')
      .map(([scope]) => `${where}: ${scope}`),
  );
  t.deepEqual(writing.sort(), [
    'deploy-stack.yaml, deploy: id-token',
    'deploy.yaml, dev: id-token',
    'deploy.yaml, prod: id-token',
    'preview.yaml, publish: contents',
    'preview.yaml, publish: pull-requests',
    'preview.yaml, pulumi: id-token',
    'preview.yaml, pulumi: pull-requests',
  ]);
});

test("a pull request's code never runs where it could write or deploy", t => {
  for (const {file, workflow} of workflows)
    for (const trigger of ['pull_request_target', 'workflow_run', 'issue_comment'])
      t.false(trigger in workflow.on, `${file}: ${trigger}`);
  const publish = jobs.find(({where}) => where === 'preview.yaml, publish')?.job;
  t.truthy(publish);
  t.false(JSON.stringify(publish).includes('actions/checkout'));
  t.false(JSON.stringify(publish).includes('npm '));
  for (const name of ['publish', 'pulumi'])
    t.regex(
      jobs.find(({where}) => where === `preview.yaml, ${name}`)?.job.if ?? '',
      /github\.event\.pull_request\.head\.repo\.full_name == github\.repository/,
    );
});

test('no expression is interpolated into a script, where a branch name could run code', t => {
  for (const {where, step} of steps) t.notRegex(step.run ?? '', /\$\{\{/, where);
});

test("no secret is read: AWS is reached by OIDC, GitHub by the run's own token", t => {
  for (const {file, text} of workflows) t.notRegex(text, /secrets\./, file);
});

test('a checkout leaves no token for the code that it checks out', t => {
  const checkouts = steps.filter(({step}) => step.uses?.startsWith('actions/checkout@'));
  t.true(checkouts.length > 4);
  for (const {where, step} of checkouts) t.is(step.with?.['persist-credentials'], false, where);
});

test('every job has a time limit', t => {
  for (const {where, job} of jobs) if (job.uses === undefined) t.true((job['timeout-minutes'] ?? 999) <= 140, where);
});

test("a deployment's time limits add up, and its AWS sessions outlast the steps that use them", t => {
  const deploy = jobs.find(({where}) => where === 'deploy-stack.yaml, deploy')?.job;
  const found = deploy?.steps ?? [];
  const minutes = (select: (step: Step) => boolean): number =>
    found.filter(select).reduce((sum, step) => sum + (step['timeout-minutes'] ?? 0), 0);
  const logins = found.flatMap((step, index) =>
    step.uses?.startsWith('aws-actions/configure-aws-credentials@') ? [index] : [],
  );
  const [first = 0, second = 0, ...more] = logins;
  t.deepEqual(more, []);
  t.regex(found[second]?.if ?? '', /failure\(\)/);
  const rollback = found.at(-1);
  t.is(found[second + 1], rollback); // no other step in between
  t.regex(rollback?.run ?? '', /pulumi up/);
  for (const [login, end] of [
    [first, second],
    [second, found.length],
  ] as const) {
    const needed = minutes(step => found.indexOf(step) > login && found.indexOf(step) < end);
    const session = Number(found[login]?.with?.['role-duration-seconds']) / 60;
    t.true(needed > 0 && session > needed && session <= 720, `${session} minutes for ${needed}`);
  }
  for (const [index, step] of found.entries())
    if (/pulumi up/.test(step.run ?? '') || step.with?.['command'] === 'up' || step.id === 'verify')
      t.truthy(step['timeout-minutes'], `step ${index} has a limit`);
  t.true((deploy?.['timeout-minutes'] ?? 0) >= minutes(() => true) + 10);
});

test('a run for an older commit than the deployed one stops before it changes anything', t => {
  const deploy = jobs.find(({where}) => where.startsWith('deploy-stack.yaml'))?.job.steps ?? [];
  const check = deploy.findIndex(({id}) => id === 'newer');
  t.true(check >= 0 && check < deploy.findIndex(({id}) => id === 'up'));
  t.regex(deploy[check]?.if ?? '', /github\.event_name != 'workflow_dispatch'/);

  const work = mkdtempSync(join(tmpdir(), 'newer-'));
  t.teardown(() => rmSync(work, {recursive: true, force: true}));
  const git = (...parameters: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...parameters], {
      cwd: work,
      encoding: 'utf8',
    }).trim();
  git('init', '-q');
  const [first, second] = [1, 2].map(number => {
    git('commit', '-q', '--allow-empty', '-m', String(number));
    return git('rev-parse', 'HEAD');
  }) as [string, string]; // as many as numbers above
  // A later deployment is waiting; the one before it is active.
  writeFileSync(
    join(work, 'gh'),
    `#!/bin/sh
case "$2" in
  */deployments\\?*) [ "$FAILS" != list ] || exit 1; echo "2 ${second}"; [ -z "$ACTIVE" ] || echo "1 $ACTIVE" ;;
  */2/statuses*) echo waiting ;;
  */1/statuses*) [ "$FAILS" != status ] || exit 1; echo success ;;
  *) exit 9 ;;
esac
`,
    {mode: 0o755},
  );
  // As GitHub runs it: without pipefail.
  const run = (commit: string, active: string, fails = ''): {status: number | null; stdout: string} =>
    spawnSync('bash', ['-e', '-c', deploy[check]?.run ?? 'exit 9'], {
      cwd: work,
      encoding: 'utf8',
      env: {
        PATH: `${work}:${process.env['PATH']}`,
        GITHUB_REPOSITORY: 'o/r',
        GITHUB_SHA: commit,
        STACK: 'prod',
        ACTIVE: active,
        FAILS: fails,
      },
    });
  const stopped = run(first, second);
  t.is(stopped.status, 1);
  t.regex(stopped.stdout, new RegExp(`^::error::prod: expected .* ${second}, found ${first};`));
  const lost = run(second, '0'.repeat(40));
  t.is(lost.status, 1);
  t.regex(lost.stdout, /^::error::prod: expected the deployed commit 0+ in the history, found none;/m);
  for (const fails of ['list', 'status']) t.not(run(second, first, fails).status, 0, `without GitHub's ${fails}`);
  for (const [commit, active] of [
    [second, first],
    [first, first],
    [first, ''],
  ] as const)
    t.is(run(commit, active).status, 0, `${commit} after ${active}`);
});

test('the npm scripts that workflows call exist', t => {
  const called = steps.flatMap(({where, step}) =>
    [...(step.run ?? '').matchAll(/npm run ([\w:-]+)/g)].map(([, script = '']) => ({where, script})),
  );
  t.true(called.length >= 4);
  for (const {where, script = ''} of called) t.true(script in packageJson.scripts, `${where}: npm run ${script}`);
});

test('npm test runs on every release of Node that package.json names', t => {
  const tested = jobs.find(({where}) => where === 'check.yaml, test')?.job.strategy?.matrix['node'];
  t.deepEqual(
    tested,
    [...packageJson.engines.node.matchAll(/(\d+)\.\d+\.\d+/g)].map(([, major]) => Number(major)),
  );
});

test('npm test runs on the pinned Prometheus 3 and on the Prometheus 2 of the distribution', t => {
  const matrix = jobs.find(({where}) => where === 'check.yaml, test')?.job.strategy?.matrix;
  t.deepEqual(matrix?.['prometheus'], ['release']);
  t.deepEqual(matrix?.['include'], [{node: 24, prometheus: 'distribution'}]);
  const runs = steps.filter(({where}) => where === 'check.yaml, test').map(({step}) => step.run ?? '');
  const chosen = runs.findIndex(run => run.includes('.ci/prometheus.ts "$SOURCE" >> "$GITHUB_ENV"'));
  t.true(chosen !== -1 && chosen < runs.indexOf('npm test'));
});

test("Pulumi's CLI has the version in the lockfile", t => {
  const versions = steps.flatMap(({step}) => step.with?.['pulumi-version'] ?? []);
  t.is(versions.length, 2);
  const locked = lock.packages['node_modules/pulumi'];
  for (const version of versions) t.is<unknown, unknown>(version, locked?.version);
});

test('each stack but lean, which needs a VPC to join, is previewed and deployed, prod after dev', t => {
  const stacks = readdirSync(join(root, 'infra/stacks'))
    .map(file => file.replace(/^Pulumi\.(.+)\.yaml$/, '$1'))
    .filter(stack => stack !== 'lean');
  t.deepEqual(jobs.find(({where}) => where === 'preview.yaml, pulumi')?.job.strategy?.matrix['stack'], stacks);
  const deploy = workflows.find(({file}) => file === 'deploy.yaml')?.workflow.jobs ?? {};
  t.deepEqual(Object.keys(deploy), ['check', ...stacks]);
  t.like(deploy, {dev: {needs: 'check', with: {stack: 'dev'}}, prod: {needs: 'dev', with: {stack: 'prod'}}});
});
