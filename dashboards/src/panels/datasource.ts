/**
 * The datasources that boards query: each board has a variable for them, so that it can be imported into any Grafana and
 * switched between workspaces.
 */
import {type DataSourceRef, DatasourceVariableBuilder} from '@grafana/grafana-foundation-sdk/dashboard';

/** The uid under which Grafana's provisioning declares the Prometheus datasource. Boards open with it. */
export const prometheusUid = 'prometheus';

/** The same for CloudWatch. Each query names its region: `default` is the datasource's own. */
export const cloudwatchUid = 'cloudwatch';

type Datasource = {
  readonly type: string;
  /** A reference to the board's variable. */
  readonly uid: string;
  readonly variable: string;
  readonly opensWith: {readonly text: string; readonly value: string};
  readonly label: string;
  readonly description: string;
};

const datasources = {
  prometheus: {
    type: 'prometheus',
    variable: 'datasource',
    uid: `\${datasource}`,
    opensWith: {text: 'Prometheus', value: prometheusUid},
    label: 'Data source',
    description: 'The Prometheus or workspace that the panels and annotations query.',
  },
  cloudwatch: {
    type: 'cloudwatch',
    variable: 'cloudwatch',
    uid: `\${cloudwatch}`,
    opensWith: {text: 'CloudWatch', value: cloudwatchUid},
    label: 'CloudWatch',
    description: 'The CloudWatch data source, so the account, that the panels query.',
  },
} as const satisfies Readonly<Record<string, Datasource>>;

const referenceTo = <T extends Datasource>({type, uid}: T): {readonly type: T['type']; readonly uid: T['uid']} => ({
  type,
  uid,
});

export const prometheus = referenceTo(datasources.prometheus);
export const cloudwatch = referenceTo(datasources.cloudwatch);

/** Whether the panel, query or variable queries a Prometheus. */
export const isPrometheus = ({datasource}: {readonly datasource?: DataSourceRef}): boolean =>
  datasource?.type === datasources.prometheus.type;
export const isCloudWatch = ({datasource}: {readonly datasource?: DataSourceRef}): boolean =>
  datasource?.type === datasources.cloudwatch.type;

const variableOf =
  ({variable, type, label, description, opensWith}: Datasource) =>
  () =>
    new DatasourceVariableBuilder(variable).type(type).label(label).description(description).current(opensWith);

/** Lists every Prometheus, and the services that speak its language, such as Amazon's. */
export const prometheusVariable = variableOf(datasources.prometheus);
export const cloudwatchVariable = variableOf(datasources.cloudwatch);

/** The variable's name, for links that keep the choice. */
export const prometheusVariableName = datasources.prometheus.variable;
