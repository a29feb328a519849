/** How often the endpoint is scraped: in Grafana the “Scrape interval” of a data source. */
import {defaultScrapeIntervalSeconds} from '@mcp-observability/metrics-service/contract';
import {PreviewError} from './preview-error.ts';

/** Milliseconds. */
export const defaultScrapeIntervalMs = defaultScrapeIntervalSeconds * 1000;

/** As `--help` prints it. */
export const defaultScrapeInterval = `${defaultScrapeIntervalMs / 1000}s`;

const units: Readonly<Record<string, number>> = {ms: 1, s: 1000, m: 60_000};

/** @returns milliseconds. @throws PreviewError naming the flag, what was expected and what was found. */
export const parseScrapeInterval = (text: string): number => {
  const [, amount, unit = ''] = /^(\d+)(ms|s|m)$/.exec(text) ?? [];
  const ms = Number(amount) * (units[unit] ?? Number.NaN);
  if (ms > 0) return ms;
  throw new PreviewError(
    'ERR_PREVIEW_VALUE',
    `--scrape-interval: expected a duration such as 15s or 1m, found ${text}`,
  );
};
