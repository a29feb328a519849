/** The part of an image build that works without Docker: which files a Dockerfile copies where. */
import {cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import dockerignore from '@balena/dockerignore';
import type {ExecutionContext} from 'ava';
import {Copy as CopyInstruction, DockerfileParser, From} from 'dockerfile-ast';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

export type Copy = {
  /** Name of the stage it copies from; the build context where undefined. */
  readonly from: string | undefined;
  readonly sources: readonly string[];
  /** Absolute. */
  readonly destination: string;
};

export type Step = {
  readonly keyword: string;
  /** Variables of the Dockerfile are replaced, unless it is a command for a shell. */
  readonly words: readonly string[];
  /** Absolute. */
  readonly workdir: string;
  readonly copy?: Copy;
};

export type Stage = {readonly name: string; readonly base: string; readonly steps: readonly Step[]};

const jsonWords = (text: string): string[] | undefined => (text.startsWith('[') ? JSON.parse(text) : undefined);

/** The stages in order; one without a name has its number. */
export const readDockerfile = async (file: string): Promise<readonly [Stage, ...Stage[]]> => {
  const stages: {name: string; base: string; steps: Step[]}[] = [];
  let workdir = '/';
  const text = await readFile(path.join(repository, file), 'utf8');
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const keyword = instruction.getKeyword();
    const expanded = instruction.getExpandedArguments().map(word => word.getValue());
    if (instruction instanceof From) {
      workdir = '/';
      stages.push({name: instruction.getBuildStage() ?? String(stages.length), base: expanded[0] ?? '', steps: []});
      continue;
    }
    if (keyword === 'WORKDIR') workdir = path.posix.resolve(workdir, expanded[0] ?? '');
    const content = instruction.getArgumentsContent() ?? '';
    const words = keyword === 'RUN' ? [content] : (jsonWords(content) ?? expanded);
    const destination = words.at(-1) ?? '';
    stages.at(-1)?.steps.push({
      keyword,
      words,
      workdir,
      ...(instruction instanceof CopyInstruction && {
        copy: {
          from: instruction.getFromFlag()?.getValue() ?? undefined,
          sources: words.slice(0, -1),
          // Resolving removes the trailing slash, which distinguishes a folder from a new name.
          destination: path.posix.resolve(workdir, destination) + (destination.endsWith('/') ? '/' : ''),
        },
      }),
    });
  }
  const [first, ...others] = stages;
  if (!first) throw new Error(`${file} has no stage`);
  return [first, ...others];
};

/** The final stage of the image. */
export const finalStage = async (file: string): Promise<Stage> => {
  const stages = await readDockerfile(file);
  return stages.at(-1) ?? stages[0];
};

/** Arguments of all instructions of a kind. */
export const wordsOf = (stage: Stage, keyword: string): readonly string[] =>
  stage.steps.filter(step => step.keyword === keyword).flatMap(({words}) => words);

/** Whether the builder gets a file of the repository, by .dockerignore. */
export const reachesBuilder = async (): Promise<(file: string) => boolean> =>
  dockerignore
    .default()
    .add((await readFile(path.join(repository, '.dockerignore'), 'utf8')).split('\n'))
    .createFilter();

const filesUnder = async (source: string): Promise<string[]> => {
  const root = path.join(repository, source);
  if ((await stat(root)).isFile()) return [source];
  const entries = await readdir(root, {recursive: true, withFileTypes: true});
  return entries
    .filter(entry => entry.isFile())
    .map(entry => path.relative(repository, path.join(entry.parentPath, entry.name)));
};

/** The files that a COPY from the build context copies, by path in the repository. Throws if a source is missing. */
export const copiedFiles = async ({sources}: Copy): Promise<string[]> => {
  const included = await reachesBuilder();
  const files = await Promise.all(
    sources.map(async source => {
      const found = (await filesUnder(source)).filter(included);
      if (found.length === 0) throw new Error(`COPY ${source}: .dockerignore keeps all of it from the builder`);
      return found;
    }),
  );
  return files.flat();
};

/** Lays the files of a COPY under `root`, which represents the stage's file system. */
export const layOut = async (copy: Copy, root: string, stageRoot: (name: string) => string): Promise<void> => {
  const target = (name: string): string => path.join(root, copy.destination, name);
  if (copy.from !== undefined) {
    for (const source of copy.sources) await cp(path.join(stageRoot(copy.from), source), target(''), {recursive: true});
    return;
  }
  const files = await copiedFiles(copy);
  for (const source of copy.sources) {
    const isFile = files.includes(source);
    for (const file of files.filter(one => one === source || one.startsWith(`${source}/`))) {
      const named = isFile && copy.destination.endsWith('/') ? path.basename(file) : '';
      const to = target(isFile ? named : path.relative(source, file));
      await mkdir(path.dirname(to), {recursive: true});
      await cp(path.join(repository, file), to);
    }
  }
};

/** Removed after the test. */
export const temporaryFolder = async (t: ExecutionContext): Promise<string> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'mcp-observability-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  return folder;
};

/** Replaces `npm ci` in `folder`: packages as installed, all or those named, with our own as the stage copied them. */
export const linkPackages = async (folder: string, names?: readonly string[]): Promise<void> => {
  const scope = '@mcp-observability';
  const installed = path.join(repository, 'node_modules');
  const linked = path.join(folder, 'node_modules');
  await mkdir(path.join(linked, scope), {recursive: true});
  for (const name of names ?? (await readdir(installed)))
    if (name !== scope) await symlink(path.join(installed, name), path.join(linked, name));
  for (const [name, source] of [
    ['metrics-service', 'metrics-service'],
    ['dashboards', 'dashboards'],
    ['tools', '.tools'],
  ] as const)
    await symlink(path.join(folder, source), path.join(linked, scope, name));
};

/** The images' Node runs TypeScript as it is; an older one needs help. */
export const node24 = {...process.env, NODE_OPTIONS: `--import=${import.meta.resolve('tsx')}`};
