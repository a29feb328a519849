/** A process of its own: imports the artefacts named by its argument and sends them, or what was thrown, to its parent. */
import {pathToFileURL} from 'node:url';

const send = (message: unknown): void => {
  process.send?.(message, () => process.exit(0));
};

try {
  const module: Record<string, unknown> = await import(pathToFileURL(process.argv[2] ?? '').href);
  const artefacts = typeof module['artefacts'] === 'function' ? await module['artefacts']() : module['artefacts'];
  if (typeof artefacts !== 'object' || artefacts === null) {
    throw new TypeError(
      `${process.argv[2]}: expected an export named artefacts, found ${Object.keys(module).join(', ')}`,
    );
  }
  send({artefacts});
} catch (thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  send({error: error.message, stack: error.stack ?? ''});
}
