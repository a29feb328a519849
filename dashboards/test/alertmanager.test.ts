import test from 'ava';
import {parse} from 'yaml';
import {alertmanager, artefacts} from '../src/artefacts.ts';
import {alertGroups} from '../src/rules/alerts.ts';
import {type AlertName, alertNames} from '../src/signals/runbook.ts';
import {severities} from '../src/signals/severities.ts';
import {type InhibitRule, type Labels, matches, uninhibitedAlerts} from './inhibitions.ts';

const topicArn = 'arn:aws:sns:eu-west-1:123456789012:alerts';

type Route = {matchers?: string[]; receiver: string; group_wait?: string; repeat_interval?: string; routes?: Route[]};
type Configuration = {
  route: Route & {group_by: string[]};
  inhibit_rules: InhibitRule[];
  receivers: {
    name: string;
    sns_configs: {topic_arn: string; sigv4: {region: string}; subject: string; message: string}[];
  }[];
};

const definition = parse(alertmanager({topicArn, region: 'eu-west-1'})) as {alertmanager_config: string}; // YAML has no types
const configuration = parse(definition.alertmanager_config) as Configuration;

const all = alertGroups.flatMap(({rules}) =>
  rules.map(({alert, severity, labels}) => ({alertname: alert, severity, service: 'nginx', ...labels})),
);
/** The notifications that remain of these firing alerts. */
const notified = (...firing: readonly Labels[]): string[] =>
  uninhibitedAlerts(configuration.inhibit_rules, firing).map(
    ({alertname = '', severity = ''}) => `${alertname} ${severity}`,
  );
const alert = (name: AlertName, labels: Labels = {}): Labels => ({
  ...all.find(one => one.alertname === name),
  ...labels,
});

test('the definition is one string under the key that AMP reads', t => {
  t.deepEqual(Object.keys(definition), ['alertmanager_config']);
  t.is(typeof definition.alertmanager_config, 'string');
  t.true(artefacts().get('alertmanager.yaml')?.startsWith('alertmanager_config: |'));
});

test('every alert goes to the given topic, with requests signed for its region', t => {
  const names = configuration.receivers.map(({name}) => name);
  t.deepEqual(names, ['sns']);
  t.like(configuration.receivers[0]?.sns_configs, [{topic_arn: topicArn, sigv4: {region: 'eu-west-1'}}]);
  for (const route of [configuration.route, ...(configuration.route.routes ?? [])]) {
    t.is(route.receiver, 'sns');
  }
});

test('a message has the summary, the description and the runbook link, and its subject fits the limit of SNS', t => {
  const {subject = '', message = ''} = configuration.receivers[0]?.sns_configs[0] ?? {};
  for (const annotation of ['summary', 'description', 'runbook_url']) {
    t.true(message.includes(`.Annotations.${annotation}`), annotation);
  }
  const longest = alertNames.toSorted((a, b) => b.length - a.length)[0] ?? '';
  const filled = subject
    .replace('{{ .Status }}', 'resolved')
    .replace('{{ .CommonLabels.severity }}', 'critical')
    .replace('{{ .CommonLabels.alertname }}', longest);
  t.regex(filled, /^[\x20-\x7e]{1,100}$/);
});

test('critical alerts repeat every hour, warnings every four hours, info once per day', t => {
  const repeated = (severity: string) =>
    (configuration.route.routes?.find(({matchers = []}) => matches(matchers, {severity})) ?? configuration.route)
      .repeat_interval;
  t.deepEqual(severities.map(repeated), ['1h', '4h', '24h']);
});

test('notifications wait long enough for inhibiting alerts to arrive', t => {
  t.is(configuration.route.group_wait, '30s');
  for (const {group_wait} of configuration.route.routes ?? []) {
    t.is(group_wait, undefined);
  }
});

test('alerts with the same name and severity are grouped into one message', t => {
  t.deepEqual(configuration.route.group_by, ['alertname', 'severity']);
});

test('MetricsServiceDown inhibits the alerts that follow from it', t => {
  const consequences = all.filter(
    ({alertname}) => !['MetricsServiceDown', 'RemoteWriteFailing', 'MetricsServiceRestarting'].includes(alertname),
  );
  t.not(consequences.length, 0);
  t.deepEqual(notified(...consequences, alert('MetricsServiceDown')), ['MetricsServiceDown critical']);
});

test('MetricsServiceDown does not inhibit restarts and failing writes', t => {
  t.deepEqual(
    notified(
      alert('MetricsServiceDown'),
      alert('MetricsServiceRestarting'),
      alert('RemoteWriteFailing', {cause: 'dropped'}),
    ),
    ['MetricsServiceDown critical', 'MetricsServiceRestarting warning', 'RemoteWriteFailing critical'],
  );
});

test('RemoteWriteFailing inhibits all other alerts when nothing arrives', t => {
  t.deepEqual(
    notified(alert('RemoteWriteFailing', {cause: 'silence'}), alert('MetricsServiceDown'), alert('MCPRegistryDown')),
    ['RemoteWriteFailing critical'],
  );
});

test('dropped data points inhibit nothing', t => {
  t.is(notified(alert('RemoteWriteFailing', {cause: 'dropped'}), alert('MCPRegistryDown')).length, 2);
});

test('a burn-rate page inhibits the warning of the same reporter only', t => {
  const page = alert('MCPToolErrorBudgetBurn', {severity: 'critical'});
  const warning = alert('MCPToolErrorBudgetBurn', {severity: 'warning'});
  t.deepEqual(notified(page, warning), ['MCPToolErrorBudgetBurn critical']);
  t.is(notified(page, {...warning, service: 'registry'}).length, 2);
  t.is(notified(page, alert('MCPToolLatencyBudgetBurn', {severity: 'warning'})).length, 2);
});

test('EmitterRejected inhibits EmitterSilent of the same emitter only', t => {
  const of = (emitter: string) => ({emitter});
  t.deepEqual(
    notified(
      alert('EmitterRejected', of('nginx')),
      alert('EmitterSilent', of('nginx')),
      alert('MetricsRejected', of('nginx')),
      alert('EmitterSilent', of('auth-server')),
    ),
    ['EmitterRejected warning', 'EmitterSilent warning'],
  );
});

test('EmitterRejected for requests without a valid key does not inhibit EmitterSilent', t => {
  t.is(notified(alert('EmitterRejected', {emitter: 'unknown'}), alert('EmitterSilent', {emitter: 'nginx'})).length, 2);
});

test('MetricsRateLimited inhibits EmitterRejected of the same emitter only', t => {
  const of = {emitter: 'nginx'};
  t.deepEqual(notified(alert('MetricsRateLimited', of), alert('EmitterRejected', of)), ['MetricsRateLimited warning']);
  t.is(notified(alert('MetricsRateLimited', of), alert('EmitterRejected', {emitter: 'registry'})).length, 2);
});

test('each alert is notified when no other one fires', t => {
  for (const one of all) {
    t.is(notified(one).length, 1, one.alertname);
  }
});
