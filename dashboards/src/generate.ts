/** `npm run generate`: writes the generated files to disk. */
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {artefacts} from './artefacts.ts';
import {call} from './command.ts';

const usage = `Usage: npm run generate [-- --out DIR]

Writes the boards for Grafana's provisioning to DIR/dashboards/<uid>.json, the rules for
Prometheus to DIR/rules/*.yaml, and an alert manager definition for AMP with a placeholder
for the SNS topic to DIR/alertmanager.yaml.
Existing files with these names are overwritten; other files are not touched.

  --out DIR   output folder (default: dashboards/dist)
  --help      show this text`;

/** The output folder; undefined when `--help` is given. @throws {TypeError} when an option is not valid. */
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
