/** The API keys in the environment: their owners, and what a valid key is. */
import {apiKeyPattern, apiKeyPrefix, emitterOf} from './contract.ts';

/** A key and its owner. */
export interface ApiKey {
  /** The suffix of the variable's name, in lower case and with `-` in place of `_`. */
  readonly emitter: string;
  readonly key: string;
}

const minKeyLength = 16;
const maxKeyLength = 256;
/** This key was published in a workshop's instructions, so every reader could send events with it. */
const publishedKey = 'workshop-metrics-key-2026';

/** The type of process.env. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads every key from environment variables, which may include those of a file. Errors are added to `problems`; they
 * never quote a key.
 */
export const readKeys = (environment: Environment, problems: string[]): readonly ApiKey[] => {
  const keys: ApiKey[] = [];
  const names = Object.keys(environment)
    .filter(name => name.startsWith(apiKeyPrefix))
    .sort();
  const namesWithValue = names.filter(name => (environment[name] ?? '').trim() !== '');
  if (namesWithValue.length === 0) {
    problems.push(`${apiKeyPrefix}<SERVICE>: expected at least one key, found none`);
  }
  const owners = new Map<string, string>();
  for (const name of namesWithValue) {
    if (!/^[A-Za-z0-9_]+$/.test(name.slice(apiKeyPrefix.length))) {
      problems.push(`${name}: expected the name of a service after ${apiKeyPrefix}, in letters, digits and _`);
    }
    const values = (environment[name] ?? '')
      .split(',')
      .map(value => value.trim())
      .filter(value => value !== '');
    if (values.length === 0) problems.push(`${name}: expected a key, found only commas`);
    for (const key of new Set(values)) {
      if (key === publishedKey) problems.push(`${name}: expected a secret key, found the published example key`);
      else if (key.length < minKeyLength)
        problems.push(`${name}: expected keys of at least ${minKeyLength} characters, found one of ${key.length}`);
      else if (key.length > maxKeyLength)
        problems.push(`${name}: expected keys of at most ${maxKeyLength} characters, found one of ${key.length}`);
      if (!apiKeyPattern.test(key))
        problems.push(`${name}: expected keys of printable ASCII characters without spaces, found others`);
      const owner = owners.get(key);
      if (owner !== undefined)
        problems.push(`${name}: expected a key that no other emitter has, found the key of ${owner}`);
      owners.set(key, name);
      keys.push({emitter: emitterOf(name), key});
    }
  }
  return keys;
};
