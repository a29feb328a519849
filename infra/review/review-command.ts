/** `npm run review`: a pull request's whole comment, made on any machine. */
import {resolve} from 'node:path';
import {
  createProgram,
  exitCodes,
  InvalidArgumentError,
  nonEmptyOption,
  runProgram,
} from '@mcp-observability/tools/command-line';
import {endPrograms} from './child-commands.ts';
import {review} from './review.ts';

const address = (value: string): string => {
  if (URL.canParse(value)) return value;
  throw new InvalidArgumentError(`expected an address such as https://example.org/7, found ${value || 'nothing'}`);
};

let interruption: NodeJS.Signals | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    interruption = signal;
    endPrograms();
  });

const program = createProgram(
  'npm run review --',
  `Compares this checkout with a commit and writes a summary for reviewers:
  DIR/comment.md   for the pull request: warnings, resources, exposure, permissions, cost, metrics, rules, boards
  DIR/index.html   the same as a page, never truncated; DIR/boards has screenshots from before and after

Needs neither AWS nor Docker. Exits with 1 when a part could not be created from this checkout.`,
)
  .argument('<reference>', 'a git reference such as main, HEAD~3 or a tag')
  .requiredOption('--out <dir>', 'the folder for the review', nonEmptyOption)
  .option(
    '--pictures <url>',
    'the address that links to screenshots start with, once these are published (default: relative paths)',
    address,
  )
  .option('--no-boards', 'omit screenshots and cost of the boards, which need Chromium and Prometheus')
  .option('--no-aws', 'omit the AWS program')
  .action(async (base, {out, pictures, boards, aws}) => {
    const failed = await review({
      base,
      out: resolve(out),
      pictures,
      boards,
      aws,
      report: line => console.log(line),
      isInterrupted: () => interruption !== undefined,
    });
    if (failed.length > 0) process.exitCode = exitCodes.failure;
  });

await runProgram(program);
if (interruption !== undefined) process.exitCode = interruption === 'SIGINT' ? 130 : 143;
