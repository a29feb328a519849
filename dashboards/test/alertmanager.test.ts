import test from 'ava';
import {parse} from 'yaml';
import {alertmanager, artefacts} from '../src/artefacts.ts';
import {alertGroups} from '../src/rules/alerts.ts';
import {type AlertName, alertNames} from '../src/signals/runbook.ts';
import {severities} from '../src/signals/severities.ts';
import {type InhibitRule, type Labels, matches, notInhibited} from './inhibitions.ts';

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
/** What is still told of these alerts. */
const told = (...firing: readonly Labels[]): string[] =>
  notInhibited(configuration.inhibit_rules, firing).map(
    ({alertname = '', severity = ''}) => `${alertname} ${severity}`,
  );
const alert = (name: AlertName, labels: Labels = {}): Labels => ({
  ...all.find(one => one.alertname === name),
  ...labels,
});

test('The definition is one text under the key that AMP reads.', t => {
  t.deepEqual(Object.keys(definition), ['alertmanager_config']);
  t.is(typeof definition.alertmanager_config, 'string');
  t.true(artefacts().get('alertmanager.yaml')?.startsWith('alertmanager_config: |'));
});

test('Everything goes to the topic it was given, signed for its region.', t => {
  const names = configuration.receivers.map(({name}) => name);
  t.deepEqual(names, ['sns']);
  t.like(configuration.receivers[0]?.sns_configs, [{topic_arn: topicArn, sigv4: {region: 'eu-west-1'}}]);
  for (const route of [configuration.route, ...(configuration.route.routes ?? [])]) {
    t.is(route.receiver, 'sns');
  }
});

test('A message says what, why and where to read on; its subject fits SNS.', t => {
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

test('What pages is repeated every hour, what informs once a day, and the rest in between.', t => {
  const repeated = (severity: string) =>
    (configuration.route.routes?.find(({matchers = []}) => matches(matchers, {severity})) ?? configuration.route)
      .repeat_interval;
  t.deepEqual(severities.map(repeated), ['1h', '4h', '24h']);
});

test('Nothing is told sooner than what may hold it back can arrive.', t => {
  t.is(configuration.route.group_wait, '30s');
  for (const {group_wait} of configuration.route.routes ?? []) {
    t.is(group_wait, undefined);
  }
});

test('Alerts of one name and severity come in one message.', t => {
  t.deepEqual(configuration.route.group_by, ['alertname', 'severity']);
});

test('When the service is down, its consequences stay quiet.', t => {
  const consequences = all.filter(
    ({alertname}) => !['MetricsServiceDown', 'RemoteWriteFailing', 'MetricsServiceRestarting'].includes(alertname),
  );
  t.not(consequences.length, 0);
  t.deepEqual(told(...consequences, alert('MetricsServiceDown')), ['MetricsServiceDown critical']);
});

test('That it keeps restarting, or that writes fail, is said even so.', t => {
  t.deepEqual(
    told(
      alert('MetricsServiceDown'),
      alert('MetricsServiceRestarting'),
      alert('RemoteWriteFailing', {cause: 'dropped'}),
    ),
    ['MetricsServiceDown critical', 'MetricsServiceRestarting warning', 'RemoteWriteFailing critical'],
  );
});

test('When nothing arrives, that alone is said.', t => {
  t.deepEqual(
    told(alert('RemoteWriteFailing', {cause: 'silence'}), alert('MetricsServiceDown'), alert('MCPRegistryDown')),
    ['RemoteWriteFailing critical'],
  );
});

test('Dropped data points silence nothing.', t => {
  t.is(told(alert('RemoteWriteFailing', {cause: 'dropped'}), alert('MCPRegistryDown')).length, 2);
});

test('A budget that pages does not warn as well, but only of the same observer.', t => {
  const page = alert('MCPToolErrorBudgetBurn', {severity: 'critical'});
  const warning = alert('MCPToolErrorBudgetBurn', {severity: 'warning'});
  t.deepEqual(told(page, warning), ['MCPToolErrorBudgetBurn critical']);
  t.is(told(page, {...warning, service: 'registry'}).length, 2);
  t.is(told(page, alert('MCPToolLatencyBudgetBurn', {severity: 'warning'})).length, 2);
});

test('an emitter whose events are all rejected is not called silent as well, but another one is', t => {
  const of = (emitter: string) => ({emitter});
  t.deepEqual(
    told(
      alert('EmitterRejected', of('nginx')),
      alert('EmitterSilent', of('nginx')),
      alert('MetricsRejected', of('nginx')),
      alert('EmitterSilent', of('auth-server')),
    ),
    ['EmitterRejected warning', 'EmitterSilent warning'],
  );
});

test('a wrong key is told with the emitter that falls silent', t => {
  t.is(told(alert('EmitterRejected', {emitter: 'unknown'}), alert('EmitterSilent', {emitter: 'nginx'})).length, 2);
});

test('an emitter that meets the rate limit is told once, with the limit as the reason', t => {
  const of = {emitter: 'nginx'};
  t.deepEqual(told(alert('MetricsRateLimited', of), alert('EmitterRejected', of)), ['MetricsRateLimited warning']);
  t.is(told(alert('MetricsRateLimited', of), alert('EmitterRejected', {emitter: 'registry'})).length, 2);
});

test('Each alert by itself is told.', t => {
  for (const one of all) {
    t.is(told(one).length, 1, one.alertname);
  }
});
