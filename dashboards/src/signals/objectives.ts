/** The service level objectives of the gateway, and the recorded series that show whether they are met. */
import {type defaultBoundaries, type Labels, open} from '@mcp-observability/metrics-service/catalogue';
import type {PromQL, Unit, Window} from '../promql/promql.ts';
import {dataPlaneAuthentications, dataPlaneAuthenticationTime, toolCalls, toolCallTime} from './mcp-signals.ts';
import type {AlertName} from './runbook.ts';

type ByService = {readonly over: Window<'rule'>; readonly by: readonly ['service']};
type Count = (view: ByService) => PromQL<'rule', 'events', 'service'>;

/** Seconds. Must be a bucket boundary of the histogram: counts between two boundaries are not exact. */
type Bound = (typeof defaultBoundaries)[number];
const authBound: Bound = 0.25;
const toolBound: Bound = 5;

export type Objective = {
  readonly title: string;
  readonly promise: string;
  /** The share of events that must be good over 30 days, 0 to 1. */
  readonly target: number;
  readonly alert: AlertName;
  /** All events of the objective. */
  readonly events: Count;
  /** The events that miss it. */
  readonly bad: Count;
};

/** Evaluated per reporter (label `service`): several reporters may report the same call, and each must meet the objective. */
export const objectives = {
  'auth-availability': {
    title: 'Authentication availability',
    promise: '99.5% of authentications for MCP servers succeed',
    target: 0.995,
    alert: 'MCPAuthErrorBudgetBurn',
    events: dataPlaneAuthentications.inWindow,
    bad: dataPlaneAuthentications.failed.inWindow,
  },
  'tool-availability': {
    title: 'Tool availability',
    promise: '99% of tool calls succeed',
    target: 0.99,
    alert: 'MCPToolErrorBudgetBurn',
    events: toolCalls.inWindow,
    bad: toolCalls.failed.inWindow,
  },
  'auth-latency': {
    title: 'Authentication latency',
    promise: '99% of authentications for MCP servers take at most 250ms',
    target: 0.99,
    alert: 'MCPAuthLatencyBudgetBurn',
    events: dataPlaneAuthenticationTime.inWindow,
    bad: view => dataPlaneAuthenticationTime.slowerThan(authBound, view),
  },
  'tool-latency': {
    title: 'Tool latency',
    promise: '95% of tool calls take at most 5s',
    target: 0.95,
    alert: 'MCPToolLatencyBudgetBurn',
    events: toolCallTime.inWindow,
    bad: view => toolCallTime.slowerThan(toolBound, view),
  },
} as const satisfies Readonly<Record<string, Objective>>;

export type ObjectiveId = keyof typeof objectives;
export const objectiveIds = Object.keys(objectives) as [ObjectiveId, ...ObjectiveId[]]; // Object.keys returns string[]

/** The share of events that may be bad, 0 to 1, without the floating-point error of `1 - 0.995`. */
export const errorBudget = (id: ObjectiveId): number => Number((1 - objectives[id].target).toPrecision(6));

/** The windows over which burn rates are recorded. A burn rate of 1 uses up exactly the error budget in 30 days. */
export const burnWindows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
export type BurnWindow = (typeof burnWindows)[number];

/** A series that a rule records, named `level:metric:operation` as Prometheus recommends. */
type Recorded<Name extends string, L extends Labels, U extends Unit> = {
  readonly kind: 'gauge';
  readonly name: Name;
  readonly labels: L;
  readonly unit: U;
};
const recordedGauge = <
  const Name extends `${string}:${string}:${string}`,
  const L extends Labels,
  const U extends Unit,
>(
  name: Name,
  {labels, unit}: {readonly labels: L; readonly unit: U},
): Recorded<Name, L, U> => ({kind: 'gauge', name, labels, unit});

const labels = {objective: objectiveIds, service: open} as const;

/** Number of events in the five minutes before each evaluation. */
export const recordedEvents = recordedGauge('objective_service:mcp_events:increase5m', {labels, unit: 'events'});
export const recordedBadEvents = recordedGauge('objective_service:mcp_bad_events:increase5m', {labels, unit: 'events'});
export const recordedTarget = recordedGauge('objective:mcp_target:ratio', {
  labels: {objective: objectiveIds},
  unit: 'ratio',
});
export const recordedErrorBudget = recordedGauge('objective:mcp_error_budget:ratio', {
  labels: {objective: objectiveIds},
  unit: 'ratio',
});
export const recordedBurnRate = (window: BurnWindow) =>
  recordedGauge(`objective_service:mcp_burn_rate:ratio_${window}`, {labels, unit: 'multiple'});
/** The share of events over 30 days that were good. */
export const recordedCompliance = recordedGauge('objective_service:mcp_compliance:ratio_30d', {labels, unit: 'ratio'});
/** 1 when none of the budget is used, negative when more than all of it is. */
export const recordedBudgetLeft = recordedGauge('objective_service:mcp_error_budget_left:ratio_30d', {
  labels,
  unit: 'ratio',
});
