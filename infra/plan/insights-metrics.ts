/**
 * The metrics that Container Insights reports of tasks on Fargate, by what they are of, from the tables of
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html and
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-enhanced-observability-metrics-ECS.html
 * without those of EC2 instances, EBS volumes and restart policies, which the program has none of. CloudWatch bills each
 * name with each set of dimensions as one metric.
 */

/** Metrics of clusters, services, task definitions and tasks. */
const usage = [
  'CpuReserved',
  'CpuUtilized',
  'EphemeralStorageReserved',
  'EphemeralStorageUtilized',
  'MemoryReserved',
  'MemoryUtilized',
  'NetworkRxBytes',
  'NetworkTxBytes',
  'StorageReadBytes',
  'StorageWriteBytes',
] as const;

const clusterCounts = ['ServiceCount', 'TaskCount'] as const;

const serviceCounts = [
  'DeploymentCount',
  'DesiredTaskCount',
  'PendingTaskCount',
  'RunningTaskCount',
  'TaskSetCount',
] as const;

/** Metrics of the same resources as `usage`, only with enhanced observability. */
const taskUtilization = ['TaskCpuUtilization', 'TaskEphemeralStorageUtilization', 'TaskMemoryUtilization'] as const;

/** Metrics of containers, only with enhanced observability. */
const containerUsage = [
  'ContainerCpuReserved',
  'ContainerCpuUtilization',
  'ContainerCpuUtilized',
  'ContainerMemoryReserved',
  'ContainerMemoryUtilization',
  'ContainerMemoryUtilized',
  'ContainerNetworkRxBytes',
  'ContainerNetworkTxBytes',
  'ContainerStorageReadBytes',
  'ContainerStorageWriteBytes',
] as const;

/** Metrics of containers with a health check, and of their tasks and services, only with enhanced observability. */
const health = ['UnHealthyContainerHealthStatus'] as const;

type Names = readonly string[];

/** Metrics by their dimensions, besides ClusterName. */
export type InsightsMetrics = {
  readonly cluster: Names;
  /** Metrics with the dimension ServiceName. */
  readonly service: Names;
  /** Metrics with the dimension TaskDefinitionFamily. */
  readonly family: Names;
  /** Metrics with ServiceName and TaskId, and again with TaskDefinitionFamily and TaskId. */
  readonly task: Names;
  /** Metrics with ServiceName and ContainerName. */
  readonly serviceContainer: Names;
  /** Metrics with ServiceName, TaskId and ContainerName. */
  readonly container: Names;
};

const standard: InsightsMetrics = {
  cluster: [...usage, ...clusterCounts],
  service: [...usage, ...serviceCounts],
  family: usage,
  task: [],
  serviceContainer: [],
  container: [],
};

const enhanced: InsightsMetrics = {
  cluster: [...usage, ...taskUtilization, ...clusterCounts, ...health],
  service: [...usage, ...taskUtilization, ...serviceCounts, ...health],
  family: [...usage, ...taskUtilization],
  task: [...usage, ...taskUtilization, ...health],
  serviceContainer: [...containerUsage, ...health],
  container: [...containerUsage, ...health],
};

export const insightsMetrics = {enabled: standard, enhanced} as const;

/**
 * Metrics of one service.
 * @param containers per task, with the proxy of Service Connect
 */
export const serviceMetrics = (
  {service, family, task, serviceContainer, container}: InsightsMetrics,
  {tasks, containers}: {readonly tasks: number; readonly containers: number},
): number =>
  service.length +
  family.length +
  serviceContainer.length * containers +
  tasks * (2 * task.length + containers * container.length);
