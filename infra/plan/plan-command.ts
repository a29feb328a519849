/** `npm run plan`: prints what a stack's program would create, or the differences between two plans. */
import {fileURLToPath} from 'node:url';
import {createProgram, Option, runProgram, UsageError} from '@mcp-observability/tools/command-line';
import {listenForInterruption} from '@mcp-observability/tools/interruption';
import {readProject} from './project.ts';
import {requireStack} from './stack-argument.ts';

const program = createProgram(
  'npm run plan --',
  "Runs the whole Pulumi program without Pulumi's CLI, AWS or credentials and lists what would exist.",
)
  .argument('<stack>', 'a stack that has a file in infra/stacks, such as dev')
  .option(
    '--json',
    'print {stack, resources, outputs, cost} as JSON; use npm run -s, or npm prints two lines before it',
  )
  .option('--against <other>', 'print only the differences from another stack, or from a plan saved with --json')
  .addOption(
    new Option(
      '--markdown',
      'with --against: print the differences in resources, exposure, permissions and cost as Markdown, for a pull request',
    ).conflicts('json'),
  )
  .action(async (stack, {json = false, markdown = false, against}) => {
    if (markdown && against === undefined) throw new UsageError('--markdown: expected --against as well, found none');
    const project = readProject(fileURLToPath(new URL('../..', import.meta.url)));
    requireStack(project, stack);
    const {printPlan} = await import('./print-plan.ts');
    const signal = listenForInterruption(() => process.exit());
    try {
      process.stdout.write(await printPlan({project, stack, json, markdown, against, signal}));
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  });

await runProgram(program);
