/** A file of keys, METRICS_API_KEYS_FILE: the same variables as in the environment, and read again on SIGHUP. */
import {readFileSync} from 'node:fs';
import {type ApiKey, type Environment, readKeys} from './api-keys.ts';
import {apiKeyPrefix, variables} from './contract.ts';

const assignment = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/;

const unquoted = (text: string): string => text.replace(/^(["'])(.*)\1$/, '$2');

/**
 * Reads lines of `NAME=value`, as `docker run --env-file` and `sh` do: comments start with `#`, values may be quoted.
 * Problems are added to `problems` with the number of the line, which is never quoted: it may contain a key.
 */
export const parseEnvironmentFile = (path: string, text: string, problems: string[]): Environment => {
  const entries: Record<string, string> = {};
  for (const [index, untrimmed] of text.split(/\r?\n/).entries()) {
    const line = untrimmed.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, name = '', value = ''] = assignment.exec(line) ?? [];
    const place = `${path}:${index + 1}`;
    if (!name.startsWith(apiKeyPrefix))
      problems.push(`${place}: expected ${apiKeyPrefix}<SERVICE>=<key>, found something else`);
    else if (name in entries) problems.push(`${place}: expected ${name} once, found it again`);
    else entries[name] = unquoted(value);
  }
  return entries;
};

const readText = (path: string, problems: string[]): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const {code = 'an error'} = error as NodeJS.ErrnoException; // what node:fs throws
    problems.push(`${variables.keysFile}: expected a file that can be read at ${path}, found ${code}`);
    return '';
  }
};

/** The keys of the environment and of the file together. @throws nothing: what is wrong is added to `problems`. */
export const readAllKeys = (
  environment: Environment,
  keysFile: string | undefined,
  problems: string[],
): readonly ApiKey[] => {
  if (keysFile === undefined) return readKeys(environment, problems);
  const before = problems.length;
  const fromFile = parseEnvironmentFile(keysFile, readText(keysFile, problems), problems);
  for (const name of Object.keys(fromFile)) {
    if ((environment[name] ?? '').trim() !== '')
      problems.push(`${name}: expected in the environment or in ${keysFile}, found in both`);
  }
  // Without its file there may be no key at all, which would only repeat the problem.
  if (problems.length > before && Object.keys(fromFile).length === 0) return [];
  return readKeys({...environment, ...fromFile}, problems);
};
