/**
 * One of three emitters fails, in every known way, and exactly its alert is sent. Real requests to the real service by
 * a clock of half a minute per step; what it exposes at each step goes to promtool with the generated rules; the alerts
 * that fire there go through the generated inhibition.
 */
import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import {artefacts, jobs} from '@mcp-observability/dashboards';
import {inhibitRulesOf, type Labels, uninhibitedAlerts} from '@mcp-observability/dashboards/testing/inhibitions';
import {apiKeyVariable, headers, paths, variables} from '@mcp-observability/metrics-service/contract';
import {createService, readSettings} from '@mcp-observability/metrics-service/testing';
import test, {type ExecutionContext} from 'ava';
import {pino} from 'pino';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';

const stepSeconds = 30;
const stepsOf = (minutes: number): number => (minutes * 60) / stepSeconds;
/**
 * Half past a minute: a window of the rules then ends a step before the last good event or a step after it. On the
 * minute it would end exactly on that event, which Prometheus 2 includes and Prometheus 3 leaves out.
 */
const faultyFrom = stepsOf(10.5);
/** Minutes at which the alerts are read, about 14 and 20 after the fault started. */
const moments = [24, 30] as const;
const steps = stepsOf(31);

const emitters = ['registry', 'auth-server', 'library'] as const;
type Emitter = (typeof emitters)[number];
const keyOf = (emitter: Emitter): string => `a-key-of-${emitter}-for-this-test`;
const requestsPerMinute = 60;

const events: {readonly [Name in Emitter]: unknown} = {
  registry: {
    type: 'tool_execution',
    value: 1,
    dimensions: {success: 'true', method: 'tools/call', server_name: 's', tool_name: 't', client_name: 'c'},
  },
  'auth-server': {type: 'auth_request', value: 1, dimensions: {success: true, method: 'm', server: 's'}},
  library: {type: 'custom', value: 1, dimensions: {metric_name: 'n'}},
};
const batchOf = (emitter: Emitter): string =>
  JSON.stringify({service: emitter, metrics: Array.from({length: 20}, () => events[emitter])});

interface Sent {
  readonly body: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Fault {
  /** The emitter whose requests change. */
  readonly emitter: Emitter;
  /** The requests that it sends in a step instead. */
  readonly sends: (batch: string) => readonly Sent[];
  /** The status of each request. */
  readonly status: readonly number[];
  /** Alerts that fire at each of the moments, as `name emitter`. */
  readonly firing: readonly [readonly string[], readonly string[]];
  /** The alerts among them that are sent. */
  readonly told: readonly [readonly string[], readonly string[]];
}

const rejected = ['EmitterRejected library'];
const faults: Readonly<Record<string, Fault>> = {
  nothing: {emitter: 'library', sends: body => [{body}], status: [200], firing: [[], []], told: [[], []]},
  'a wrong key': {
    emitter: 'library',
    sends: body => Array.from({length: 2}, () => ({body, key: 'a-key-of-another-system'})),
    status: [401],
    firing: [['EmitterRejected unknown'], ['EmitterRejected unknown', 'EmitterSilent library']],
    told: [['EmitterRejected unknown'], ['EmitterRejected unknown', 'EmitterSilent library']],
  },
  'a content encoding that is not known': {
    emitter: 'library',
    sends: body => [{body, headers: {'Content-Encoding': 'zstd'}}],
    status: [415],
    firing: [rejected, [...rejected, 'EmitterSilent library']],
    told: [rejected, rejected],
  },
  'one NaN in each batch of 20': {
    emitter: 'library',
    sends: body => Array.from({length: 3}, () => ({body: body.replace('"value":1', '"value":NaN')})),
    status: [200],
    firing: [rejected, rejected],
    told: [rejected, rejected],
  },
  'batches that are cut off': {
    emitter: 'library',
    sends: body => [{body: body.slice(0, -10)}],
    status: [400],
    firing: [
      [...rejected, 'MetricsRejected library'],
      [...rejected, 'EmitterSilent library', 'MetricsRejected library'],
    ],
    told: [rejected, rejected],
  },
  silence: {
    emitter: 'library',
    sends: () => [],
    status: [],
    firing: [[], ['EmitterSilent library']],
    told: [[], ['EmitterSilent library']],
  },
  'more requests than the rate limit': {
    emitter: 'library',
    sends: body => Array.from({length: 2 * requestsPerMinute * (stepSeconds / 60)}, () => ({body})),
    status: [200, 429],
    firing: [
      ['EmitterRejected library', 'MetricsRateLimited library'],
      ['EmitterRejected library', 'MetricsRateLimited library'],
    ],
    told: [['MetricsRateLimited library'], ['MetricsRateLimited library']],
  },
  'silence of the auth server': {
    emitter: 'auth-server',
    sends: () => [],
    status: [],
    firing: [[], ['EmitterSilent auth-server', 'ReporterMute']],
    told: [[], ['EmitterSilent auth-server', 'ReporterMute']],
  },
};

/** One series as promtool reads it. */
interface Recorded {
  readonly series: string;
  readonly values: string;
}

/** Every series of the service at every step, and constant series of a healthy environment. */
class Recording {
  readonly #bySeries = new Map<string, string[]>();

  add(step: number, text: string): void {
    for (const line of text.split('\n')) {
      if (!line.startsWith('mcp_') || line.includes('_bucket{')) continue;
      const space = line.lastIndexOf(' ');
      const values = this.#bySeries.get(line.slice(0, space)) ?? Array.from({length: step}, () => '_');
      this.#bySeries.set(line.slice(0, space), values);
      values.push(line.slice(space + 1));
    }
  }

  get series(): readonly Recorded[] {
    const target = `job="${jobs.service}",instance="a"`;
    const surroundings = [
      `up{${target}}`,
      `otelcol_exporter_queue_capacity{job="${jobs.collector}",instance="b",exporter="e",data_type="metrics"}`,
    ];
    return [
      ...[...this.#bySeries].map(([name, values]) => ({
        series: name.includes('{') ? name.replace('{', `{${target},`) : `${name}{${target}}`,
        values: values.join(' '),
      })),
      ...surroundings.map(series => ({series, values: `1x${steps}`})),
    ];
  }
}

/** Half an hour of three emitters, one of which goes wrong after a third of it. */
const record = async (t: ExecutionContext, {emitter: faulty, sends, status: expected}: Fault): Promise<Recording> => {
  let now = 0;
  const settings = readSettings({
    [variables.host]: '127.0.0.1',
    [variables.apiPort]: '0',
    [variables.expositionPort]: '0',
    [variables.rateLimit]: String(requestsPerMinute),
    [variables.drainTimeout]: '0',
    ...Object.fromEntries(emitters.map(emitter => [apiKeyVariable(emitter), keyOf(emitter)])),
  });
  const service = await createService({settings, log: pino({level: 'silent'}), now: () => now});
  const {apiPort, expositionPort} = await service.listen();
  t.teardown(() => service.drain({awaitScrape: false}));
  const recording = new Recording();
  for (let step = 0; step < steps; step += 1) {
    // Advance the clock before a scrape, so that no event has a later time than the scrape that contains it.
    now = step * stepSeconds * 1000;
    for (const emitter of emitters) {
      const isFaulty = emitter === faulty && step >= faultyFrom;
      const batch = batchOf(emitter);
      for (const {body, key = keyOf(emitter), headers: more = {}} of isFaulty
        ? sends(batch)
        : [{body: batch} as Sent]) {
        const {status} = await fetch(`http://127.0.0.1:${apiPort}${paths.metrics}`, {
          method: 'POST',
          headers: {[headers.apiKey]: key, 'Content-Type': 'application/json', ...more},
          body,
        });
        if (!(isFaulty ? expected : [200]).includes(status)) t.fail(`${emitter} got ${status} at step ${step}`);
      }
    }
    const scrape = await fetch(`http://127.0.0.1:${expositionPort}${paths.metrics}`, {
      headers: {[headers.scrapeTimeout]: '10'},
    });
    recording.add(step, await scrape.text());
  }
  return recording;
};

const warning = 'warning';
/** `name emitter`, or only the name. */
const labelsOf = (alert: string): Labels => {
  const [alertname = '', emitter] = alert.split(' ');
  return {alertname, ...(emitter === undefined ? {} : {emitter}), severity: warning};
};
const formatLabels = (labels: Labels): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}}`;

/** A test for promtool: these alerts fire at these moments, and no others. */
const testFile = (recording: Recording, firing: Fault['firing']): string =>
  JSON.stringify({
    rule_files: ['rules/alerts.yaml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: `${stepSeconds}s`,
        input_series: recording.series,
        promql_expr_test: moments.map((minutes, index) => ({
          expr: 'count by (alertname, emitter, severity) (ALERTS{alertstate="firing"})',
          eval_time: `${minutes}m`,
          exp_samples: (firing[index] ?? []).map(alert => ({labels: formatLabels(labelsOf(alert)), value: 1})),
        })),
      },
    ],
  });

let folder: string;
test.before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'emitter-faults-'));
  await mkdir(path.join(folder, 'rules'));
  for (const [file, text] of artefacts()) if (file.startsWith('rules/')) await writeFile(path.join(folder, file), text);
});
test.after.always(() => rm(folder, {recursive: true, force: true}));

const inhibitRules = inhibitRulesOf(artefacts().get('alertmanager.yaml') ?? '');

for (const [what, fault] of Object.entries(faults)) {
  test.serial(`${what}: exactly its alert is sent, with the name of the emitter`, async t => {
    const recording = await record(t, fault);
    await writeFile(path.join(folder, 'test.json'), testFile(recording, fault.firing));
    const {promtool} = await findPrometheus();
    await t.notThrowsAsync(promisify(execFile)(promtool, ['test', 'rules', 'test.json'], {cwd: folder}));
    t.deepEqual(
      fault.firing.map(alerts => uninhibitedAlerts(inhibitRules, alerts.map(labelsOf))),
      fault.told.map(alerts => alerts.map(labelsOf)),
    );
  });
}
