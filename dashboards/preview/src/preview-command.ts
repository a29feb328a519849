/** `npm run preview -- serve|pictures|compare`: boards drawn without Grafana. */
import {createProgram, integerOption, runProgram} from '@mcp-observability/tools/command-line';
import {boardsOption, outOption, prometheusOption, scrapeIntervalOption, themeOption} from './command-options.ts';
import {parseEndpoint} from './prometheus-proxy.ts';

const width = integerOption({min: 320, max: 4000});
const defaultPrometheus = 'http://127.0.0.1:9090';

const program = createProgram('npm run preview --', 'Draws dashboards in a browser without Grafana.');

program
  .command('serve')
  .description('serve the boards of dashboards/src on this machine, and redraw them whenever a source is saved')
  .addOption(
    prometheusOption('the endpoint that is queried').default(parseEndpoint(defaultPrometheus), defaultPrometheus),
  )
  .addOption(scrapeIntervalOption())
  .option('--port <n>', 'port of the page', integerOption({min: 0, max: 65_535}), 3000)
  .addOption(boardsOption('in place of dashboards/src'))
  .addHelpText(
    'after',
    `
CloudWatch panels show sample values unless the environment provides AWS credentials (AWS_PROFILE,
AWS_ACCESS_KEY_ID, …). With credentials they query CloudWatch, and AWS charges for it.`,
  )
  .action(async options => (await import('./serve.ts')).serve(options));

program
  .command('pictures')
  .description(
    'take a screenshot of each board, DIR/<uid>.png, over one hour of simulated traffic that is always the same',
  )
  .addOption(outOption('folder for the screenshots'))
  .option('--board <uid...>', 'only these boards')
  .option('--panels', 'also a screenshot of each panel, DIR/<uid>/<id>-<title>.png')
  .option('--unfold', 'expand all rows')
  .addOption(themeOption())
  .option('--width <pixels>', 'width of a screenshot; below 768, boards have one column', width, 1600)
  .addOption(boardsOption('in place of dashboards/src'))
  .addOption(prometheusOption('the endpoint that is queried, as it is now, in place of the simulated traffic'))
  .addOption(scrapeIntervalOption())
  .action(async options => (await import('./pictures.ts')).takePictures(options));

program
  .command('compare')
  .description('compare boards before and after: DIR/summary.md for a pull request, DIR/index.html with screenshots')
  .argument('<reference>', 'before: a git reference such as main or HEAD~1, or a folder of dashboard JSON')
  .addOption(outOption('folder for the report'))
  .addOption(themeOption())
  .option('--width <pixels>', 'width of a board’s screenshot', width, 1600)
  .addOption(boardsOption('as the boards after, in place of dashboards/src'))
  .addOption(prometheusOption('the endpoint that is queried for both, in place of the simulated traffic of each'))
  .addOption(scrapeIntervalOption())
  .addHelpText(
    'after',
    `
Panels are matched by title and, where a title changed, by queries.`,
  )
  .action(async (reference, options) => (await import('./compare.ts')).compare(reference, options));

await runProgram(program);
// Exit even if the browser or a connection pool still has open handles.
process.exit();
