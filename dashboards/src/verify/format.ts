/** Formats samples for a terminal, in the unit of their panel. */
import type {Panel} from '@grafana/grafana-foundation-sdk/dashboard';
import type {Dataquery} from '@grafana/grafana-foundation-sdk/prometheus';
import type {Sample} from './endpoint.ts';

const shown = 3;

const rounded = (value: number): string => new Intl.NumberFormat('en', {maximumSignificantDigits: 3}).format(value);

/** Formatters by Grafana's unit id. */
const formatters: Readonly<Record<string, (value: number) => string>> = {
  percentunit: value => `${rounded(value * 100)}%`,
  s: value => (value < 1 ? `${rounded(value * 1000)}ms` : `${rounded(value)}s`),
  bytes: value => `${rounded(value)} B`,
  eps: value => `${rounded(value)}/s`,
};

/** The unit of the panel, or in a table the unit of the column, which an override for its heading sets. */
const unitOf = ({fieldConfig}: Panel, {legendFormat}: Dataquery): string => {
  const column = fieldConfig?.overrides.find(
    ({matcher}) => matcher.id === 'byName' && matcher.options === legendFormat,
  );
  return String(column?.properties.find(({id}) => id === 'unit')?.value ?? fieldConfig?.defaults.unit ?? '');
};

const fillLabels = (legend: string, labels: Sample['labels']): string =>
  legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? label);

/** The last number of each series; undefined when no series has one. */
export const formatSamples = (samples: readonly Sample[], panel: Panel, query: Dataquery): string | undefined => {
  const last = samples.flatMap(({labels, values}) => {
    const value = values.findLast(Number.isFinite);
    return value === undefined ? [] : [{labels, value}];
  });
  if (last.length === 0) {
    return undefined;
  }
  const write = formatters[unitOf(panel, query)] ?? rounded;
  const {legendFormat: legend = ''} = query;
  const series = last.slice(0, shown).map(({labels, value}) => {
    // In a table the legend is the heading of the column; the labels identify the row.
    const name = panel.type === 'table' ? Object.values(labels).join(' ') : fillLabels(legend, labels);
    return name === panel.title ? write(value) : `${name} ${write(value)}`;
  });
  const text = [...series, ...(last.length > shown ? [`${last.length - shown} more`] : [])].join(', ');
  return panel.type === 'table' ? `${legend}: ${text}` : text;
};
