/** What this package is for: the files Grafana and Prometheus read, as text by path. Pure; generate.ts writes them. */
import {dashboards} from './boards.ts';

export {prometheusUid} from './datasource.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Paths are relative, with forward slashes. The same at every call. */
export const artefacts = (): ReadonlyMap<string, string> =>
  new Map(dashboards.map(dashboard => [`dashboards/${dashboard.uid}.json`, json(dashboard)]));
