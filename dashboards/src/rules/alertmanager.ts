/** Who is told of an alert, how often, and which alerts stay quiet because another one says it all. */
import {stringify} from 'yaml';
import {type AlertName, alertNames} from '../signals/runbook.ts';

export type AlertmanagerParameters = {
  /** Of the SNS topic that is told. */
  readonly topicArn: string;
  /** Of the topic. */
  readonly region: string;
};

const receiver = 'sns';

/** `label="a|b"`, as Alertmanager's matchers are written. */
const isOneOf = (label: string, values: readonly string[]): string => `${label}=~"${values.join('|')}"`;
const is = (label: string, value: string): string => `${label}="${value}"`;

type Inhibition = {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  /** Labels that must be the same on both. */
  readonly equal?: readonly string[];
};

const others = (...names: readonly AlertName[]): readonly AlertName[] =>
  alertNames.filter(name => !names.includes(name));

const inhibitions: readonly Inhibition[] = [
  {
    // Where nothing can be written, everything seems absent.
    source_matchers: [is('alertname', 'RemoteWriteFailing'), is('cause', 'silence')],
    target_matchers: [isOneOf('alertname', others('RemoteWriteFailing'))],
  },
  {
    // What the gateway does is known through the service alone. That it restarts says why it is down.
    source_matchers: [is('alertname', 'MetricsServiceDown')],
    target_matchers: [
      isOneOf('alertname', others('MetricsServiceDown', 'MetricsServiceRestarting', 'RemoteWriteFailing')),
    ],
  },
  {
    // An emitter whose events are all rejected is not silent, and that they are many says nothing new.
    source_matchers: [is('alertname', 'EmitterRejected')],
    target_matchers: [isOneOf('alertname', ['EmitterSilent', 'MetricsRejected'])],
    equal: ['emitter'],
  },
  {
    // The rate limit is the more precise of the two: it says what to change.
    source_matchers: [is('alertname', 'MetricsRateLimited')],
    target_matchers: [is('alertname', 'EmitterRejected')],
    equal: ['emitter'],
  },
  {
    source_matchers: [is('severity', 'critical')],
    target_matchers: [
      is('severity', 'warning'),
      isOneOf(
        'alertname',
        alertNames.filter(name => name.endsWith('Burn')),
      ),
    ],
    equal: ['alertname', 'service'],
  },
];

const message = `{{ range .Alerts }}{{ .Status }}: {{ .Annotations.summary }}
{{ .Annotations.description }}
{{ .Annotations.runbook_url }}

{{ end }}`;

const configuration = ({topicArn, region}: AlertmanagerParameters) => ({
  route: {
    receiver,
    group_by: ['alertname', 'severity'],
    // Rule groups are evaluated at moments of their own: what inhibits an alert must get here before it is told.
    group_wait: '30s',
    group_interval: '5m',
    repeat_interval: '4h',
    routes: [
      {matchers: [is('severity', 'critical')], receiver, repeat_interval: '1h'},
      {matchers: [is('severity', 'info')], receiver, repeat_interval: '24h'},
    ],
  },
  inhibit_rules: inhibitions,
  receivers: [
    {
      name: receiver,
      sns_configs: [
        {
          topic_arn: topicArn,
          sigv4: {region},
          send_resolved: true,
          // SNS takes a hundred characters of ASCII.
          subject: '{{ .Status }} {{ .CommonLabels.severity }}: {{ .CommonLabels.alertname }}',
          message,
          // Subscriptions can filter by it.
          attributes: {severity: '{{ .CommonLabels.severity }}'},
        },
      ],
    },
  ],
});

/** The alert manager definition of an AMP workspace: Alertmanager's own configuration under one key. */
export const alertmanager = (parameters: AlertmanagerParameters): string =>
  stringify({alertmanager_config: stringify(configuration(parameters), {lineWidth: 0})}, {lineWidth: 0});
