/** A panel's links: beside its title, as in Grafana, one is an icon, several are a menu. */
import {type InterpolateFunction, textUtil} from '@grafana/data';
import {Dropdown, Icon, Menu, PanelChrome} from '@grafana/ui';
import type {BoardLink} from './board-model.ts';

export type ShownLink = {readonly label: string; readonly url: string};

/** A panel's links with its variables' values, as its title and its menu show them. */
export const shownLinks = (links: readonly BoardLink[], replaceVariables: InterpolateFunction): readonly ShownLink[] =>
  links.map(({title = 'Link', url = ''}) => ({
    label: replaceVariables(title, undefined, 'text'),
    url: textUtil.sanitizeUrl(replaceVariables(url, undefined, 'percentencode')),
  }));

export const PanelLinks = ({links: shown}: {readonly links: readonly ShownLink[]}) => {
  const [first, ...others] = shown;
  if (!first) return null;
  if (others.length === 0) {
    return (
      <PanelChrome.TitleItem title={first.label} href={first.url} target="_blank">
        <Icon name="external-link-alt" title={first.label} />
      </PanelChrome.TitleItem>
    );
  }
  const menu = () => (
    <Menu>
      {shown.map(({label, url}) => (
        <Menu.Item key={url} label={label} url={url} target="_blank" />
      ))}
    </Menu>
  );
  return (
    <Dropdown overlay={menu}>
      <PanelChrome.TitleItem title="Links">
        <Icon name="link" title="Links" />
      </PanelChrome.TitleItem>
    </Dropdown>
  );
};
