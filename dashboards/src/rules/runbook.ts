/** Where an alert's reader goes: the heading of its name in the runbook. */

/** The runbook as its readers open it. A fork that moves it changes this line. */
const runbook = 'https://github.com/mcp-observability/mcp-observability/blob/main/dashboards/runbook.md';

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
  'MetricsRejected',
  'MetricsRateLimited',
  'LabelCardinalityOverflow',
  'EventLoopStalled',
  'RemoteWriteFailing',
] as const;
export type AlertName = (typeof alertNames)[number];

/** As GitHub makes an anchor of a heading of one word. */
export const runbookUrl = (alert: AlertName): string => `${runbook}#${alert.toLowerCase()}`;
