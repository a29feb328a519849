/** Runs the command-line programs of this package: parses the arguments, or prints the usage. */

export type Command<Asked> = {
  /** The text of `--help`, without a trailing newline. */
  readonly usage: string;
  /**
   * Parses the arguments; undefined when `--help` is given.
   *
   * @throws when an argument is not valid
   */
  readonly request: () => Asked | undefined;
  /** Resolves to the exit code. */
  readonly run: (asked: Asked) => Promise<number>;
};

/** Sets the exit code: 0 after `--help`, 2 for invalid arguments, else what `run` resolves to. */
export const call = async <Asked>({usage, request, run}: Command<Asked>): Promise<void> => {
  let asked: Asked | undefined;
  try {
    asked = request();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  if (asked === undefined) console.log(usage);
  else process.exitCode = await run(asked);
};
