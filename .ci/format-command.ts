/** `npm run format`: formats, sorts imports and applies safe fixes. */
import {createProgram, exitCodes, runProgram} from '@mcp-observability/tools/command-line';
import {runToEnd} from '@mcp-observability/tools/run';
import {root, toolPath} from './run-checks.ts';

const program = createProgram('npm run format --', 'Formats files, sorts their imports and applies safe fixes (Biome).')
  .argument('[files...]', 'files and folders (default: all)')
  .action(async files => {
    const {status} = await runToEnd(toolPath('biome'), ['check', '--write', '--', ...files], {
      cwd: root,
      isShown: true,
    });
    if (status !== 0) process.exitCode = exitCodes.failure;
  });

await runProgram(program);
