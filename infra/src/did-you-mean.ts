/** Steps of inserting, dropping or replacing one character that turn one string into the other (Levenshtein). */
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

/** Only the part after the last colon counts, so a wrong prefix doesn't matter. */
const bare = (text: string): string => text.slice(text.lastIndexOf(':') + 1).toLowerCase();

/** Whether one is a prefix of the other, or at most about two in five characters differ. */
const isAlike = (name: string, candidate: string): boolean =>
  (name.length > 1 && (candidate.startsWith(name) || name.startsWith(candidate))) ||
  distance(name, candidate) <= Math.ceil(0.4 * Math.max(name.length, candidate.length));

/** The candidate that a misspelt name most likely meant; undefined if none is alike. */
export const nearest = (name: string, candidates: readonly string[]): string | undefined =>
  candidates
    .filter(candidate => isAlike(bare(name), bare(candidate)))
    .toSorted((a, b) => distance(bare(name), bare(a)) - distance(bare(name), bare(b)))[0];

/** ` Did you mean X?` with the nearest candidate; empty if none is alike. */
export const didYouMean = (name: string, candidates: readonly string[]): string => {
  const candidate = nearest(name, candidates);
  return candidate === undefined ? '' : ` Did you mean ${candidate}?`;
};
