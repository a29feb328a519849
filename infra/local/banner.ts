/** What a person reads once everything runs: where to look, and a first command to paste. */
import {apiKeyVariable, headers, paths} from '@mcp-observability/metrics-service/contract';
import type {WireBatch} from '@mcp-observability/metrics-service/events';
import type {Keys} from './start-options.ts';

/** Where the parts are. */
export interface Addresses {
  /** Scheme, host and port. */
  readonly api: string;
  /** With its path. */
  readonly exposition: string;
  /** Scheme, host and port. */
  readonly prometheus: string;
}

/** Told as nginx, whose word the board takes by default: it shows up there. */
const example: WireBatch = {
  service: 'nginx',
  metrics: [
    {
      type: 'tool_execution',
      value: 1,
      duration_ms: 12,
      dimensions: {
        method: 'tools/call',
        success: true,
        server_name: 'my-server',
        tool_name: 'my-tool',
        client_name: 'curl',
      },
    },
  ],
};

/** The text. A key is shown only where it was made up for this run. */
export const greeting = (addresses: Addresses, {shown}: Keys): string => {
  // A variable may list several keys; the shell takes the first.
  const key = 'key' in shown ? shown.key : `\${${shown.variable}%%,*}`;
  return `
  API         ${addresses.api}${paths.metrics}
  Exposition  ${addresses.exposition}
  Prometheus  ${addresses.prometheus}
  Collector   make-believe: what the Pipeline board says of one is recorded
  API key     ${'key' in shown ? `${shown.key}  (made up for this run; ${apiKeyVariable('local')} sets your own)` : `from ${shown.variable}`}

Send something yourself:

  curl -sS ${addresses.api}${paths.metrics} -H "${headers.apiKey}: ${key}" -H 'Content-Type: application/json' -d '${JSON.stringify(example)}'
`;
};
