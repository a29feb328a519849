/** `npm run generate`: writes the generated files to disk. */
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {artefacts} from './artefacts.ts';
import {call} from './command.ts';
import {jobNameOf, type Scraping} from './signals/scraping.ts';
import {jobs} from './signals/third-party-metrics.ts';

const usage = `Usage: npm run generate [-- --out DIR] [--job NAME] [--no-collector]

Writes the boards for Grafana's provisioning to DIR/dashboards/<uid>.json, the rules for
Prometheus to DIR/rules/*.yaml, and an alert manager definition for AMP with a placeholder
for the SNS topic to DIR/alertmanager.yaml.
Existing files with these names are overwritten; other files are not touched.

  --out DIR       where to write (default: dashboards/dist)
  --job NAME      the job_name by which Prometheus scrapes metrics-service (default: ${jobs.service})
  --no-collector  leaves out the alert on the collector, its inhibition and its panels: for a
                  Prometheus that scrapes metrics-service without a collector
  --help          this text`;

type Request = Required<Scraping> & {readonly out: string};

/** Nothing where help was asked for. @throws {TypeError} naming the flag, what was expected and what was found. */
const request = (): Request | undefined => {
  const {values} = parseArgs({
    options: {
      out: {type: 'string'},
      job: {type: 'string', default: jobs.service},
      'no-collector': {type: 'boolean', default: false},
      help: {type: 'boolean', short: 'h'},
    },
  });
  if (values.help) return undefined;
  if (values.out === '') throw new TypeError('--out: expected a folder, found nothing');
  return {
    out: values.out ?? fileURLToPath(new URL('../dist', import.meta.url)),
    job: jobNameOf(values.job, '--job'),
    collector: !values['no-collector'],
  };
};

const generate = async ({out, ...scraping}: Request): Promise<number> => {
  try {
    for (const [name, text] of artefacts(scraping)) {
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
