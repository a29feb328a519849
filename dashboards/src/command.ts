/** How each program of this package is called: parameters are understood or the usage is shown. */

export type Command<Asked> = {
  /** For people, without an end of line. */
  readonly usage: string;
  /** What is asked for; nothing where help is. Throws what is wrong with the parameters. */
  readonly request: () => Asked | undefined;
  /** Resolves to the exit status. */
  readonly run: (asked: Asked) => Promise<number>;
};

/** Sets the exit status: 0 after help, 2 for a wrong call, else what `run` resolves to. */
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
