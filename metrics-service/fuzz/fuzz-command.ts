/** `npm run check -- fuzz`: fuzzes a running service by its own OpenAPI document. */
import {createProgram, integerOption, runProgram} from '@mcp-observability/tools/command-line';
import {paths} from '../src/contract.ts';

const program = createProgram(
  'npm run check -- fuzz',
  `Starts the service and reads ${paths.openapi} from it. Then schemathesis generates valid and invalid requests and checks the responses against the document: statuses, headers, bodies, and whether valid requests are accepted and invalid ones rejected. The requests are the same in each run, unless --seed or --max-examples is given.

SCHEMATHESIS_BIN  path of schemathesis; else PATH, then uvx, then Python's venv and PyPI, kept in the cache

Exit status: 0 if there are no findings, 1 if there are, 2 for wrong usage, 3 if schemathesis is not available.`,
)
  .argument('[flags...]', "schemathesis's own flags, after another --")
  .option('--seed <n>', 'generate other requests', integerOption({min: 0, max: 2 ** 53 - 1}))
  .option('--max-examples <n>', 'requests per operation (default: 200)', integerOption({min: 1, max: 1e6}))
  .action(async (flags, {seed, maxExamples}) => {
    const {fuzz} = await import('./fuzz.ts');
    const isSound = await fuzz([
      ...(seed === undefined ? [] : [`--seed=${seed}`]),
      ...(maxExamples === undefined ? [] : [`--max-examples=${maxExamples}`]),
      ...flags,
    ]);
    if (!isSound) process.exitCode = 1;
  });

await runProgram(program);
