/** What a TypeScript emitter may report, derived from the catalogue: a label that a kind hasn't, or a value that a label can't take, doesn't compile. */
import type {gatewayMetrics, Labels, open, ValueOf} from '../catalogue.ts';
import type {EventType} from '../contract.ts';
import type {DimensionValue, WireMetric} from '../json/events.ts';

type Families = typeof gatewayMetrics;

/** Closed labels are asked for, open ones may be left out; `service` is the client's own. Outcomes may be booleans. */
type DimensionsOf<L extends Labels> = {
  readonly [Name in keyof L as L[Name] extends typeof open ? never : Name]:
    | ValueOf<L[Name]>
    | ('true' extends ValueOf<L[Name]> ? boolean : never);
} & {
  readonly [Name in keyof L as L[Name] extends typeof open
    ? Name extends 'service'
      ? never
      : Name
    : never]?: DimensionValue;
};

/** By kind, what becomes labels. */
export type DimensionsByKind = {
  auth_request: DimensionsOf<Families['authRequests']['labels']>;
  /** The label `results` is made from it; negative or absent means unknown. */
  tool_discovery: {readonly results_count?: number | null};
  tool_execution: DimensionsOf<Families['toolExecutions']['labels']>;
  registry_operation: DimensionsOf<Families['registryOperations']['labels']>;
  health_check: DimensionsOf<Families['healthChecks']['labels']>;
  protocol_latency: DimensionsOf<Families['protocolLatency']['labels']>;
  /** Becomes the label `name`. */
  custom: {readonly metric_name: string};
};

/** What is measured beside the labels. */
type MeasuresByKind = {
  [Kind in EventType]: Kind extends 'protocol_latency'
    ? {/** Seconds, 0 to 600. */ readonly value: number}
    : {
        /** How often it happened, 0 to 1,000,000; once when left out. A custom event's may be -1e12 to 1e12, and counts once. */
        readonly value?: number;
        /** Milliseconds, 0 to 86,400,000. */
        readonly duration_ms?: number | null;
      };
};

/** One thing that happened. */
export type Report<Kind extends EventType> = MeasuresByKind[Kind] & {
  readonly dimensions: DimensionsByKind[Kind];
  /** Kept in the history; `error_code`, sizes and stage times are measured as well. */
  readonly metadata?: WireMetric['metadata'];
  /** The present when left out. */
  readonly timestamp?: Date;
};
