/**
 * How Pulumi's docker-build provider (0.0.14, which awsx uses) decides whether an image must be built again: a hash over the
 * Dockerfile's content and over the content, name and mode of every file in the context that the ignore file lets through.
 * `<Dockerfile>.dockerignore` is preferred to the context's own `.dockerignore`.
 */
import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import dockerignore from '@balena/dockerignore';

/** Go's notation of a regular file's mode: `-rw-r--r--`. */
const modeText = (mode: number): string =>
  `-${[6, 3, 0].map(shift => ['r', 'w', 'x'].map((letter, bit) => ((mode >> shift) & (4 >> bit) ? letter : '-')).join('')).join('')}`;

export const contextHash = (context: string, dockerfile: string): string => {
  const ignoreFile = [`${dockerfile}.dockerignore`, path.join(context, '.dockerignore')].find(file => existsSync(file));
  const isIncluded = dockerignore
    .default()
    .add(ignoreFile === undefined ? [] : readFileSync(ignoreFile, 'utf8').split('\n'))
    .createFilter();
  const hash = createHash('sha256').update(readFileSync(dockerfile));
  for (const entry of readdirSync(context, {recursive: true, withFileTypes: true}).toSorted((a, b) =>
    path.join(a.parentPath, a.name) < path.join(b.parentPath, b.name) ? -1 : 1,
  )) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(context, file);
    if (entry.isFile() && isIncluded(name))
      hash
        .update(readFileSync(file))
        .update(name)
        .update(modeText(statSync(file).mode));
  }
  return hash.digest('hex');
};
