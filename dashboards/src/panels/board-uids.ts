/** The identifiers by which Grafana knows the boards; links and bookmarks depend on them. */
export const uids = {
  analytics: 'mcp-analytics',
  awsInfrastructure: 'mcp-aws-infrastructure',
  pipeline: 'mcp-pipeline',
  serviceLevels: 'mcp-service-levels',
} as const;
export type BoardUid = (typeof uids)[keyof typeof uids];
