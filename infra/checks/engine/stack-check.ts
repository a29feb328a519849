/** One stack from its first preview to its end, on Pulumi's engine, compared with the plan after every update. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {createTemporaryFolder} from '@mcp-observability/tools/temporary-folder';
import {type Plan, plan} from '../../plan/plan.ts';
import {type Project, readProject, readStack} from '../../plan/project.ts';
import {type Account, createAccount} from './account.ts';
import {compare} from './compare.ts';
import {operationsOf, readExport, readPreview, StateError} from './engine-state.ts';
import {startPlugins} from './plugins.ts';
import {copyProject} from './project-copy.ts';
import {type CommandOutput, createWorkspace, messageOf, type Pulumi, type PulumiWorkspace} from './pulumi-cli.ts';
import {type Stack, writeStack} from './stacks.ts';
import {editProfile, type Step} from './steps.ts';

export type Finding = {
  /** The claim that was checked, such as `dev: a changed board`. */
  readonly claim: string;
  /** Problems, one line each; empty if the claim is true. */
  readonly problems: readonly string[];
};

export type StackCheck = {
  /** Runs a preview, the first update, and a second one that must change nothing. */
  readonly start: () => Promise<void>;
  /** Makes one change, and runs one update. */
  readonly apply: (step: Step) => Promise<void>;
  /** Lifts protections where there are any, and destroys. */
  readonly end: () => Promise<void>;
  /** Runs an update after `end` that adopts the workspace, where it was kept, by the setting `workspaceId`. */
  readonly adopt: () => Promise<void>;
  /** The current states of the engine and of the plan; for tests that break one of them. */
  readonly now: () => Promise<{readonly planned: Plan; readonly engine: ReturnType<typeof readExport>}>;
  readonly close: () => Promise<void>;
};

export type StackChecking = {
  readonly pulumi: Pulumi;
  /** Root folder of the project that is copied. */
  readonly root: string;
  readonly stack: Stack;
  readonly report: (finding: Finding) => void;
  readonly signal?: AbortSignal | undefined;
};

const workspaceType = 'aws:amp/workspace:Workspace';

const filesUnder = (folder: string): readonly string[] =>
  readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));

const readableSecrets = (account: Account, folders: readonly string[]): readonly string[] =>
  folders.flatMap(filesUnder).flatMap(file => {
    const text = readFileSync(file, 'utf8');
    return account.secrets().some(secret => text.includes(secret)) ? [`${file} has a generated key in plain text`] : [];
  });

class Check implements StackCheck {
  readonly #checking: StackChecking;
  readonly #project: Project;
  readonly #account: Account;
  readonly #workspace: PulumiWorkspace;
  readonly #close: () => Promise<void>;
  #stack: Stack;
  #planned: Plan | undefined;

  constructor(
    checking: StackChecking,
    parts: {project: Project; account: Account; workspace: PulumiWorkspace; close: () => Promise<void>},
  ) {
    this.#checking = checking;
    this.#stack = checking.stack;
    this.#project = parts.project;
    this.#account = parts.account;
    this.#workspace = parts.workspace;
    this.#close = parts.close;
  }

  #report(claim: string, problems: readonly string[]): void {
    this.#checking.report({claim: `${this.#stack.name}: ${claim}`, problems});
  }

  #pulumi(...parameters: readonly string[]): Promise<CommandOutput> {
    return this.#workspace.run(...parameters, '--stack', this.#stack.name);
  }

  async #plan(): Promise<Plan> {
    const {name} = this.#stack;
    const {signal} = this.#checking;
    this.#planned = await plan({
      project: this.#project,
      stack: name,
      config: readStack(this.#project, name),
      ...(signal && {signal}),
    });
    return this.#planned;
  }

  async #state(): Promise<ReturnType<typeof readExport>> {
    const exported = await this.#pulumi('stack', 'export');
    if (exported.status !== 0) throw new StateError(`pulumi stack export: ${messageOf(exported)}`);
    return readExport(exported.stdout);
  }

  async now(): Promise<{readonly planned: Plan; readonly engine: ReturnType<typeof readExport>}> {
    return {planned: this.#planned ?? (await this.#plan()), engine: await this.#state()};
  }

  /** @returns what the update did; undefined when it failed, which is reported */
  async #up(name: string): Promise<readonly string[] | undefined> {
    const planned = await this.#plan();
    const updated = await this.#pulumi('up', '--yes', '--skip-preview', '--json');
    if (updated.status !== 0) {
      this.#report(name, [`pulumi up failed: ${messageOf(updated)}`]);
      return undefined;
    }
    this.#report(`${name}: the engine has what the plan has`, compare({planned, engine: await this.#state()}));
    return operationsOf(updated);
  }

  async start(): Promise<void> {
    writeStack(this.#project, this.#stack);
    const created = await this.#workspace.run('stack', 'init', this.#stack.name);
    if (created.status !== 0) throw new StateError(`pulumi stack init: ${messageOf(created)}`);
    const planned = await this.#plan();
    const previewed = await this.#pulumi('preview', '--json');
    this.#report(
      'the preview has what the plan has',
      previewed.status === 0
        ? compare({planned, engine: readPreview(previewed.stdout), preview: true})
        : [`pulumi preview failed: ${messageOf(previewed)}`],
    );
    await this.#up('first update');
    const secrets = this.#account.secrets().length > 0 ? [] : ['the program generated no key'];
    this.#report('no key is readable in the state', [
      ...secrets,
      ...readableSecrets(this.#account, [this.#workspace.backend, this.#workspace.home, this.#project.stackFolder]),
    ]);
    await this.#again('a second update changes nothing');
  }

  async #again(claim: string): Promise<void> {
    const again = await this.#pulumi('up', '--yes', '--skip-preview', '--json');
    this.#report(claim, [...(again.status === 0 ? [] : [messageOf(again)]), ...operationsOf(again)]);
  }

  async apply({name, change, operations}: Step): Promise<void> {
    this.#stack = change(this.#project, this.#stack);
    writeStack(this.#project, this.#stack);
    const retained = (await this.#state()).resources.filter(({retainOnDelete}) => retainOnDelete);
    const before = this.#account.all().filter(({urn}) => retained.some(one => one.urn === urn));
    const done = await this.#up(name);
    if (done === undefined) return;
    const after = this.#account.all();
    const deleted = before.filter(({urn, id}) => !after.some(one => one.urn === urn && one.id === id));
    const tooMuch = done.filter(one => !operations.includes(one)).map(one => `not expected: ${one}`);
    const tooLittle = operations.filter(one => !done.includes(one)).map(one => `expected: ${one}`);
    this.#report(`${name} changes what it must and no more`, [
      ...tooMuch,
      ...tooLittle,
      ...deleted.map(({urn}) => `deleted, though it must be kept for tasks that are rolled back: ${urn}`),
    ]);
  }

  async end(): Promise<void> {
    const {planned, engine} = await this.now();
    const isProtected = engine.resources.some(resource => resource.protect);
    if (isProtected) {
      const destroy = await this.#pulumi('destroy', '--yes', '--skip-preview');
      const remaining = await this.#state();
      this.#report('what is protected stops destroy', [
        ...(destroy.status === 0 ? ['pulumi destroy succeeded'] : []),
        ...engine.resources
          .filter(one => one.protect && !remaining.resources.some(({urn}) => urn === one.urn))
          .map(({urn}) => `destroyed: ${urn}`),
      ]);
      editProfile(this.#project, this.#stack.profile, 'profile.protected = false;');
      await this.#up('protection lifted');
    }
    await this.#destroy(planned);
  }

  async #destroy(planned: Plan): Promise<void> {
    const destroyed = await this.#pulumi('destroy', '--yes', '--skip-preview');
    const retained = planned.resources.filter(({kind, retainOnDelete}) => kind === 'resource' && retainOnDelete);
    const existing = this.#account.all();
    this.#report('destroy removes everything but what is kept', [
      ...(destroyed.status === 0 ? [] : [messageOf(destroyed)]),
      ...(await this.#state()).resources.map(({urn}) => `still in the state: ${urn}`),
      ...existing.filter(({urn}) => !retained.some(one => one.urn === urn)).map(({urn}) => `left behind: ${urn}`),
      ...retained.filter(({urn}) => !existing.some(one => one.urn === urn)).map(({urn}) => `not kept: ${urn}`),
    ]);
  }

  async adopt(): Promise<void> {
    const workspace = this.#account.all().find(({type}) => type === workspaceType);
    if (!workspace) return;
    this.#stack = {...this.#stack, settings: {...this.#stack.settings, workspaceId: workspace.id}};
    writeStack(this.#project, this.#stack);
    const name = 'the kept workspace is adopted';
    const done = await this.#up(name);
    if (done === undefined) return;
    const adopted = done.filter(one => one.endsWith(' amp.Workspace workspace'));
    this.#report(
      'the kept workspace is imported, not created',
      adopted.join() === 'import amp.Workspace workspace' ? [] : [`found: ${adopted.join() || 'no change of it'}`],
    );
    await this.#again('an update with workspaceId still set changes nothing');
    await this.#destroy((await this.now()).planned);
  }

  close(): Promise<void> {
    return this.#close();
  }
}

/** Copies the project and starts stand-ins for its providers; `close` removes both. */
export const createStackCheck = async (checking: StackChecking): Promise<StackCheck> => {
  const folder = await createTemporaryFolder('verify-engine-');
  const copy = join(folder.path, 'project');
  await copyProject(checking.root, copy);
  const account = createAccount();
  const workspace = createWorkspace(checking.pulumi, {folder: folder.path, project: copy, signal: checking.signal});
  const plugins = await startPlugins(workspace.home, account);
  const close = async (): Promise<void> => {
    plugins.stop();
    await folder.remove();
  };
  return new Check(checking, {project: readProject(copy), account, workspace, close});
};
