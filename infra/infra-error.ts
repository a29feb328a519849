/** The codes of the errors that the programs of this package report in one line. */
export type InfraErrorCode =
  | 'ERR_AWS_CALL'
  | 'ERR_CHILD_PROGRAM'
  | 'ERR_DATA_FOLDER'
  | 'ERR_EARLIER_TREE'
  | 'ERR_ENGINE'
  | 'ERR_ENGINE_STATE'
  | 'ERR_NO_COLLECTOR'
  | 'ERR_NO_PULUMI'
  | 'ERR_PLAN'
  | 'ERR_POST'
  | 'ERR_PROMETHEUS'
  | 'ERR_REGISTRY'
  | 'ERR_REVIEW_INTERRUPTED'
  | 'ERR_SERVICE'
  | 'ERR_SIMULATION'
  | 'ERR_SETTINGS'
  | 'ERR_SMOKE_TASK'
  | 'ERR_TRAFFIC_SETTINGS'
  | 'ERR_VALUE';

/**
 * The base class of these errors: the code distinguishes them, and the cause is kept. Errors of the Pulumi program
 * extend RunError instead, so that Pulumi prints only their message; they have a code as well.
 */
export abstract class InfraError extends Error {
  abstract readonly code: InfraErrorCode;
}
