/** Steps of inserting, dropping or replacing one character that turn one text into the other (Levenshtein). */
const distance = (from: string, to: string): number => {
  let row = Array.from({length: to.length + 1}, (_, column) => column);
  for (const [line, character] of [...from].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...to].entries()) {
      const [drop = 0, insert = 0, keep = 0] = [row[column + 1], next[column], row[column]];
      next.push(Math.min(drop + 1, insert + 1, keep + (character === other ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length] ?? 0;
};

/** The candidate that a misspelt name most likely meant: only the part after the last colon counts, so a wrong prefix doesn't matter. */
export const nearest = (name: string, candidates: readonly string[]): string => {
  const bare = (text: string): string => text.slice(text.lastIndexOf(':') + 1).toLowerCase();
  const [best = ''] = candidates.toSorted((a, b) => distance(bare(name), bare(a)) - distance(bare(name), bare(b)));
  return best;
};
