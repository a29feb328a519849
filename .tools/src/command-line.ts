/**
 * The common structure of all command-line programs: commander parses the options, `-h` and `--help` print the usage,
 * and an exit status has the same meaning everywhere.
 */
import {Command, CommanderError, type CommandUnknownOpts, InvalidArgumentError} from '@commander-js/extra-typings';
import {Interruption} from './interruption.ts';
import {reasonOf} from './reason.ts';
import {ToolsError} from './tools-error.ts';

export {Argument, InvalidArgumentError, Option} from '@commander-js/extra-typings';
export {Command};

/** The exit statuses. A program ended by a signal exits with 128 + the signal's number. */
export const exitCodes = {
  success: 0,
  /** The program did its work, and the result is bad; or it could not do it. */
  failure: 1,
  /** The program was called with wrong arguments. */
  misuse: 2,
  /** Something that the program needs is not available on this machine. */
  unavailable: 3,
} as const;

/** Arguments that parse but make no sense together, or a value that does not exist. Ends with status 2. */
export class UsageError extends ToolsError {
  override readonly name = 'UsageError';
  readonly code = 'ERR_USAGE';
}

/** Something that the program needs is not available on this machine. Ends with status 3. */
export class UnavailableError extends ToolsError {
  override readonly name: string = 'UnavailableError';
  readonly code = 'ERR_UNAVAILABLE';
}

/** Runs a check of arguments, and turns its error into a UsageError with the same message. @throws {UsageError} */
export const checkUsage = <Result>(check: () => Result): Result => {
  try {
    return check();
  } catch (cause) {
    throw new UsageError(reasonOf(cause), {cause});
  }
};

/** Rejects empty values of options and arguments, such as those of an unset variable in quotes. @throws {UsageError} */
const rejectEmptyValues = (command: CommandUnknownOpts): void => {
  const values = [
    ...command.options.map(option => [option.long ?? option.flags, command.getOptionValue(option.attributeName())]),
    ...command.registeredArguments.map((argument, index) => [argument.name(), command.processedArgs[index]]),
  ];
  for (const [name, value] of values)
    if ([value].flat().includes('')) throw new UsageError(`${name}: expected a value, found nothing`);
};

/**
 * A new program. The name is what people type, such as `npm run plan --`. Add options, arguments and an action, then
 * pass it to {@link runProgram}.
 */
export const createProgram = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .helpOption('-h, --help', 'show this help')
    .configureHelp({helpWidth: 100})
    .allowExcessArguments(false)
    .exitOverride()
    .hook('preAction', (_, command) => rejectEmptyValues(command))
    // Errors are printed by runProgram, together with the usage line.
    .configureOutput({outputError: () => {}, writeErr: () => {}});

/** A subcommand that is a separate program. */
export type Subprogram = {
  readonly name: string;
  /** One line for the list of subcommands. */
  readonly description: string;
  /** Imports the file, which calls {@link runProgram}: only the called program is loaded. */
  readonly load: () => Promise<unknown>;
  /** Whether it also runs when no subcommand is named. @default false */
  readonly isDefault?: boolean;
};

/** Adds a subcommand whose file parses its own arguments, its `--help` included. */
export const addSubprogram = (program: Command, {name, description, load, isDefault = false}: Subprogram): void => {
  program
    .helpCommand(false)
    .command(name, {isDefault})
    .description(description)
    .usage('[arguments]')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async () => {
      if (process.argv[2] === name) process.argv.splice(2, 1);
      await load();
    });
};

const signalNumbers: Readonly<Partial<Record<NodeJS.Signals, number>>> = {SIGHUP: 1, SIGINT: 2, SIGTERM: 15};

/** The subcommand that the arguments name, or the program itself. */
const called = (program: CommandUnknownOpts, args: readonly string[]) =>
  program.commands.find(command => command.name() === args[0]);

const usageLine = (program: CommandUnknownOpts, args: readonly string[]): string => {
  const command = called(program, args);
  const name = command === undefined ? program.name() : `${program.name()} ${command.name()}`;
  return `Usage: ${name} ${(command ?? program).usage()}`;
};

/** Errors of this repository and of the system carry a code; anything else is a defect and shows its stack. */
const isExpected = (error: unknown): error is Error & {readonly code: string} =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && !error.code.startsWith('ERR_INVALID_');

const statusOf = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.misuse;
  if (error instanceof UsageError) return exitCodes.misuse;
  if (error instanceof UnavailableError) return exitCodes.unavailable;
  if (error instanceof Interruption) return 128 + (signalNumbers[error.by] ?? 0);
  return exitCodes.failure;
};

/** The names of a program's subcommands, as a sentence lists them. */
const subcommandsOf = (program: CommandUnknownOpts): string =>
  program.commands.map(command => command.name()).join(', ');

/** Commander's message in the form `--option: expected X, found Y`. */
const messageOf = (program: CommandUnknownOpts, {code, message}: CommanderError): string => {
  const text = message.replace(/^error: /, '');
  const flag = /^(?:required )?option '.*?(--[\w-]+)/.exec(text)?.[1];
  if (code === 'commander.help') return `expected one of ${subcommandsOf(program)}, found nothing`;
  if (code === 'commander.unknownCommand') {
    const found = /^unknown command '([\s\S]*?)'/.exec(text)?.[1];
    return `expected one of ${subcommandsOf(program)}, found ${found || 'nothing'}${/\n\(Did you mean .*/.exec(text)?.[0] ?? ''}`;
  }
  const excess = /^too many arguments.*Expected (\d+) arguments? but got (\d+)/.exec(text);
  if (excess !== null) {
    const [, most, count] = excess;
    return `expected ${most === '0' ? 'no argument' : `at most ${most} argument${most === '1' ? '' : 's'}`}, found ${count}`;
  }
  if (flag === undefined) return text;
  if (code === 'commander.missingMandatoryOptionValue' || code === 'commander.optionMissingArgument')
    return `${flag}: expected a value, found nothing`;
  if (code !== 'commander.invalidArgument') return text;
  const choice = /argument '([\s\S]*)' is invalid\. Allowed choices are (.*)\.$/.exec(text);
  if (choice !== null)
    return `${flag}: expected one of ${choice[2]}, found ${choice[1] === '' ? 'nothing' : choice[1]}`;
  const reason = text.replace(/^[\s\S]*? is invalid\. /, '');
  return reason.startsWith(`${flag}: `) ? reason : `${flag}: ${reason}`;
};

const explain = (program: CommandUnknownOpts, error: unknown, args: readonly string[]): string => {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return '';
    return `${messageOf(program, error)}\n${usageLine(program, args)}\n`;
  }
  if (error instanceof UsageError) return `${error.message}\n${usageLine(program, args)}\n`;
  if (error instanceof Interruption) return '';
  if (isExpected(error) || (error instanceof Error && error.message === 'fetch failed')) return `${reasonOf(error)}\n`;
  return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
};

const isMissingOption = (error: unknown): boolean =>
  error instanceof CommanderError && error.code === 'commander.missingMandatoryOptionValue';

/**
 * Commander reports a missing option before an unknown one, which is most often the same option, misspelt.
 *
 * @returns the error about the unknown option, undefined if there is none
 */
const misspelling = async (program: CommandUnknownOpts, args: readonly string[]): Promise<unknown> => {
  const command = called(program, args) ?? program;
  for (const option of command.options) option.mandatory = false;
  command.action(() => {});
  try {
    await program.parseAsync([...args], {from: 'user'});
    return undefined;
  } catch (error) {
    return error;
  }
};

/** A reader such as `head` may close the pipe: what it did not read is not an error. */
const endOnClosedPipe = (): void => {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
};

/**
 * Parses the arguments, runs the action and sets `process.exitCode`: 0 after help, 2 and the usage line for misuse, 1
 * with the reason for an error that has a code, 1 with the stack for a defect. The action may set another status itself.
 *
 * @param args @default process.argv without node and script
 */
export const runProgram = async (
  program: CommandUnknownOpts,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> => {
  endOnClosedPipe();
  try {
    await program.parseAsync([...args], {from: 'user'});
  } catch (thrown) {
    const error = isMissingOption(thrown) ? ((await misspelling(program, args)) ?? thrown) : thrown;
    process.stderr.write(explain(program, error, args));
    process.exitCode = statusOf(error);
  }
};

/** Parses an option's value as an integer from `min` to `max`. @throws {InvalidArgumentError} naming both and the value */
export const integerOption =
  ({min, max}: {readonly min: number; readonly max: number}) =>
  (value: string): number => {
    const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(
      `expected an integer from ${min} to ${max}, found ${value === '' ? 'nothing' : value}`,
    );
  };

/** Parses an option's value with a function whose errors name what was expected and what was found. */
export const parsedOption =
  <Value>(parse: (value: string) => Value) =>
  (value: string): Value => {
    try {
      return parse(value);
    } catch (error) {
      throw new InvalidArgumentError(reasonOf(error));
    }
  };

/** Parses an option's value that must not be empty. @throws {InvalidArgumentError} */
export const nonEmptyOption = (value: string): string => {
  if (value !== '') return value;
  throw new InvalidArgumentError('expected a value, found nothing');
};
