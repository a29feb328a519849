/** Which data source a query is meant for, from the ways dashboard JSON has of naming one. */
import type {DataSource, Target} from './board-model.ts';
import type {Values} from './interpolate.ts';

/** `unknown`: the type or name of one that cannot be queried here. */
export type Source = 'prometheus' | 'cloudwatch' | {readonly unknown: string};

type Reference = DataSource | string | null | undefined;

/** Grafana's own results, and those of other panels. */
const ownSources = /^-- (?:Grafana|Dashboard) --$|^grafana$/;

const variableIn = (text: string): string | undefined =>
  /^(?:\$(\w+)|\$\{(\w+)\}|\[\[(\w+)\]\])$/.exec(text)?.slice(1).find(Boolean);

/** Other products that name their data source after themselves. */
const otherNames =
  /\b(loki|tempo|jaeger|zipkin|influx\w*|elastic\w*|opensearch|graphite|mysql|postgres\w*|mssql|testdata|pyroscope|parca|azure\w*|stackdriver)\b/i;

/** The type, `default` where the board leaves the choice to Grafana, or the name in angle brackets. */
const typeOf = (reference: Reference, values: Values): string => {
  if (reference === undefined || reference === null) return 'default';
  const {type = '', uid = ''} = typeof reference === 'string' ? {uid: reference} : reference;
  if (ownSources.test(uid)) return uid;
  if (uid === '-- Mixed --' || type === 'mixed') return 'mixed';
  if (type && type !== 'datasource' && !type.includes('$')) return type;
  const variable = variableIn(uid) ?? variableIn(type);
  const value = variable !== undefined && Object.hasOwn(values, variable) ? values[variable] : undefined;
  if (value?.dataSource) return value.dataSource;
  if (/cloudwatch/i.test(uid)) return 'cloudwatch';
  return otherNames.exec(uid)?.[1]?.toLowerCase() ?? 'default';
};

const known = (type: string): Source => {
  if (type === 'cloudwatch') return type;
  if (/prometheus/i.test(type)) return 'prometheus';
  return {unknown: type};
};

/** The source of a variable or an annotation. An unknown name means Prometheus. */
export const sourceOfReference = (reference: Reference, values: Values): Source => {
  const type = typeOf(reference, values);
  return ['default', 'mixed'].includes(type) ? 'prometheus' : known(type);
};

/** The source of a panel's query: its own, else the panel's, else derived from its fields. */
export const sourceOf = (target: Target, panelSource: Reference, values: Values): Source => {
  const own = typeOf(target.datasource, values);
  const type = ['default', 'mixed'].includes(own) ? typeOf(panelSource, values) : own;
  if (!['default', 'mixed'].includes(type)) {
    const source = known(type);
    return source === 'prometheus' && target.expr === undefined && target.namespace !== undefined
      ? 'cloudwatch'
      : source;
  }
  if (target.namespace !== undefined) return 'cloudwatch';
  return target.expr === undefined ? {unknown: 'that the board does not name'} : 'prometheus';
};
