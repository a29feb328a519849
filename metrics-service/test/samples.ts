/** Reads the text format of an exposition: https://prometheus.io/docs/instrumenting/exposition_formats/ */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

const toNumber = (text: string): number =>
  text === '+Inf' ? Number.POSITIVE_INFINITY : text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);

/** Throws on a line that is neither comment nor sample. */
export const parseSamples = (text: string): readonly Sample[] =>
  text
    .split('\n')
    .filter(written => written !== '' && !written.startsWith('#'))
    .map(written => {
      const [, name, labels = '', value] = line.exec(written) ?? [];
      if (name === undefined || value === undefined) throw new SyntaxError(`no sample: ${written}`);
      const pairs = [...labels.matchAll(label)].map(([, key = '', quoted = '']) => [key, JSON.parse(`"${quoted}"`)]);
      return {name, labels: Object.fromEntries(pairs), value: toNumber(value)};
    });

const same = (left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): boolean =>
  Object.keys(left).length === Object.keys(right).length &&
  Object.entries(left).every(([name, value]) => right[name] === value);

export const sampleValue = (
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined => samples.find(sample => sample.name === name && same(sample.labels, labels))?.value;

/** The sum of a family's samples that have at least these labels. */
export const sumOf = (
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number =>
  samples
    .filter(
      sample => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    .reduce((sum, {value}) => sum + value, 0);

/** The samples of a family without those at 0, as `name{label="value"}` → value, sorted labels. */
export const nonZero = (samples: readonly Sample[], name: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    samples
      .filter(sample => sample.name === name && sample.value !== 0)
      .map(({labels, value}) => [
        Object.entries(labels)
          .map(([key, text]) => `${key}=${text}`)
          .join(' '),
        value,
      ]),
  );
