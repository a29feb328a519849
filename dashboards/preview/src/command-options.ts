/** Options that several subcommands of `npm run preview` have, each declared once. */
import {existsSync} from 'node:fs';
import {resolve} from 'node:path';
import {InvalidArgumentError, nonEmptyOption, Option, parsedOption} from '@mcp-observability/tools/command-line';
import {parseEndpoint} from './prometheus-proxy.ts';
import {defaultScrapeInterval, defaultScrapeIntervalMs, parseScrapeInterval} from './scrape-interval.ts';

const existing = (text: string): string => {
  const path = resolve(nonEmptyOption(text));
  if (existsSync(path)) return path;
  throw new InvalidArgumentError(`expected a folder of dashboard JSON or one file, found nothing at ${text}`);
};

export const boardsOption = (purpose: string) =>
  new Option('--boards <path>', `a folder of dashboard JSON, or one file, ${purpose}`).argParser(existing);

export const prometheusOption = (description: string) =>
  new Option('--prometheus <url>', description).argParser(parsedOption(parseEndpoint));

export const scrapeIntervalOption = () =>
  new Option('--scrape-interval <duration>', 'how often that Prometheus scrapes, as Grafana’s data source has it')
    .argParser(parsedOption(parseScrapeInterval))
    .default(defaultScrapeIntervalMs, defaultScrapeInterval);

export const outOption = (description: string) =>
  new Option('--out <dir>', description).argParser(text => resolve(nonEmptyOption(text))).makeOptionMandatory();

export const themeOption = () =>
  new Option('--theme <theme>', 'Grafana’s theme').choices(['dark', 'light'] as const).default('dark' as const);

export const report = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
