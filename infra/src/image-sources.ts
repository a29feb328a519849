/** What an image is built from, as a digest: another one means that the image must be built again. */
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';

/** Files and folders of the repository that a Dockerfile copies; what it copies from another stage is none. */
const copied = (dockerfile: string): readonly string[] =>
  [...dockerfile.matchAll(/^COPY (?!--from=)(.+) \S+$/gm)].flatMap(([, sources = '']) => sources.split(/\s+/));

/** The file, or every file in the folder and below, in an order that no file system decides. */
const filesOf = (root: string, path: string): readonly string[] =>
  statSync(join(root, path)).isDirectory()
    ? readdirSync(join(root, path))
        .filter(name => name !== 'node_modules') // as .dockerignore says
        .sort()
        .flatMap(name => filesOf(root, `${path}/${name}`))
    : [path];

/** Every file of the repository that an image consists of, its Dockerfile among them. */
export const imageSources = (root: string, dockerfile: string): readonly string[] =>
  [dockerfile, ...copied(readFileSync(join(root, dockerfile), 'utf8'))].flatMap(path => filesOf(root, path));

/** 16 hexadecimal digits over the names and contents of all sources. */
export const sourceDigest = (root: string, dockerfile: string): string => {
  const digest = createHash('sha256');
  for (const path of imageSources(root, dockerfile)) {
    const content = readFileSync(join(root, path));
    digest.update(`${path}\0${content.length}\0`).update(content);
  }
  return digest.digest('hex').slice(0, 16);
};
