/** The comparison as Markdown for a pull request's comment, and as a page with the screenshots side by side. */
import type {BoardChange, PanelChange} from './board-diff.ts';

/** Paths of the screenshots, relative to the report. */
export type Pictures = {readonly before?: string; readonly after?: string};

export type Pictured = BoardChange & {
  readonly pictures: Pictures;
  readonly panelPictures: ReadonlyMap<PanelChange, Pictures>;
};

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const summaryOf = (changes: readonly BoardChange[]): string => {
  const touched = changes.filter(({mark}) => mark !== 'same');
  if (touched.length === 0) return 'No board changed.';
  const panels = touched.flatMap(board => board.panels);
  const counts = (['added', 'removed', 'renamed', 'changed'] as const).flatMap(mark => {
    const count = panels.filter(panel => panel.mark === mark).length;
    return count > 0 ? [`${plural(count, 'panel')} ${mark}`] : [];
  });
  return `${plural(touched.length, 'board')} of ${changes.length} differ${touched.length === 1 ? 's' : ''}${counts.length > 0 ? `: ${counts.join(', ')}` : ''}.`;
};

export const toMarkdown = (boards: readonly Pictured[], reference: string): string => {
  const lines = [`## Boards compared with ${reference}`, '', summaryOf(boards), ''];
  for (const {title, uid, mark, words, panels, pictures} of boards) {
    if (mark === 'same') continue;
    lines.push(`### ${title} (\`${uid}\`)${mark === 'changed' ? '' : `: ${mark}`}`, '');
    lines.push(...words.map(word => `- ${word}`));
    for (const panel of panels) {
      lines.push(`- **${panel.title}** ${panel.mark}`, ...panel.words.map(word => `  - ${word}`));
    }
    lines.push('', '| before | after |', '| --- | --- |');
    const image = (path: string | undefined, alt: string) => (path ? `![${title}, ${alt}](${path})` : '');
    lines.push(`| ${image(pictures.before, 'before')} | ${image(pictures.after, 'after')} |`, '');
  }
  return `${lines.join('\n').trimEnd()}\n`;
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Converts the Markdown that the descriptions use. */
const wordHtml = (word: string): string => escaped(word).replaceAll(/`([^`]*)`/g, '<code>$1</code>');

const listHtml = (words: readonly string[]): string =>
  words.length > 0 ? `<ul>${words.map(word => `<li>${wordHtml(word)}</li>`).join('')}</ul>` : '';

const pairHtml = ({before, after}: Pictures, alt: string): string => {
  const side = (label: string, path: string | undefined) =>
    `<figure><figcaption>${label}</figcaption>${
      path
        ? `<a href="${escaped(path)}"><img src="${escaped(path)}" alt="${escaped(`${alt}, ${label}`)}"></a>`
        : '<p>not there</p>'
    }</figure>`;
  return `<div class="pair">${side('before', before)}${side('after', after)}</div>`;
};

const styles = `
body { margin: 24px; background: #111217; color: #ccccdc; font: 14px/1.5 Inter, system-ui, sans-serif; }
code { background: #22252b; padding: 1px 4px; border-radius: 3px; overflow-wrap: anywhere; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; }
figure { margin: 0; } figcaption { color: #9d9fa8; } img { max-width: 100%; border: 1px solid #2f3037; }
.mark { padding: 1px 8px; border-radius: 4px; color: #000; font-size: 12px; }
.changed { background: #ff9830; } .renamed { background: #8ab8ff; } .added { background: #73bf69; } .removed { background: #f2495c; }
details { margin: 16px 0; }
`;

export const toHtml = (boards: readonly Pictured[], reference: string): string => {
  const sections = boards
    .filter(({mark}) => mark !== 'same')
    .map(({title, uid, mark, words, panels, pictures, panelPictures}) => {
      const inner = panels
        .map(
          panel =>
            `<section><h3><span class="mark ${panel.mark}">${panel.mark}</span> ${escaped(panel.title)}</h3>` +
            `${listHtml(panel.words)}${pairHtml(panelPictures.get(panel) ?? {}, panel.title)}</section>`,
        )
        .join('');
      return (
        `<section id="${escaped(uid)}"><h2><span class="mark ${mark}">${mark}</span> ${escaped(title)}</h2>` +
        `${listHtml(words)}${inner}<details open><summary>The whole board</summary>${pairHtml(pictures, title)}</details></section>`
      );
    });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Boards compared with ${escaped(reference)}</title>
<style>${styles}</style>
<h1>Boards compared with ${escaped(reference)}</h1>
<p>${escaped(summaryOf(boards))}</p>
${sections.join('\n')}
</html>
`;
};
