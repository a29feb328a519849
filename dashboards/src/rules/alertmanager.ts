/** Where alerts are sent, how often, and which alerts are inhibited while another one fires. */
import {stringify} from 'yaml';
import {type AlertName, alertNames} from '../signals/runbook.ts';

export type AlertmanagerParameters = {
  /** ARN of the SNS topic that receives every notification. */
  readonly topicArn: string;
  /** AWS region of the topic. */
  readonly region: string;
  /** Whether a collector writes the samples. Without one, its alert inhibits no other. @default true */
  readonly collector?: boolean;
};

const receiver = 'sns';

/** An Alertmanager matcher of the form `label=~"a|b"`. */
const isOneOf = (label: string, values: readonly string[]): string => `${label}=~"${values.join('|')}"`;
const is = (label: string, value: string): string => `${label}="${value}"`;

type Inhibition = {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  /** Labels that must have the same value on the source and the target. */
  readonly equal?: readonly string[];
};

const except = (names: readonly AlertName[], ...left: readonly AlertName[]): readonly AlertName[] =>
  names.filter(name => !left.includes(name));

/** While nothing can be written, every series seems absent. */
const collectorSilence: Inhibition = {
  source_matchers: [is('alertname', 'RemoteWriteFailing'), is('cause', 'silence')],
  target_matchers: [isOneOf('alertname', except(alertNames, 'RemoteWriteFailing'))],
};

const inhibitions = (collector: boolean): readonly Inhibition[] => [
  ...(collector ? [collectorSilence] : []),
  {
    // Everything known about the gateway comes through metrics-service. MetricsServiceRestarting stays, as it shows
    // why the service is down.
    source_matchers: [is('alertname', 'MetricsServiceDown')],
    target_matchers: [
      isOneOf('alertname', except(alertNames, 'MetricsServiceDown', 'MetricsServiceRestarting', 'RemoteWriteFailing')),
    ],
  },
  {
    // An emitter whose events are rejected is not silent, and their rate adds no information.
    source_matchers: [is('alertname', 'EmitterRejected')],
    target_matchers: [isOneOf('alertname', ['EmitterSilent', 'MetricsRejected'])],
    equal: ['emitter'],
  },
  {
    // MetricsRateLimited is the more precise of the two: it names what to change.
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

const configuration = ({topicArn, region, collector = true}: AlertmanagerParameters) => ({
  route: {
    receiver,
    group_by: ['alertname', 'severity'],
    // Rule groups are evaluated at different times: an inhibiting alert must arrive before the notification is sent.
    group_wait: '30s',
    group_interval: '5m',
    repeat_interval: '4h',
    routes: [
      {matchers: [is('severity', 'critical')], receiver, repeat_interval: '1h'},
      {matchers: [is('severity', 'info')], receiver, repeat_interval: '24h'},
    ],
  },
  inhibit_rules: inhibitions(collector),
  receivers: [
    {
      name: receiver,
      sns_configs: [
        {
          topic_arn: topicArn,
          sigv4: {region},
          send_resolved: true,
          // SNS limits a subject to 100 ASCII characters.
          subject: '{{ .Status }} {{ .CommonLabels.severity }}: {{ .CommonLabels.alertname }}',
          message,
          // Subscriptions can filter by this attribute.
          attributes: {severity: '{{ .CommonLabels.severity }}'},
        },
      ],
    },
  ],
});

/** The alert manager definition of an AMP workspace, as YAML: an Alertmanager configuration as the string value of `alertmanager_config`. */
export const alertmanager = (parameters: AlertmanagerParameters): string =>
  stringify({alertmanager_config: stringify(configuration(parameters), {lineWidth: 0})}, {lineWidth: 0});
