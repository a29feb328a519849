/** `npm run images:pin`: pins base images to the digests that their tags have now, or checks that they still have them. */
import {fileURLToPath} from 'node:url';
import {createProgram, exitCodes, runProgram} from '@mcp-observability/tools/command-line';
import {readVersions, writePin} from './pinned-files.ts';
import {parseReference, resolveDigest} from './registry.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const program = createProgram(
  'npm run images:pin --',
  'Asks the registries which digests the tags in infra/image-versions.json have, and writes them there, into the Dockerfiles and compose.yaml.',
)
  .option('--check', 'write nothing; exit with 1 when a tag has another digest than the one that is pinned', false)
  .action(async ({check}) => {
    for (const [name, text] of Object.entries(readVersions(root))) {
      const reference = parseReference(text);
      const digest = await resolveDigest(reference);
      const isCurrent = digest === reference.digest;
      process.stdout.write(`${name}: ${text.split('@')[0]} ${isCurrent ? 'is pinned to' : 'is now'} ${digest}\n`);
      if (isCurrent) continue;
      if (check) process.exitCode = exitCodes.failure;
      else writePin(root, text.split('@')[0] ?? text, digest);
    }
  });

await runProgram(program);
