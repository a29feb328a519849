/** A process of its own: imports the artefacts named by its argument and sends them, or what was thrown, to its parent. */
import {pathToFileURL} from 'node:url';

const send = (message: unknown): void => {
  process.send?.(message, () => process.exit(0));
};

try {
  const module: Record<string, unknown> = await import(pathToFileURL(process.argv[2] ?? '').href);
  const artefacts: unknown = typeof module['artefacts'] === 'function' ? module['artefacts']() : undefined;
  if (!(artefacts instanceof Map)) {
    throw new TypeError(`${process.argv[2]}: expected a function artefacts() that returns a Map of texts by path`);
  }
  send({artefacts: Object.fromEntries(artefacts)});
} catch (thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  send({error: error.message, stack: error.stack ?? ''});
}
