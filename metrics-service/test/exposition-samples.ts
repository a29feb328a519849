/** Reads the text format of an exposition: https://prometheus.io/docs/instrumenting/exposition_formats/ */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;

/** Throws unless the text is nothing but label pairs: a quote that wasn't escaped ends a value early. */
const parseLabels = (text: string): Record<string, string> => {
  const labels: Record<string, string> = {};
  label.lastIndex = 0;
  for (let at = 0; at < text.length; at = label.lastIndex) {
    const [, name = '', quoted = ''] = label.exec(text) ?? [];
    if (name === '') throw new SyntaxError(`no label at ${at}: ${text}`);
    if (name in labels) throw new SyntaxError(`${name} twice: ${text}`);
    labels[name] = quoted.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
};

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
      return {name, labels: parseLabels(labels), value: toNumber(value)};
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
