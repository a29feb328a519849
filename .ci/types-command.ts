/** `npm run types`: the compiler on everything, without output. */
import {createProgram, exitCodes, runProgram} from '@mcp-observability/tools/command-line';
import {previewTypeCheck, typeCheck} from './checks.ts';
import {runChecks} from './run-checks.ts';

const program = createProgram(
  'npm run types --',
  'Checks the types of all sources, incrementally. Installs the packages of the preview first if they are missing.',
)
  .option('--no-preview', 'skip the preview and do not install its packages')
  .action(async ({preview}) => {
    if (preview) {
      const {ensureInstalled} = await import('@mcp-observability/dashboards/preview/install');
      await ensureInstalled(line => process.stdout.write(`${line}\n`));
    }
    if (!(await runChecks(preview ? [typeCheck, previewTypeCheck] : [typeCheck]))) process.exitCode = exitCodes.failure;
  });

await runProgram(program);
