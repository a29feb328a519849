/** The names of all alerts, and the link from each to its section in the runbook. */
import manifest from '../../package.json' with {type: 'json'};

/** Every alert name; each is a heading in the runbook. */
export const alertNames = [
  'MCPHighErrorRate',
  'MCPHighLatency',
  'MCPRegistryDown',
  'MCPAuthErrorBudgetBurn',
  'MCPToolErrorBudgetBurn',
  'MCPAuthLatencyBudgetBurn',
  'MCPToolLatencyBudgetBurn',
  'MetricsServiceDown',
  'MetricsServiceRestarting',
  'EmitterSilent',
  'EmitterRejected',
  'ReporterMute',
  'MetricsRejected',
  'MetricsRateLimited',
  'LabelCardinalityOverflow',
  'EventLoopStalled',
  'RemoteWriteFailing',
] as const;
export type AlertName = (typeof alertNames)[number];

/** The repository's address for browsers: in package.json it starts with `git+` and ends with `.git`. */
const {url, directory} = manifest.repository;
const runbook = `${url.replace(/^git\+/, '').replace(/\.git$/, '')}/blob/HEAD/${directory}/runbook.md`;

/** Link to the alert's section, with GitHub's anchor of the heading. A fork needs to change only `repository` in package.json. */
export const runbookUrl = (alert: AlertName): string => `${runbook}#${alert.toLowerCase()}`;
