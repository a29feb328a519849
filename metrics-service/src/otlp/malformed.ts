import {MetricsServiceError} from '../metrics-service-error.ts';

/** The body is not an `ExportMetricsServiceRequest`. The message says where and why; it quotes nothing secret. */
export class MalformedExportError extends MetricsServiceError {
  override readonly name = 'MalformedExportError';
  readonly code = 'ERR_MALFORMED_EXPORT';
}
