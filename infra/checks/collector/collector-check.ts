/** Runs the planned configuration on a real collector, through an outage and throttling. */
import {setTimeout as delay} from 'node:timers/promises';
import {jobs} from '@mcp-observability/dashboards';
import {freePort} from '@mcp-observability/tools/ports';
import {waitFor} from '@mcp-observability/tools/wait';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';
import {plan} from '../../plan/plan.ts';
import {readProject, readStack} from '../../plan/project.ts';
import {parseSettings} from '../../src/settings.ts';
import type {ScrapeInterval} from '../../src/timing.ts';
import {type Failure, startWorkspace, type WorkspaceStandIn} from '../../test/amp-stand-in/amp-stand-in.ts';
import {type Parts, startPrometheus, startService, startTraffic, type TrafficTally} from './check-parts.ts';
import {type CheckTimes, checkTimes} from './check-times.ts';
import {
  type FoundCollector,
  findCollector,
  plannedCollector,
  redirectConfig,
  workspacePath,
} from './collector-process.ts';
import {differingSeries, gaps, readySeries} from './collector-samples.ts';

export type CollectorCheck = Parts & {
  /** Root folder of the repository. */
  readonly root: string;
  readonly stack: string;
  /** @default the profile's */
  readonly scrapeInterval?: ScrapeInterval | undefined;
  readonly log: (line: string) => void;
  /** Called with each claim and whether it is true. */
  readonly check: (claim: string, holds: boolean, found?: string) => void;
};

/** The example credentials of AWS's documentation. */
const credentials = {accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'};
const directJob = 'direct';
/** Maximum time that ECS allows between SIGTERM and SIGKILL. */
const stopSeconds = 120;

type Planned = {
  readonly scrapeInterval: ScrapeInterval;
  readonly collector: ReturnType<typeof plannedCollector>;
};

const planned = async ({root, stack, scrapeInterval}: CollectorCheck): Promise<Planned> => {
  const project = readProject(root);
  const config = readStack(project, stack);
  const {environment} = parseSettings(config, project.name, stack);
  return {
    scrapeInterval: scrapeInterval ?? environment.scrapeInterval,
    collector: plannedCollector(await plan({project, stack, config})),
  };
};

type Running = {
  readonly collector: ReturnType<Parts['processes']['start']>;
  /** Returns its output so far. */
  readonly output: () => string;
};

const startCollector = (
  {processes}: Parts,
  found: FoundCollector,
  {command, environment}: {command: readonly string[]; environment: Readonly<Record<string, string>>},
): Running => {
  let text = '';
  const collector = processes.start({
    name: 'the collector',
    program: found.program,
    parameters: found.parameters(environment, command),
    env: {...found.environment, ...environment},
    onOutput: chunk => {
      text = (text + chunk).slice(-1_000_000);
    },
  });
  return {collector, output: () => text};
};

/** Checks that all samples arrive as a direct scrape would store them. */
const checkStart = async (
  {check, signal}: CollectorCheck,
  {workspace, prometheus, times, output}: Proof,
): Promise<void> => {
  await waitFor('the first write', () => workspace.seen.stored > 0, {timeoutMs: times.firstWrite * 1000, signal});
  await waitFor(
    `${times.scrapes} scrapes of every job`,
    () => readySeries(prometheus, [jobs.service, jobs.collector, directJob], times.scrapes),
    {timeoutMs: times.scraped * 1000, intervalMs: 500, signal},
  );
  const warnings = output()
    .split('\n')
    .filter(line => /\t(warn|error)\t|"level":"(warn|error)"/.test(line));
  check('no warnings or errors at startup', warnings.length === 0, warnings.slice(0, 5).join('\n'));
  const {problems} = workspace.seen;
  check('every write is signed for this workspace', problems.size === 0, [...problems].join('; '));
  check(`jobs ${jobs.service} and ${jobs.collector} arrive`, true);
  const {only, count} = await differingSeries(prometheus, directJob, jobs.service);
  check(
    'the same series and labels as a direct scrape',
    only.length === 0 && count > 0,
    only.length > 0 ? only.slice(0, 10).join('\n') : `${count} series`,
  );
};

type Proof = {
  readonly workspace: WorkspaceStandIn;
  /** URL of the Prometheus behind it. */
  readonly prometheus: string;
  readonly times: CheckTimes;
  readonly scrapeInterval: number;
  readonly output: () => string;
};

/** Rejects writes for a while, and checks that later ones are stored again. */
const checkFailure = async (
  {check, log, signal}: CollectorCheck,
  {workspace, times}: Proof,
  {status, seconds}: {status: Failure; seconds: number},
): Promise<void> => {
  const before = workspace.seen.rejected;
  log(`responding with ${status} for ${seconds} s`);
  workspace.failure = status;
  await delay(seconds * 1000, undefined, {signal});
  workspace.failure = undefined;
  const {stored} = workspace.seen;
  const rejected = workspace.seen.rejected - before;
  check(`writes were rejected with ${status}`, rejected > 0, String(rejected));
  await waitFor(`writes after ${status}`, () => workspace.seen.stored > stored, {
    timeoutMs: times.resumed * 1000,
    signal,
  });
  await delay(times.settled * 1000, undefined, {signal});
};

const checkLosses = async ({check}: CollectorCheck, {prometheus, scrapeInterval}: Proof): Promise<void> => {
  for (const job of [jobs.service, jobs.collector]) {
    const found = await gaps(prometheus, job, scrapeInterval);
    check(
      `no sample of ${job} was lost`,
      found.lost.length === 0 && found.samples > 0,
      found.lost.slice(0, 5).join('\n') || `${found.samples} samples of ${found.series} series`,
    );
  }
};

/** The comparison of series means nothing if they did not change. */
const checkTraffic = ({check}: CollectorCheck, {posts, failed, reason}: TrafficTally): void => {
  const found = reason === undefined ? `${posts} posts` : `${failed} of ${posts} failed, the first with ${reason}`;
  check('the service accepted every post of the traffic', failed === 0 && posts > 0, found);
};

const checkEnd = async ({check}: CollectorCheck, {collector}: Running): Promise<void> => {
  const late = new AbortController();
  const ending = await Promise.race([collector.end(), delay(stopSeconds * 1000, undefined, {signal: late.signal})]);
  late.abort();
  check(
    'the collector exits cleanly after SIGTERM',
    ending?.code === 0,
    ending === undefined ? `still running after ${stopSeconds} s` : `exit code ${ending.code ?? ending.signal}`,
  );
};

/**
 * Runs the whole check.
 * @throws {NoCollectorError} where there is none
 * @throws {TimeoutError} when something does not happen in time
 */
export const checkCollector = async (checking: CollectorCheck): Promise<void> => {
  const {stack, root, log, signal} = checking;
  // Cheap, and without a collector nothing else is needed.
  const locate = await findCollector();
  const {scrapeInterval, collector} = await planned(checking);
  const times = checkTimes(scrapeInterval);
  log(`stack      ${stack}, scraped every ${scrapeInterval} s, about ${Math.ceil(times.total / 60)} minutes`);
  const found = locate(collector.image);
  const {prometheus: program, from} = await findPrometheus({log, signal});
  log(`collector  ${found.from} (${found.program})`);
  log(`prometheus ${from} (${program})`);

  const service = await startService(checking, root);
  const {target} = service;
  const prometheus = await startPrometheus(checking, {program, job: directJob, target, scrapeInterval});
  const configuration = collector.environment['AOT_CONFIG_CONTENT'] ?? '';
  const region = collector.environment['AWS_REGION'] ?? '';
  const workspace = await startWorkspace({path: workspacePath(configuration), prometheus, credentials, region});
  const running = startCollector(checking, found, {
    command: collector.command,
    environment: {
      ...collector.environment,
      AOT_CONFIG_CONTENT: redirectConfig(configuration, {
        workspace: workspace.origin,
        target,
        telemetryPort: await freePort(),
        healthPort: await freePort(),
        scrapeInterval,
      }),
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  });
  const stopTraffic = startTraffic(service);
  const proof = {workspace, prometheus, times, scrapeInterval, output: running.output};
  try {
    await checkStart(checking, proof);
    await checkFailure(checking, proof, {status: 503, seconds: times.outage});
    await checkFailure(checking, proof, {status: 429, seconds: times.throttling});
    await checkLosses(checking, proof);
    checkTraffic(checking, await stopTraffic());
    await checkEnd(checking, running);
  } finally {
    await stopTraffic();
    workspace.close();
    await found.clear();
  }
};
