/** The files that name base images. `image-versions.json` is the list; a test compares the others with it. */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

export const versionsFile = 'infra/image-versions.json';

/** Paths in the repository. */
export const pinnedFiles = [
  versionsFile,
  'metrics-service/Dockerfile',
  'grafana-image/Dockerfile',
  'infra/local/traffic.Dockerfile',
  'infra/local/compose.yaml',
] as const;

/** References by name, with a digest where one is pinned. */
export const readVersions = (root: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(join(root, versionsFile), 'utf8'));

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

/** Gives every mention of the tag this digest, whatever it had. */
export const writePin = (root: string, tagged: string, digest: string): void => {
  const mention = new RegExp(`(?<![\\w./-])${escaped(tagged)}(?:@sha256:[0-9a-f]{64})?(?![\\w.-])`, 'g');
  for (const file of pinnedFiles) {
    const path = join(root, file);
    const text = readFileSync(path, 'utf8');
    const pinned = text.replaceAll(mention, `${tagged}@${digest}`);
    if (pinned !== text) writeFileSync(path, pinned);
  }
};
