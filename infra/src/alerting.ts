/**
 * Provisional: three alerts and their route, until @mcp-observability/dashboards provides both from its signals.
 */
import {authRequests, toolExecutionDuration, toolExecutions} from '@mcp-observability/metrics-service/catalogue';
import {stringify} from 'yaml';

/** Rule files by path. */
export const artefacts = (): ReadonlyMap<string, string> =>
  new Map([
    [
      'rules/alerts.yaml',
      stringify({
        groups: [
          {
            name: 'alerts',
            rules: [
              {
                alert: 'MCPHighErrorRate',
                expr: `sum(rate(${authRequests.name}{success="false"}[5m])) / sum(rate(${authRequests.name}[5m])) > 0.1`,
                for: '5m',
              },
              {
                alert: 'MCPHighLatency',
                expr: `histogram_quantile(0.95, sum by (le) (rate(${toolExecutionDuration.name}_bucket[5m]))) > 5`,
                for: '5m',
              },
              {
                alert: 'MCPRegistryDown',
                expr: `absent(${toolExecutions.name}) or sum(rate(${toolExecutions.name}[5m])) == 0`,
                for: '5m',
              },
            ],
          },
        ],
      }),
    ],
  ]);

/** The Alertmanager definition of an AMP workspace: everything to one SNS topic. */
export const alertmanager = ({topicArn, region}: {topicArn: string; region: string}): string =>
  stringify({
    alertmanager_config: stringify({
      route: {receiver: 'sns', group_by: ['alertname']},
      receivers: [{name: 'sns', sns_configs: [{topic_arn: topicArn, sigv4: {region}, send_resolved: true}]}],
    }),
  });
