/** Where an alert's reader goes: the heading of its name in the runbook. */
import manifest from '../../package.json' with {type: 'json'};

/** Every alert; each has a heading in the runbook. */
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

/** As browsers open the repository: npm's form of its address begins with `git+` and ends with `.git`. */
const {url, directory} = manifest.repository;
const runbook = `${url.replace(/^git\+/, '').replace(/\.git$/, '')}/blob/HEAD/${directory}/runbook.md`;

/** As GitHub makes an anchor of a heading of one word. A fork changes `repository` in package.json, and nothing else. */
export const runbookUrl = (alert: AlertName): string => `${runbook}#${alert.toLowerCase()}`;
