/** A board in as few words as a reviewer needs: one line a panel, title · unit · expression. */
import type {Dashboard, Panel, RowPanel} from '@grafana/grafana-foundation-sdk/dashboard';
import type {Dataquery} from '@grafana/grafana-foundation-sdk/prometheus';

const unitsOf = ({fieldConfig}: Panel): string => {
  const columns = (fieldConfig?.overrides ?? []).flatMap(({properties}) => properties.filter(({id}) => id === 'unit'));
  return columns.length > 0 ? columns.map(({value}) => value).join(', ') : (fieldConfig?.defaults.unit ?? '');
};

const lineOf = (panel: Panel): string =>
  [
    panel.title,
    unitsOf(panel),
    // The SDK's type says nothing of a query's fields.
    (panel.targets as Dataquery[]).map(({expr}) => expr).join(' ; '),
  ].join(' · ');

export const outline = ({title, templating, panels = []}: Dashboard): string =>
  [
    title,
    ...(templating?.list ?? []).map(({name, definition}) => `$${name} · ${definition}`),
    ...panels.flatMap((panel: Panel | RowPanel) =>
      'panels' in panel ? [`▸ ${panel.title}`, ...panel.panels.map(lineOf)] : [lineOf(panel)],
    ),
    '',
  ].join('\n');
