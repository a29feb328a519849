/** `npm run generate`: writes the artefacts; the only place that does. */
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {artefacts} from './artefacts.ts';
import {call} from './command.ts';

const usage = `Usage: npm run generate [-- --out DIR]

Writes the boards as Grafana's provisioning reads them, DIR/dashboards/<uid>.json,
the rules as Prometheus reads them, DIR/rules/*.yaml, and an alert manager definition
for AMP with a topic that doesn't exist, DIR/alertmanager.yaml.
Existing files of the same names are replaced; others are left alone.

  --out DIR   where to write; dashboards/dist when left out
  --help      this text`;

/** The folder; nothing where help was asked for. @throws {TypeError} naming the flag, what was expected and what was found. */
const request = (): string | undefined => {
  const {values} = parseArgs({options: {out: {type: 'string'}, help: {type: 'boolean', short: 'h'}}});
  if (values.help) return undefined;
  if (values.out === '') throw new TypeError('--out: expected a folder, found nothing');
  return values.out ?? fileURLToPath(new URL('../dist', import.meta.url));
};

const generate = async (out: string): Promise<number> => {
  try {
    for (const [name, text] of artefacts()) {
      const file = path.join(out, name);
      await mkdir(path.dirname(file), {recursive: true});
      await writeFile(file, text);
      console.log(path.relative('', file));
    }
    return 0;
  } catch (error) {
    console.error(`--out ${out}: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
};

await call({usage, request, run: generate});
