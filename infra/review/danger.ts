/** The changes that a reviewer has to see first, in the reader's units, most dangerous first. */

/** In order of severity: new public access comes before higher cost. */
export const dangerKinds = ['opens', 'allows more', 'loses data', 'alerts less', 'shows less', 'costs more'] as const;
export type DangerKind = (typeof dangerKinds)[number];

export type Danger = {
  readonly kind: DangerKind;
  /** The thing and what happens to it, such as "collector-task: adds iam:PassRole on *". */
  readonly text: string;
  /** The stacks in which it happens; empty for what belongs to no stack. */
  readonly stacks: readonly string[];
};

export const danger = (kind: DangerKind, text: string): Danger => ({kind, text, stacks: []});

/** The dangers of several stacks: the same line in two stacks is one line. */
export const mergeStacks = (perStack: ReadonlyMap<string, readonly Danger[]>): readonly Danger[] => {
  const merged = new Map<string, Danger>();
  for (const [stack, dangers] of perStack)
    for (const {kind, text} of dangers) {
      const key = `${kind} ${text}`;
      const known = merged.get(key);
      if (known?.stacks.includes(stack)) continue;
      merged.set(key, {kind, text, stacks: [...(known?.stacks ?? []), stack]});
    }
  return [...merged.values()];
};

const lineOf = ({kind, text, stacks}: Danger): string =>
  `- **${kind}**: ${stacks.length > 0 ? `${stacks.join(', ')}: ` : ''}${text}`;

/** Lines shown in the comment before the rest is counted: the list, its title and the heading fit ten lines. */
export const maxShownDangers = 7;

/** The list as Markdown, most dangerous first. */
export const dangerList = (dangers: readonly Danger[], limit = Number.POSITIVE_INFINITY): readonly string[] => {
  if (dangers.length === 0) return ['Nothing opens, allows more, loses data, alerts less or costs more.'];
  const sorted = dangers.toSorted((a, b) => dangerKinds.indexOf(a.kind) - dangerKinds.indexOf(b.kind));
  const hidden = sorted.slice(limit);
  const counts = dangerKinds
    .map(kind => ({kind, count: hidden.filter(one => one.kind === kind).length}))
    .filter(({count}) => count > 0)
    .map(({kind, count}) => `${count} ${kind}`);
  return [
    ...sorted.slice(0, limit).map(lineOf),
    ...(hidden.length > 0 ? [`- and ${hidden.length} more (${counts.join(', ')}): see "All warnings" below`] : []),
  ];
};
