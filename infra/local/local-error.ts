/** The errors of `npm start` and `npm run backfill`. */
import {InfraError} from '../infra-error.ts';

/** The folder for Prometheus's data can't be used. */
export class DataFolderError extends InfraError {
  override readonly name = 'DataFolderError';
  readonly code = 'ERR_DATA_FOLDER';
}

/** A Prometheus can't be used: none that works was found or downloaded, or a query failed. */
export class PrometheusError extends InfraError {
  override readonly name = 'PrometheusError';
  readonly code = 'ERR_PROMETHEUS';
}
