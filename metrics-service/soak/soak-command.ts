/** `npm run check -- soak`: runs the service for minutes under well-behaved, hostile and slow clients. */
import {
  createProgram,
  exitCodes,
  InvalidArgumentError,
  integerOption,
  runProgram,
} from '@mcp-observability/tools/command-line';
import {Interruption, listenForInterruption} from '@mcp-observability/tools/interruption';

const minutesOption = (value: string): number => {
  const minutes = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (minutes >= 0.1 && minutes <= 10_000) return minutes;
  throw new InvalidArgumentError(`expected a number from 0.1 to 10000, found ${value || 'nothing'}`);
};

const program = createProgram(
  'npm run check -- soak',
  `Runs the service under well-behaved, hostile and slow clients and a million label values, stops more services with SIGTERM under load, and prints a summary.

Exit status: 0 if no event was lost and no request failed unexpectedly, 1 otherwise, 2 for wrong usage.`,
)
  .option('--minutes <n>', 'duration', minutesOption, 10)
  .option(
    '--seed <n>',
    'seed of the hostile requests and the times of the kills (default: random, printed)',
    integerOption({min: 0, max: 2 ** 32 - 1}),
  )
  .option('--kills <n>', 'number of services to stop with SIGTERM under load', integerOption({min: 0, max: 1e6}), 100)
  .action(async ({minutes, kills, seed = Date.now() % 2 ** 31}) => {
    const {soak} = await import('./soak.ts');
    /** Undone at the end, whatever the end is. */
    const undo: (() => unknown)[] = [];
    // Services run in separate process groups, and would outlive a second signal or a closed pipe.
    process.on('exit', () => {
      for (const last of undo) last();
    });
    const signal = listenForInterruption(() => process.exit(130));
    try {
      const isSound = await soak({minutes, kills, seed, signal, onUndo: last => undo.push(last)});
      if (signal.aborted && !(signal.reason instanceof Interruption)) throw signal.reason;
      if (!isSound) process.exitCode = exitCodes.failure;
    } finally {
      for (const last of undo.splice(0).reverse()) await last();
    }
  });

await runProgram(program);
