/** Writes the artefacts; the only place that touches the disk. */
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {artefacts} from './artefacts.ts';

const usage = `Usage: npm run generate [-- --out DIR]

Writes the boards as Grafana's provisioning reads them, DIR/dashboards/<uid>.json,
the rules as Prometheus reads them, DIR/rules/*.yaml, and an alert manager definition
for AMP with a topic that doesn't exist, DIR/alertmanager.yaml.
Existing files of the same names are replaced; others are left alone.

  --out DIR   where to write; dashboards/dist when left out
  --help      this text`;

type Request = {readonly help: boolean; readonly out: string};

const request = (): Request => {
  const {values} = parseArgs({options: {out: {type: 'string'}, help: {type: 'boolean', short: 'h'}}});
  if (values.out === '') {
    throw new TypeError('--out: expected a folder, found nothing');
  }
  return {help: values.help ?? false, out: values.out ?? fileURLToPath(new URL('../dist', import.meta.url))};
};

const main = async (): Promise<number> => {
  let asked: Request;
  try {
    asked = request();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return 2;
  }
  if (asked.help) {
    console.log(usage);
    return 0;
  }
  try {
    for (const [name, text] of artefacts()) {
      const file = path.join(asked.out, name);
      await mkdir(path.dirname(file), {recursive: true});
      await writeFile(file, text);
      console.log(path.relative('', file));
    }
    return 0;
  } catch (error) {
    console.error(`--out ${asked.out}: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
};

process.exitCode = await main();
