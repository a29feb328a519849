import type {TimeRange} from '@grafana/data';
import {Menu} from '@grafana/ui';
import type {PanelModel} from './board-model.ts';
import type {Values} from './interpolate.ts';
import type {ShownLink} from './panel-links.tsx';
import {expressionOf} from './prometheus-query.ts';
import {rangeOf, sourceOf} from './query.ts';

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
  range: boardRange,
  values,
  points,
  links,
  prometheusPage,
  onView,
}: {
  readonly panel: PanelModel;
  readonly range: TimeRange;
  readonly values: Values;
  readonly points: number;
  readonly links: readonly ShownLink[];
  readonly prometheusPage: string;
  readonly onView: () => void;
}) => {
  const range = rangeOf(panel, boardRange);
  const targets = panel.targets.filter(target => target.expr && sourceOf(target, panel) === 'prometheus');
  return (
    <Menu>
      <Menu.Item label="View" icon="eye" shortcut="v" onClick={onView} />
      {targets.map(target => (
        <Menu.Item
          key={target.refId}
          label={targets.length === 1 ? 'Open the query in Prometheus' : `Open query ${target.refId} in Prometheus`}
          icon="external-link-alt"
          target="_blank"
          url={queryPage(
            prometheusPage,
            expressionOf(target, {range, values, points, interval: target.interval || panel.interval}),
            range,
          )}
        />
      ))}
      {links.map(({label, url}) => (
        <Menu.Item key={`${label}${url}`} label={label} icon="link" target="_blank" url={url} />
      ))}
    </Menu>
  );
};
