/** `npm run generate`: writes the generated files to disk. */
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {createProgram, nonEmptyOption, Option, parsedOption, runProgram} from '@mcp-observability/tools/command-line';
import {writeText} from '@mcp-observability/tools/write-text';
import {artefacts} from './artefacts.ts';
import {parseJobName} from './signals/scraping.ts';
import {jobs} from './signals/third-party-metrics.ts';

const program = createProgram(
  'npm run generate --',
  `Writes the boards for Grafana's provisioning to DIR/dashboards/<uid>.json, the rules for Prometheus to DIR/rules/*.yaml, and an alert manager definition for AMP with a placeholder for the SNS topic to DIR/alertmanager.yaml. Existing files with these names are overwritten; other files are not touched.`,
)
  .addOption(
    new Option('--out <dir>', 'where to write')
      .argParser(nonEmptyOption)
      .default(fileURLToPath(new URL('../dist', import.meta.url)), 'dashboards/dist'),
  )
  .option(
    '--job <name>',
    'the job_name by which Prometheus scrapes metrics-service',
    parsedOption(name => parseJobName(name, '--job')),
    jobs.service,
  )
  .option(
    '--no-collector',
    'omit the alert on the collector, its inhibition and its panels: for a Prometheus that scrapes metrics-service without a collector',
  )
  .action(async ({out, ...scraping}) => {
    for (const [name, text] of artefacts(scraping)) {
      const file = path.join(out, name);
      await writeText(file, text);
      const relative = path.relative('', file);
      console.log(relative.startsWith('..') ? path.resolve(file) : relative);
    }
  });

await runProgram(program);
