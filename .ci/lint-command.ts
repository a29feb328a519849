/** `npm run lint`: style, suspicious code, import rules, and the language of documents and messages. */
import {createProgram, exitCodes, runProgram} from '@mcp-observability/tools/command-line';
import {lintChecks} from './checks.ts';
import {runChecks} from './run-checks.ts';

const program = createProgram(
  'npm run lint --',
  'Runs Biome, the import rules (.dependency-cruiser.cjs) and the check of the language (.ci/language.ts).',
).action(async () => {
  if (!(await runChecks(lintChecks))) process.exitCode = exitCodes.failure;
});

await runProgram(program);
