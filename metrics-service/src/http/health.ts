/** Whether the task should be sent requests. */
import type {Lifecycle} from '../lifecycle.ts';
import {drainingError} from './errors.ts';

/** The predecessor's body to the letter: health checks in the field compare it. Throws HttpError with 503 from SIGTERM on. */
export const health = ({phase}: Lifecycle): {readonly status: string; readonly service: string} => {
  if (phase !== 'serving') throw drainingError();
  return {status: 'healthy', service: 'metrics-collection'};
};
