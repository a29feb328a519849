/** `npm run check` runs the checks that take too long, or need too much, for `npm test`. */
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {addSubprogram, createProgram, runProgram} from '@mcp-observability/tools/command-line';
import {root} from './run-checks.ts';

const program = createProgram(
  'npm run check --',
  `Checks that take minutes or need a program that npm does not install. The smaller of them are also part of npm test.

npm run check -- engine --help lists the options of one.`,
);

/** The files are programs and no module's interface, so no package exports them. */
const programIn = (file: string) => (): Promise<unknown> => import(pathToFileURL(join(root, file)).href);

for (const {name, description, file} of [
  {
    name: 'engine',
    description: "the AWS program on Pulumi's real engine, compared with the plan",
    file: 'infra/checks/engine/engine-command.ts',
  },
  {
    name: 'collector',
    description: "a stack's collector configuration on a real collector",
    file: 'infra/checks/collector/collector-command.ts',
  },
  {
    name: 'soak',
    description: 'the service under abuse and restarts, for minutes: counts lost events',
    file: 'metrics-service/soak/soak-command.ts',
  },
  {
    name: 'fuzz',
    description: "the service's API, fuzzed by its OpenAPI document",
    file: 'metrics-service/fuzz/fuzz-command.ts',
  },
])
  addSubprogram(program, {name, description, load: programIn(file)});

await runProgram(program);
