/**
 * How the exposition is written: Prometheus's text format 0.0.4, or OpenMetrics 1.0 where the reader prefers it.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
import type {Metric} from './metric.ts';

export interface ExpositionFormat {
  readonly contentType: string;
  /** The lines before a family's samples. */
  heading(metric: Pick<Metric, 'name' | 'help' | 'kind' | 'unit'>): string;
  /** The name of the created timestamps of a family's series; undefined if they aren't written. */
  createdName(metric: Pick<Metric, 'name' | 'kind'>): string | undefined;
  /** The value of `le` for the upper bound of a bucket. */
  bound(value: number): string;
  /** The text of another exporter's families, which was written for the text format or for OpenMetrics. */
  readonly end: string;
}

export const quoteLabel = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`;

export const formatNumber = (value: number): string => {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
};

export const textFormat: ExpositionFormat = {
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  heading: ({name, help, kind}) => `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`,
  createdName: () => undefined,
  bound: String,
  end: '',
};

/** A counter's family is named without the suffix of its samples. */
const familyName = ({name, kind}: Pick<Metric, 'name' | 'kind'>): string =>
  kind === 'counter' ? name.replace(/_total$/, '') : name;

/** @param created whether each counter and histogram has a created timestamp */
export const openMetricsFormat = ({created}: {readonly created: boolean}): ExpositionFormat => ({
  contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  heading(metric) {
    const family = familyName(metric);
    const help = metric.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
    // A unit has to be the end of the name.
    const unit = family.endsWith(`_${metric.unit}`) ? `# UNIT ${family} ${metric.unit}\n` : '';
    return `# TYPE ${family} ${metric.kind}\n${unit}# HELP ${family} ${help}\n`;
  },
  createdName: metric => (created && metric.kind !== 'gauge' ? `${familyName(metric)}_created` : undefined),
  bound: value => (Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value)),
  end: '# EOF\n',
});

/** The formats that can be chosen among. */
export interface ExpositionFormats {
  readonly text: ExpositionFormat;
  readonly openMetrics: ExpositionFormat;
}

interface Preference {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 to 1. */
  readonly quality: number;
}

const parseAccept = (accept: string): readonly Preference[] =>
  accept.split(',').map(part => {
    const [type = '', ...rest] = part.split(';').map(piece => piece.trim().toLowerCase());
    const parameters = new Map(
      rest.map(piece => [piece.split('=', 1)[0] ?? '', piece.replace(/^[^=]*=\s*"?([^"]*)"?$/, '$1')]),
    );
    const quality = Number(parameters.get('q') ?? 1);
    return {type, parameters, quality: Number.isFinite(quality) ? quality : 0};
  });

const openMetricsType = 'application/openmetrics-text';

/** Whether a reader that sends this header would rather have OpenMetrics 1.0 than text. */
const prefersOpenMetrics = (accept: string): boolean => {
  const preferences = parseAccept(accept);
  const qualityOf = (accepts: (preference: Preference) => boolean): number =>
    Math.max(0, ...preferences.filter(accepts).map(({quality}) => quality));
  const openMetrics = qualityOf(
    ({type, parameters}) => type === openMetricsType && (parameters.get('version') ?? '1.0.0') === '1.0.0',
  );
  const text = qualityOf(
    ({type, parameters}) => type === 'text/plain' && (parameters.get('version') ?? '0.0.4') === '0.0.4',
  );
  return openMetrics > 0 && openMetrics >= text;
};

/** The format for a reader, from its `Accept` header. One that names neither is given text. */
export const chooseFormat = (accept: string | undefined, {text, openMetrics}: ExpositionFormats): ExpositionFormat =>
  accept !== undefined && prefersOpenMetrics(accept) ? openMetrics : text;

/** Whether a reader accepts gzip, from its `Accept-Encoding` header. */
export const acceptsGzip = (acceptEncoding: string | undefined): boolean => {
  const preferences = parseAccept(acceptEncoding ?? '');
  const gzip =
    preferences.find(({type}) => type === 'gzip' || type === 'x-gzip') ?? preferences.find(({type}) => type === '*');
  return gzip !== undefined && gzip.quality > 0;
};
