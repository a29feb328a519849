/** Reads the samples that arrived from Prometheus's HTTP API. */
import {PrometheusError} from '../../local/local-error.ts';

type Labels = Readonly<Record<string, string>>;
type Vector = {readonly metric: Labels; readonly values: readonly (readonly [number, string])[]};

const api = async <T>(prometheus: string, path: string, parameters: Readonly<Record<string, string>>): Promise<T> => {
  const response = await fetch(`${prometheus}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const body = (await response.json()) as {status: string; data: T; error?: string}; // Prometheus's documented envelope
  if (body.status !== 'success') throw new PrometheusError(`${path}: ${body.error}`);
  return body.data;
};

/** Raw samples of the last hour, longer than any check takes. */
const samples = async (prometheus: string, job: string, metric = ''): Promise<readonly Vector[]> =>
  (await api<{result: Vector[]}>(prometheus, 'query', {query: `${metric}{job="${job}"}[1h]`})).result;

/** Whether `up` of each job has at least `count` samples. */
export const readySeries = async (prometheus: string, jobs: readonly string[], count: number): Promise<boolean> => {
  const found = await Promise.all(jobs.map(job => samples(prometheus, job, 'up')));
  return found.every(vectors => (vectors[0]?.values.length ?? 0) >= count);
};

const text = ({job: _, ...labels}: Labels): string =>
  JSON.stringify(
    Object.entries(labels)
      .map(([label, value]) => [label, boundaryLabels.has(label) ? boundary(value) : value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const boundaryLabels: ReadonlySet<string> = new Set(['le', 'quantile']);

/** Prometheus 2 stores `5` as it was exposed, Prometheus 3 and the collector store `5.0`: both mean the same bucket. */
const boundary = (value: string): string => (Number.isFinite(Number(value)) ? String(Number(value)) : value);

/**
 * Prometheus stores the creation time of a series as a separate series; the collector turns it into the samples' start
 * time.
 */
const isCreated = ({__name__: name}: Labels): boolean => name?.endsWith('_created') ?? false;

/** Series that one job has and the other lacks, compared without the label `job`. */
export const differingSeries = async (
  prometheus: string,
  direct: string,
  written: string,
): Promise<{readonly only: readonly string[]; readonly count: number}> => {
  const of = async (job: string): Promise<ReadonlySet<string>> =>
    new Set(
      (await api<Labels[]>(prometheus, 'series', {'match[]': `{job="${job}"}`}))
        .filter(labels => !isCreated(labels))
        .map(text),
    );
  const [left, right] = await Promise.all([of(direct), of(written)]);
  return {
    count: right.size,
    only: [
      ...[...left].filter(one => !right.has(one)).map(one => `not written: ${one}`),
      ...[...right].filter(one => !left.has(one)).map(one => `not in a direct scrape: ${one}`),
    ],
  };
};

/**
 * Gaps of more than one and a half intervals between samples of a series. Only for `up` and for what the catalogue and
 * the collector declare: some of Node's series come and go with the process's activity.
 */
export const gaps = async (prometheus: string, job: string, interval: number) => {
  const vectors = (await samples(prometheus, job)).filter(({metric}) =>
    /^(up|mcp_.*|otelcol_.*)$/.test(metric['__name__'] ?? ''),
  );
  const lost = vectors.flatMap(({metric, values}) =>
    values.flatMap(([time], index) => {
      const step = time - (values[index - 1]?.[0] ?? time);
      return step > 1.5 * interval ? [`${step.toFixed(0)} s without a sample of ${JSON.stringify(metric)}`] : [];
    }),
  );
  return {lost, series: vectors.length, samples: vectors.reduce((sum, {values}) => sum + values.length, 0)};
};
