/** Prints the metric families of a tree's catalogue as JSON; runs in that tree, whose catalogue may differ from this one. */
import {pathToFileURL} from 'node:url';

const [path = ''] = process.argv.slice(2);
const exported: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href);

const isFamily = (
  value: unknown,
): value is {name: string; kind: string; labels: Record<string, unknown>; buckets?: number[]} =>
  typeof value === 'object' && value !== null && 'name' in value && 'kind' in value && 'labels' in value;

const families = new Map(
  Object.values(exported)
    .flatMap(value => (Array.isArray(value) ? value : [value]))
    .filter(isFamily)
    .map(({name, kind, labels, buckets}) => [
      name,
      {
        name,
        kind,
        labels: Object.fromEntries(
          Object.entries(labels).map(([label, domain]) => [label, Array.isArray(domain) ? domain : null]),
        ),
        ...(buckets && {buckets}),
      },
    ]),
);

process.stdout.write(`${JSON.stringify([...families.values()])}\n`);
