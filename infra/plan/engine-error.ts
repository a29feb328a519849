import {InfraError} from '../infra-error.ts';

/** The program, or the stand-in of the providers, did what the engine does not allow. */
export class EngineError extends InfraError {
  override readonly name = 'EngineError';
  readonly code = 'ERR_ENGINE';
}
