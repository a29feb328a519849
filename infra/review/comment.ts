/** The review as a pull request's comment, and as a page that is never truncated. */
import {marked} from 'marked';
import {type Danger, dangerList, maxShownDangers} from './danger.ts';

/** A part of the review: made, or the reason why not. */
export type Part = {
  readonly title: string;
  /** Summary of the changes in half a line; empty if the table of stacks contains it. */
  readonly summary: string;
  /** Markdown; empty when there is nothing to add to the summary. */
  readonly details: string;
};

export type Review = {
  /** Listed first, most dangerous first. */
  readonly dangers: readonly Danger[];
  /** The reference that it was compared with, as the user wrote it; `commit` is its commit. */
  readonly base: string;
  readonly commit: string;
  readonly parts: readonly Part[];
  /** A table with one row per stack. */
  readonly stacks: {readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[]};
};

/** A workflow finds the comment that it has to update by this line. */
export const marker = '<!-- mcp-observability review -->';

/** GitHub accepts 65,536 characters (https://github.com/orgs/community/discussions/27190); the rest is room for the last line. */
export const maxCommentLength = 65_000;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

const table = (columns: readonly string[], rows: readonly (readonly string[])[]): readonly string[] =>
  rows.length === 0 ? [] : [row(columns), row(columns.map(() => '---')), ...rows.map(row), ''];

const cut = "\n\n…\n\nThe rest is too long for a comment: the review's page, index.html, has everything.\n";

/** Closes code fences and folds that the cut left open: they would otherwise contain the rest of the comment. */
const shortened = (text: string): string => {
  if (text.length <= maxCommentLength) return text;
  const kept = text.slice(0, text.lastIndexOf('\n', maxCommentLength - cut.length - 40));
  const fences = kept.match(/^```/gm)?.length ?? 0;
  const folds = (kept.match(/<details>/g)?.length ?? 0) - (kept.match(/<\/details>/g)?.length ?? 0);
  return `${kept}${fences % 2 === 1 ? '\n```' : ''}${'\n\n</details>'.repeat(Math.max(0, folds))}${cut}`;
};

/** The whole review as Markdown; the list of dangers is within the first ten lines. */
const toMarkdown = ({base, commit, dangers, parts, stacks}: Review, pictures?: string): string => {
  const text = [
    marker,
    `## Review against ${base} (${commit.slice(0, 12)})`,
    '',
    ...dangerList(dangers, maxShownDangers),
    '',
    ...table(
      ['part', 'what changes'],
      parts.filter(({summary}) => summary !== '').map(({title, summary}) => [title, summary]),
    ),
    ...table(stacks.columns, stacks.rows),
    ...(dangers.length > maxShownDangers ? ['### All warnings', '', ...dangerList(dangers), ''] : []),
    ...parts
      .filter(({details}) => details !== '')
      .flatMap(({title, details}) => [`### ${title}`, '', details.trimEnd(), '']),
  ].join('\n');
  return pictures === undefined
    ? text
    : text.replaceAll(/\]\((boards\/[^)]+)\)/g, `](${pictures.replace(/\/$/, '')}/$1)`);
};

/**
 * The comment, cut to what GitHub accepts; the page has everything.
 *
 * @param pictures address at which the pictures are published, in place of their paths in the review's folder
 */
export const toComment = (review: Review, pictures?: string): string => shortened(toMarkdown(review, pictures));

const style = `
body { margin: 32px auto; max-width: 1400px; padding: 0 24px; background: #111217; color: #ccccdc; font: 14px/1.55 Inter, system-ui, sans-serif; }
a { color: #6e9fff; } h2, h3 { color: #fff; } table { border-collapse: collapse; margin: 12px 0; }
th, td { border: 1px solid #2f3037; padding: 4px 10px; text-align: left; vertical-align: top; }
pre { background: #181b1f; padding: 12px; overflow-x: auto; border-radius: 3px; } code { font: 12px/1.5 ui-monospace, monospace; }
img { max-width: 100%; } details { margin: 12px 0; } summary { cursor: pointer; color: #fff; }
.added { color: #73bf69; } .removed { color: #ff7383; } .touched { color: #ffb357; }
`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const lineClass: Readonly<Record<string, string>> = {'+': 'added', '-': 'removed', '!': 'touched'};

const coloured = (code: string): string =>
  code
    .split('\n')
    .map(line => {
      const name = lineClass[line[0] ?? ''];
      return name === undefined ? escaped(line) : `<span class="${name}">${escaped(line)}</span>`;
    })
    .join('\n');

/** The whole review as a page, as GitHub would render it, with the pictures beside the page. */
export const toPage = async (review: Review): Promise<string> => {
  const comment = toMarkdown(review);
  marked.use({
    gfm: true,
    renderer: {
      code: ({text, lang}) => `<pre><code>${lang === 'diff' ? coloured(text) : escaped(text)}</code></pre>\n`,
    },
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Review</title>
<style>${style}</style>
${await marked.parse(comment)}
${comment.includes('](boards/') ? `<p><a href="boards/index.html">The boards' pictures, panel by panel</a></p>\n` : ''}</html>
`;
};
