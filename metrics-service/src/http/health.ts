/** Whether the task should be sent requests. */
import type {Lifecycle} from '../lifecycle.ts';
import {drainingError} from './errors.ts';

/** The predecessor's body to the letter: health checks in the field compare it. */
export const healthyBody = {status: 'healthy', service: 'metrics-collection'} as const;

/** @throws HttpError with 503 from SIGTERM on. */
export const checkHealth = ({phase}: Lifecycle): void => {
  if (phase !== 'serving') throw drainingError();
};
