/**
 * The profiles dev, prod and lean: every size, count, retention and protection. This is the only place where profiles
 * differ; differences between accounts are in the stack files.
 */
import type {ScrapeInterval} from './timing.ts';

/** CPU units and MiB that Fargate offers together. */
export type FargateSize =
  | {readonly cpu: 256; readonly memory: 512 | 1024 | 2048}
  | {readonly cpu: 512; readonly memory: 1024 | 2048 | 3072 | 4096}
  | {readonly cpu: 1024; readonly memory: 2048 | 3072 | 4096 | 5120 | 6144 | 7168 | 8192}
  | {readonly cpu: 2048; readonly memory: 4096 | 8192 | 12_288 | 16_384}
  | {readonly cpu: 4096; readonly memory: 8192 | 16_384 | 24_576 | 30_720};

/** The expected load of the gateway, from which the rate limit and the estimates of series and cost are derived. */
export type ExpectedLoad = {
  /** MCP requests per second at peak, over all tasks. */
  readonly mcpRequestsPerSecond: number;
  /** Expected number of distinct values of the open labels. */
  readonly reporters: number;
  readonly servers: number;
  readonly toolsPerServer: number;
  readonly clients: number;
  readonly mcpMethods: number;
};

/** Processor architecture of every task, for which the images are built. */
export const architectures = ['X86_64', 'ARM64'] as const;
export type Architecture = (typeof architectures)[number];

/** `spot` is cheaper, and AWS may stop a task with two minutes' notice. */
export const capacities = ['on-demand', 'spot'] as const;
export type Capacity = (typeof capacities)[number];

/** Thresholds of the latency objectives, in seconds. Without these buckets the share of slow events is not exact. */
export const objectiveBounds = [0.25, 5] as const;
type ObjectiveBound = (typeof objectiveBounds)[number];

/** Ascending bucket boundaries in seconds; a list without the objectives' bounds doesn't compile. */
type Boundaries<List extends readonly number[]> = [ObjectiveBound] extends [List[number]] ? List : never;
const boundaries = <const List extends readonly number[]>(list: List & Boundaries<List>): readonly number[] => list;

export type Environment = {
  readonly expectedLoad: ExpectedLoad;
  /** Seconds between two scrapes; timing.ts derives other times from it. */
  readonly scrapeInterval: ScrapeInterval;
  /** Processor architecture of every task, unless the stack file sets another. */
  readonly architecture: Architecture;
  /** Capacity of every task, unless the stack file sets another. */
  readonly capacity: Capacity;
  readonly network: {
    readonly availabilityZones: 2 | 3;
    /** One NAT gateway for all zones, or one in each so that the loss of a zone stops only that zone. */
    readonly natGateways: 'Single' | 'OnePerAz';
    /** Whether a created VPC has an endpoint for AMP: writes and queries then don't depend on a NAT gateway. */
    readonly workspaceEndpoint: boolean;
  };
  readonly workspace: {
    /** `pulumi destroy` forgets the workspace and leaves it in AWS, with all that it stores. */
    readonly retainOnDelete: boolean;
    /** How long AMP keeps samples: at most 1,095 days. */
    readonly retentionDays: number;
    /** Limit of active series; above it AMP drops samples of new series, but still stores those of existing ones. */
    readonly maxSeries: number;
    /** Queries that read more samples than this are logged. */
    readonly loggedQuerySamples: number;
  };
  readonly metricsService: {
    readonly size: FargateSize;
    /**
     * The collector finds tasks by DNS, which returns eight addresses at most, and a rolling deployment runs twice the tasks:
     * so four at most. Past that, raise `size`.
     */
    readonly tasks: {readonly min: 1 | 2 | 3; readonly max: 1 | 2 | 3 | 4};
    /** Maximum number of series of the gateway in one task, as Prometheus stores them. */
    readonly maxSeries: number;
    /** POSTs per minute that one task accepts from one emitter. */
    readonly rateLimit: number;
    /** Bucket boundaries in seconds of every `_seconds` histogram. @default the service's 18 */
    readonly bucketBoundaries?: readonly number[];
  };
  readonly collector: {readonly size: FargateSize; readonly shards: number};
  readonly grafana: {readonly size: FargateSize};
  /** Whether a created VPC logs rejected connections, unless the stack file sets it. */
  readonly flowLogs: boolean;
  /** Whether Container Insights is on. Otherwise there is no alarm on missing tasks, and boards show no task counts. */
  readonly containerInsights: 'disabled' | 'enabled' | 'enhanced';
  /** One of the retention periods of CloudWatch Logs. */
  readonly logRetentionDays: 7 | 14 | 30 | 60 | 90 | 180 | 365;
  /** `pulumi destroy` fails: the workspace, load balancers and repositories with images are protected against deletion. */
  readonly protected: boolean;
  /** Days in which a deleted secret can be restored; 0 deletes it immediately. */
  readonly secretRecoveryDays: 0 | 7 | 30;
};

/** The rate limit in POSTs per minute. One MCP request causes up to three: authentication, execution, latency. Small gateways burst too. */
const rateLimit = ({mcpRequestsPerSecond}: ExpectedLoad): number => Math.max(5_000, 3 * mcpRequestsPerSecond * 60);

const devLoad: ExpectedLoad = {
  mcpRequestsPerSecond: 5,
  reporters: 2,
  servers: 3,
  toolsPerServer: 4,
  clients: 2,
  mcpMethods: 4,
};

const prodLoad: ExpectedLoad = {
  mcpRequestsPerSecond: 200,
  reporters: 2,
  servers: 12,
  toolsPerServer: 8,
  clients: 4,
  mcpMethods: 5,
};

export const environments = {
  dev: {
    expectedLoad: devLoad,
    scrapeInterval: 15,
    architecture: 'X86_64',
    capacity: 'on-demand',
    network: {availabilityZones: 2, natGateways: 'Single', workspaceEndpoint: false},
    workspace: {retainOnDelete: false, retentionDays: 30, maxSeries: 100_000, loggedQuerySamples: 10_000_000},
    metricsService: {
      size: {cpu: 256, memory: 512},
      tasks: {min: 1, max: 2},
      maxSeries: 20_000,
      rateLimit: rateLimit(devLoad),
    },
    collector: {size: {cpu: 256, memory: 512}, shards: 1},
    grafana: {size: {cpu: 512, memory: 1024}},
    flowLogs: false,
    containerInsights: 'enabled',
    logRetentionDays: 14,
    protected: false,
    secretRecoveryDays: 0,
  },
  prod: {
    expectedLoad: prodLoad,
    scrapeInterval: 15,
    architecture: 'X86_64',
    capacity: 'on-demand',
    network: {availabilityZones: 3, natGateways: 'OnePerAz', workspaceEndpoint: true},
    workspace: {retainOnDelete: true, retentionDays: 365, maxSeries: 1_000_000, loggedQuerySamples: 10_000_000},
    metricsService: {
      size: {cpu: 1024, memory: 2048},
      tasks: {min: 2, max: 4},
      maxSeries: 50_000,
      rateLimit: rateLimit(prodLoad),
    },
    collector: {size: {cpu: 512, memory: 2048}, shards: 1},
    grafana: {size: {cpu: 512, memory: 1024}},
    flowLogs: true,
    containerInsights: 'enhanced',
    logRetentionDays: 90,
    protected: true,
    secretRecoveryDays: 30,
  },
  lean: {
    expectedLoad: devLoad,
    scrapeInterval: 60,
    architecture: 'ARM64',
    capacity: 'on-demand',
    network: {availabilityZones: 2, natGateways: 'Single', workspaceEndpoint: false},
    workspace: {retainOnDelete: false, retentionDays: 30, maxSeries: 100_000, loggedQuerySamples: 10_000_000},
    metricsService: {
      size: {cpu: 256, memory: 512},
      tasks: {min: 1, max: 2},
      maxSeries: 20_000,
      rateLimit: rateLimit(devLoad),
      bucketBoundaries: boundaries([0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 30]),
    },
    collector: {size: {cpu: 256, memory: 512}, shards: 1},
    // Half of the others' processor: twice the time for the migrations of a start, within its start period.
    grafana: {size: {cpu: 256, memory: 1024}},
    flowLogs: false,
    containerInsights: 'disabled',
    logRetentionDays: 7,
    protected: false,
    secretRecoveryDays: 0,
  },
} as const satisfies Record<string, Environment>;

export type Profile = keyof typeof environments;
export const profiles = Object.keys(environments) as [Profile, ...Profile[]]; // Object.keys forgets the keys' type
