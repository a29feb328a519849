/** Two expressions reduced to the part in which they differ. */

/** Numbers, names, operators and strings of an expression. */
const tokens = (expression: string): readonly string[] =>
  expression.match(
    /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z_:][\w:]*|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:[smhdwy]+)?|[<>=!~]+|\S/g,
  ) ?? [];

/** The parts of two texts that differ: what is equal at the start and at the end is cut off. */
export const differingPart = (before: string, after: string): {readonly before: string; readonly after: string} => {
  const [from, to] = [tokens(before), tokens(after)];
  let start = 0;
  while (start < from.length && start < to.length && from[start] === to[start]) start += 1;
  let end = 0;
  while (
    end < from.length - start &&
    end < to.length - start &&
    from[from.length - 1 - end] === to[to.length - 1 - end]
  )
    end += 1;
  // The operator before a number shows the direction of the threshold.
  const lead = start > 0 && /^[<>=!~]+$/.test(from[start - 1] ?? '') ? 1 : 0;
  const part = (all: readonly string[]): string => all.slice(start - lead, all.length - end).join(' ') || 'nothing';
  return {before: part(from), after: part(to)};
};
