/** The errors of the simulated traffic. */
import {InfraError} from '../../infra-error.ts';

/** A POST got no response. */
export class PostError extends InfraError {
  override readonly name = 'PostError';
  readonly code = 'ERR_POST';
}

/** A defect of the simulation. */
export class SimulationError extends InfraError {
  override readonly name = 'SimulationError';
  readonly code = 'ERR_SIMULATION';
}

/** The environment variables of the traffic's container; the message lists every problem. */
export class TrafficSettingsError extends InfraError {
  override readonly name = 'TrafficSettingsError';
  readonly code = 'ERR_TRAFFIC_SETTINGS';
}
