import {renderTextPanelMarkdown, textUtil} from '@grafana/data';
import {optionsOf, type PanelRendererProps} from './panel-renderer.ts';

/** The page loads nothing of other sites, so an image is replaced by its description and its URL. */
const withoutForeignImages = (html: string): string => {
  const {body} = new DOMParser().parseFromString(html, 'text/html');
  for (const image of body.querySelectorAll('img')) {
    const source = image.getAttribute('src') ?? '';
    if (source.startsWith('data:') || (source.startsWith('/') && !source.startsWith('//'))) continue;
    const words = document.createElement('span');
    words.className = 'foreign-image';
    words.textContent = `[image: ${image.alt || source}]`;
    image.replaceWith(words);
  }
  return body.innerHTML;
};

/** Markdown or HTML, both through Grafana's own sanitizer: the result can neither run nor load anything. */
export const TextPanel = ({panel, replaceVariables}: PanelRendererProps) => {
  const {mode, content} = optionsOf(panel, {mode: 'markdown', content: ''});
  if (mode === 'code') return <pre className="text-panel">{replaceVariables(content, undefined, 'text')}</pre>;
  const text = replaceVariables(content, undefined, 'html');
  const html = mode === 'html' ? textUtil.sanitizeTextPanelContent(text) : renderTextPanelMarkdown(text);
  // biome-ignore lint/security/noDangerouslySetInnerHtml: both branches end in Grafana's sanitizer, and what follows only removes
  return <div className="markdown-html text-panel" dangerouslySetInnerHTML={{__html: withoutForeignImages(html)}} />;
};
