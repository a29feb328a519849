/** The software bill of materials, by npm from the lockfile. */
import {mkdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {run} from '@mcp-observability/tools/run';
import {createTemporaryFolder} from '@mcp-observability/tools/temporary-folder';
import {writeText} from '@mcp-observability/tools/write-text';
import {root} from './run-checks.ts';

/**
 * CycloneDX as JSON text. npm names the project after its folder, and rejects a workspace whose folder starts with a
 * dot: so npm reads a copy of the lockfile in a folder with the project's name.
 *
 * @throws {ProgramError} with npm's reason
 */
export const billOfMaterials = async (): Promise<string> => {
  const temporary = await createTemporaryFolder('sbom-');
  try {
    const {name}: {name: string} = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const cwd = join(temporary.path, name);
    await mkdir(cwd);
    for (const file of ['package.json', 'package-lock.json']) {
      const text = await readFile(join(root, file), 'utf8');
      await writeText(join(cwd, file), text.replaceAll('".tools', '"tools'));
    }
    const {stdout} = await run('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {cwd});
    return `${stdout}\n`;
  } finally {
    await temporary.remove();
  }
};
