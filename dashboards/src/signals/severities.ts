/** How urgent an alert is: `critical` pages, `warning` and `info` do not. */
export const severities = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];
