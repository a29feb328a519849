import type {TimeRange} from '@grafana/data';
import {Menu} from '@grafana/ui';
import type {PanelModel} from './board-model.ts';
import {sourceOf} from './data-sources.ts';
import type {QueryContext} from './intervals.ts';
import type {ShownLink} from './panel-links.tsx';
import {expressionOf} from './prometheus-query.ts';

/** Prometheus's own page with one expression, over the same time. */
const queryPage = (page: string, expression: string, range: TimeRange): string => {
  const seconds = Math.round((range.to.valueOf() - range.from.valueOf()) / 1000);
  const parameters = new URLSearchParams({
    'g0.expr': expression,
    'g0.tab': '0',
    'g0.range_input': `${seconds}s`,
    'g0.end_input': range.to.utc().format('YYYY-MM-DD HH:mm:ss'),
  });
  return `${page}/graph?${parameters}`;
};

export const PanelMenu = ({
  panel,
  context,
  links,
  prometheusPage,
  onView,
}: {
  readonly panel: PanelModel;
  /** The options that the panel's queries share. */
  readonly context: QueryContext;
  readonly links: readonly ShownLink[];
  readonly prometheusPage: string;
  readonly onView: () => void;
}) => {
  const {range, values} = context;
  const targets = panel.targets.filter(
    target => target.expr && sourceOf(target, panel.datasource, values) === 'prometheus',
  );
  return (
    <Menu>
      <Menu.Item label="View" icon="eye" shortcut="v" onClick={onView} />
      {targets.map(target => (
        <Menu.Item
          key={target.refId}
          label={targets.length === 1 ? 'Open the query in Prometheus' : `Open query ${target.refId} in Prometheus`}
          icon="external-link-alt"
          target="_blank"
          url={queryPage(prometheusPage, expressionOf(target, context), range)}
        />
      ))}
      {links.map(({label, url}) => (
        <Menu.Item key={`${label}${url}`} label={label} icon="link" target="_blank" url={url} />
      ))}
    </Menu>
  );
};
