import {renderTextPanelMarkdown, textUtil} from '@grafana/data';
import {type Drawing, optionsOf} from './panel-renderer.ts';

/** Markdown or HTML, both through Grafana's own sanitizer: what is left can neither run nor load anything. */
export const TextPanel = ({panel, replaceVariables}: Drawing) => {
  const {mode, content} = optionsOf(panel, {mode: 'markdown', content: ''});
  if (mode === 'code') return <pre className="text-panel">{replaceVariables(content, undefined, 'text')}</pre>;
  const text = replaceVariables(content, undefined, 'html');
  const html = mode === 'html' ? textUtil.sanitizeTextPanelContent(text) : renderTextPanelMarkdown(text);
  // biome-ignore lint/security/noDangerouslySetInnerHtml: both branches end in Grafana's sanitizer
  return <div className="markdown-html text-panel" dangerouslySetInnerHTML={{__html: html}} />;
};
