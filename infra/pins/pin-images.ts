/** Pins base images to the digests that their tags have now, or checks that they still have them. */
import {fileURLToPath} from 'node:url';
import {readVersions, writePin} from './pinned-files.ts';
import {parseReference, resolveDigest} from './registry.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The repository, and whether its files may be changed. */
export type PinOptions = {
  /** Whether to write the digests that changed. */
  readonly isWriting: boolean;
  readonly report: (line: string) => void;
};

/**
 * Queries the registries for the digests that the tags in infra/image-versions.json have. Returns whether each is the
 * pinned one.
 *
 * @throws {RegistryError} when a registry does not respond as expected
 */
export const pinImages = async ({isWriting, report}: PinOptions): Promise<boolean> => {
  let isCurrent = true;
  for (const [name, text] of Object.entries(readVersions(root))) {
    const reference = parseReference(text);
    const digest = await resolveDigest(reference);
    const isPinned = digest === reference.digest;
    const [tag = text] = text.split('@');
    report(`${name}: ${tag} ${isPinned ? 'is pinned to' : 'is now'} ${digest}`);
    if (isPinned) continue;
    isCurrent = false;
    if (isWriting) writePin(root, tag, digest);
  }
  return isCurrent;
};
