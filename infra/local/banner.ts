/** The text that `npm start` prints once everything runs: the addresses, and a command to paste. */
import {apiKeyVariable, headers, paths} from '@mcp-observability/metrics-service/contract';
import type {WireBatch} from '@mcp-observability/metrics-service/events';
import type {Keys} from './start-options.ts';

/** Addresses of the programs. */
export interface Addresses {
  /** Scheme, host and port. */
  readonly api: string;
  /** URL of the exposition, with the path. */
  readonly exposition: string;
  /** Scheme, host and port. */
  readonly prometheus: string;
  /** Scheme, host and port; undefined with `--no-boards`. */
  readonly boards?: string;
}

/** Reported by nginx, the reporter that the board selects by default, so that the event shows up there. */
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

/** The example over several lines, as a shell passes it on. */
const body = JSON.stringify(example, null, 1)
  .replaceAll(/\n\s*/g, ' ')
  .replaceAll(/ ("metrics"|"dimensions"|"server_name")/g, '\n      $1');

/** The banner. It shows a key only when the key was generated for this run. */
export const banner = (addresses: Addresses, {shown}: Keys): string => {
  // A variable may list several keys; the shell expression selects the first.
  const key = 'key' in shown ? shown.key : `\${${shown.variable}%%,*}`;
  const boards = addresses.boards === undefined ? '' : `  Boards      ${addresses.boards}  (ready shortly)\n`;
  return `
${boards}  API         ${addresses.api}${paths.metrics}
  Exposition  ${addresses.exposition}
  Prometheus  ${addresses.prometheus}
  Collector   simulated from a recording, for the Pipeline board
  API key     ${'key' in shown ? `${shown.key}  (generated for this run; ${apiKeyVariable('local')} sets your own)` : `from ${shown.variable}`}

Send an event:

  curl -sS ${addresses.api}${paths.metrics} \\
    -H "${headers.apiKey}: ${key}" -H 'Content-Type: application/json' \\
    -d '${body}'
`;
};
