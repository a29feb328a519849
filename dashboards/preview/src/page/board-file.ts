/** The classic dashboard inside a saved file: bare, as an HTTP API export or as a Kubernetes-style resource. */
import {PreviewError} from '../preview-error.ts';

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Names a value in a message without printing it: it may be a whole board. */
export const briefly = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isRecord(value)) {
    const keys = Object.keys(value);
    return `an object with ${keys.slice(0, 3).join(', ') || 'no fields'}${keys.length > 3 ? ', …' : ''}`;
  }
  return JSON.stringify(value)?.slice(0, 60) ?? String(value);
};

const schemaV2 = 'schema v2 (`elements` and `layout`): in Grafana, export the dashboard as “Classic”';

/** @throws PreviewError with what was found instead when `json` is not a classic dashboard. */
export const dashboardIn = (json: unknown): Record<string, unknown> => {
  if (!isRecord(json))
    throw new PreviewError('ERR_PREVIEW_BOARDS', `board: expected a dashboard object, found ${briefly(json)}`);
  const {dashboard, spec, metadata} = json;
  if (isRecord(dashboard)) return dashboardIn(dashboard);
  if (isRecord(spec)) {
    const named = isRecord(metadata) && typeof metadata['name'] === 'string' ? {uid: metadata['name']} : {};
    return dashboardIn({...named, ...spec});
  }
  if ('elements' in json)
    throw new PreviewError('ERR_PREVIEW_BOARDS', `board: expected classic dashboard JSON, found ${schemaV2}`);
  const isDashboard = ['panels', 'rows', 'templating', 'schemaVersion', 'title', 'uid'].some(key => key in json);
  if (!isDashboard)
    throw new PreviewError('ERR_PREVIEW_BOARDS', `board: expected a dashboard object, found ${briefly(json)}`);
  return json;
};
