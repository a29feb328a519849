/** The options of `npm run soak --`. */
import {parseArgs} from 'node:util';

const usage = `Usage: npm run soak [-- --minutes N] [--seed N] [--kills N]

Runs the service under honest, hostile and slow clients and prints a summary.

  --minutes N  duration (10)
  --seed N     seed of the hostile requests and the times of the kills (random, printed)
  --kills N    number of services that are ended by SIGTERM under load during the run (100)
`;

const fail = (message: string): never => {
  process.stderr.write(`${message}\n\n${usage}`);
  process.exit(2);
};

const number = (name: string, text: string, {min, max}: {min: number; max: number}): number => {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max
    ? value
    : fail(`--${name}: expected a number from ${min} to ${max}, found ${text}`);
};

const readFlags = () => {
  try {
    const {values} = parseArgs({
      options: {
        minutes: {type: 'string', default: '10'},
        seed: {type: 'string', default: String(Date.now() % 2 ** 31)},
        kills: {type: 'string', default: '100'},
        help: {type: 'boolean', short: 'h', default: false},
      },
    });
    return values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
};
export interface Options {
  readonly minutes: number;
  /** Chooses the hostile requests and the moments. */
  readonly seed: number;
  /** Services ended by SIGTERM under load. */
  readonly kills: number;
}

/** Reads them; ends the process where there is nothing to run. */
export const readOptions = (): Options => {
  const flags = readFlags();
  if (flags.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  return {
    minutes: number('minutes', flags.minutes, {min: 0.1, max: 10_000}),
    seed: Math.floor(number('seed', flags.seed, {min: 0, max: 2 ** 32 - 1})),
    kills: Math.floor(number('kills', flags.kills, {min: 0, max: 1e6})),
  };
};
