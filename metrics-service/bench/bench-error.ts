/** The errors of the bench. */
import {MetricsServiceError} from '../src/metrics-service-error.ts';

/** `ERR_NOT_LISTENING`: a server ended before it listened. `ERR_NOT_ACCEPTED`: a response to a batch was not 200. */
export type BenchErrorCode = 'ERR_NOT_LISTENING' | 'ERR_NOT_ACCEPTED';

/** A server cannot be measured. */
export class BenchError extends MetricsServiceError {
  override readonly name = 'BenchError';
  readonly code: BenchErrorCode;

  constructor(code: BenchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
