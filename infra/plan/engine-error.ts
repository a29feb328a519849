import {InfraError} from '../infra-error.ts';

/** The program or the stand-in of the providers violated a rule of the engine. */
export class EngineError extends InfraError {
  override readonly name = 'EngineError';
  readonly code = 'ERR_ENGINE';
}
