/**
 * Creates the build context of one image: a folder with exactly the files that its Dockerfile copies, and their digest.
 * Pulumi's docker-build provider builds again when the names, contents or modes in a context change. The tag of an
 * image is derived from the same three, so it changes exactly when the image is built again. With the repository as the
 * context it would not: that also contains files of other images, and modes depend on the umask of the checkout.
 */
import {createHash} from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {ValueError} from './defined.ts';

export type ImageContextArgs = {
  /** The repository. */
  readonly root: string;
  /** Path in the repository. */
  readonly dockerfile: string;
  /** Where contexts are created. */
  readonly contexts: string;
  /** Prefix of the folder's name. */
  readonly image: string;
};

export type ImageContext = {
  /** Name of the folder in `contexts`: the image and the digest. */
  readonly folder: string;
  /** 16 hexadecimal digits over the names, contents and modes of all files. */
  readonly digest: string;
};

const fileMode = 0o644;
const folderMode = 0o755;
/** Contexts unused for this long are removed; a build that is running uses its own. */
const unusedMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Files and folders of the repository that a Dockerfile copies. Copies from another stage are not included.
 * @throws {ValueError} for an instruction that it can't read: its files would be missing from the context
 */
const copiedPaths = (dockerfile: string, text: string): readonly string[] =>
  text
    .split('\n')
    .filter(line => /^\s*(COPY|ADD)\s/i.test(line) || /^\s*RUN\s.*--mount=/i.test(line))
    .filter(line => !/^COPY --from=\S+ /.test(line))
    .flatMap(line => {
      const [, sources] = /^COPY ((?:[\w.@/-]+ )+)[\w.@/-]+$/.exec(line.trimEnd()) ?? [];
      if (sources === undefined)
        throw new ValueError(
          `${dockerfile}: expected COPY with paths on one line and no flags but --from, found ${line}`,
        );
      return sources.trim().split(' ');
    });

/** The file, or every file in the folder and below, in an order that does not depend on the file system. */
const filesUnder = (root: string, path: string): readonly string[] =>
  statSync(join(root, path)).isDirectory()
    ? readdirSync(join(root, path))
        .filter(name => name !== 'node_modules')
        .sort()
        .flatMap(name => filesUnder(root, path === '' ? name : `${path}/${name}`))
    : [path];

/** Every file of the repository that an image is built from, its Dockerfile among them, sorted, by path. */
export const imageSources = (root: string, dockerfile: string): readonly string[] => {
  const copied = copiedPaths(dockerfile, readFileSync(join(root, dockerfile), 'utf8'));
  return [...new Set([dockerfile, ...copied].flatMap(path => filesUnder(root, path.replace(/\/$/, ''))))].sort();
};

type File = {readonly path: string; readonly mode: number; readonly content: Buffer};

const digestOf = (files: readonly File[]): string => {
  const digest = createHash('sha256');
  for (const {path, mode, content} of files)
    digest.update(`${path}\0${mode.toString(8)}\0${content.length}\0`).update(content);
  return digest.digest('hex').slice(0, 16);
};

const permissions = (path: string): number => statSync(path).mode & 0o777;

const filesIn = (folder: string): readonly File[] =>
  filesUnder(folder, '')
    .toSorted()
    .map(path => ({path, mode: permissions(join(folder, path)), content: readFileSync(join(folder, path))}));

const write = (folder: string, path: string, content: Buffer | string): void => {
  const target = join(folder, path);
  mkdirSync(dirname(target), {recursive: true, mode: folderMode});
  writeFileSync(target, content);
  chmodSync(target, fileMode); // whatever the umask is
};

const isIntact = (folder: string, digest: string): boolean => {
  try {
    return digestOf(filesIn(folder)) === digest;
  } catch {
    return false; // absent, or removed while it was read
  }
};

const removeUnused = (contexts: string, now: number): void => {
  for (const name of readdirSync(contexts)) {
    const folder = join(contexts, name);
    const {mtimeMs} = statSync(folder, {throwIfNoEntry: false}) ?? {};
    if (mtimeMs !== undefined && now - mtimeMs > unusedMilliseconds) rmSync(folder, {recursive: true, force: true});
  }
};

/**
 * Creates the context, or reuses the one of an earlier run. Safe with concurrent runs: a folder is created in one step,
 * and its name contains the digest of its content.
 */
export const createImageContext = ({root, dockerfile, contexts, image}: ImageContextArgs): ImageContext => {
  mkdirSync(contexts, {recursive: true});
  const draft = mkdtempSync(join(contexts, `.${image}-`));
  try {
    // Some file systems keep no modes, Windows' among them: the digest has what the provider will find.
    write(draft, '.mode', '');
    const mode = permissions(join(draft, '.mode'));
    rmSync(join(draft, '.mode'));
    const files = imageSources(root, dockerfile).map(path => ({path, mode, content: readFileSync(join(root, path))}));
    const digest = digestOf(files);
    const folder = `${image}-${digest}`;
    const target = join(contexts, folder);
    if (!isIntact(target, digest)) {
      for (const {path, content} of files) write(draft, path, content);
      rmSync(target, {recursive: true, force: true});
      try {
        renameSync(draft, target);
      } catch (error) {
        if (!isIntact(target, digest)) throw error; // else another run was faster
      }
    }
    const now = new Date();
    utimesSync(target, now, now);
    removeUnused(contexts, now.getTime());
    return {folder, digest};
  } finally {
    rmSync(draft, {recursive: true, force: true});
  }
};
