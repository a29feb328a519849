/** `npm run release`: what maintainers do for a release. */
import {createProgram, exitCodes, runProgram} from '@mcp-observability/tools/command-line';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const program = createProgram('npm run release --', 'Prepares a release; nothing is pushed.');

program
  .command('version')
  .description(
    "Sets the version of every package, moves the changelog's Unreleased section under it, commits and tags. Without --yes it prints what it would do and changes nothing.",
  )
  .argument(
    '[version]',
    'major, minor, patch or a version such as 1.2.3 (default: the version in package.json if it has no tag yet, else patch)',
  )
  .option('--yes', 'write, commit and tag')
  .action(async (step = '', {yes: isWriting = false}) => {
    const {release} = await import('./release.ts');
    await release({root: process.cwd(), step, isWriting, report: print});
  });

program
  .command('licences')
  .description(
    'Counts the licences of everything in the lockfiles. Exits with 1 if a package is only under GPL or AGPL, grants no rights, or declares no licence and was not reviewed.',
  )
  .option('--list', 'every package with its licence, in lines of tab-separated values')
  .action(async ({list: isListing = false}) => {
    const {checkLicences} = await import('./licences.ts');
    if (!checkLicences({isListing, report: print})) process.exitCode = exitCodes.failure;
  });

program
  .command('sbom')
  .description('Prints the software bill of materials of what is deployed (CycloneDX, without the preview).')
  .action(async () => {
    const {billOfMaterials} = await import('./sbom.ts');
    process.stdout.write(await billOfMaterials());
  });

program
  .command('images')
  .description(
    'Asks the registries which digests the tags in infra/image-versions.json have, and writes them there, into the Dockerfiles and compose.yaml.',
  )
  .option('--check', 'write nothing; status 1 when a tag has another digest than the one that is pinned')
  .action(async ({check: isChecking = false}) => {
    const {pinImages} = await import('@mcp-observability/infra/pins');
    const isCurrent = await pinImages({isWriting: !isChecking, report: print});
    if (isChecking && !isCurrent) process.exitCode = exitCodes.failure;
  });

program
  .command('policies')
  .description('Writes the IAM policies of the roles that preview and deploy to infra/policies.')
  .action(async () => {
    const {writePolicies} = await import('@mcp-observability/infra/policies');
    for (const file of writePolicies()) print(`infra/policies/${file}`);
  });

await runProgram(program);
