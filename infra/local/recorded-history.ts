/**
 * What the recording rules would have written, had they been evaluated while the made-up history happened: boards of
 * objectives read nothing else. `promtool` asks a Prometheus that holds the history, for it evaluates nothing itself.
 */
import {execFile} from 'node:child_process';
import {mkdir, rm, writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {promisify} from 'node:util';
import {freePort} from '@mcp-observability/tools/ports';
import type {Processes} from '@mcp-observability/tools/processes';
import {waitUntilReady} from '@mcp-observability/tools/wait';
import {parse, stringify} from 'yaml';

const run = promisify(execFile);

interface Rule {
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}
interface Group {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly Rule[];
}

/** A rule file as Prometheus reads it: these were written by this repository. */
const groupsOf = (text: string): readonly Group[] => (parse(text) as {readonly groups: readonly Group[]}).groups;

/** Records of different resolutions have one name: an hour's are made of five minutes'. */
const written = ({record, labels: {resolution} = {}}: Rule): string | undefined =>
  resolution === undefined ? record : `${record}{resolution="${resolution}"}`;

/**
 * Recording rules in passes: none reads what its own pass or a later one writes. Other rules are left out.
 * @throws Error when rules read each other in a circle.
 */
export const passesOf = (ruleFiles: Iterable<string>): readonly (readonly Group[])[] => {
  const groups = [...ruleFiles].flatMap(groupsOf);
  let waiting = groups.flatMap(group =>
    group.rules.flatMap(rule => (rule.record === undefined ? [] : [{group, rule}])),
  );
  const passes: Group[][] = [];
  while (waiting.length > 0) {
    const unwritten = new Set(waiting.map(({rule}) => written(rule)));
    const isReady = ({expr}: Rule) =>
      !(expr.match(/[a-zA-Z_:][\w:]*(?:\{resolution="\w+"\})?/g) ?? []).some(read => unwritten.has(read));
    const ready = waiting.filter(({rule}) => isReady(rule));
    if (ready.length === 0) throw new Error(`Recording rules read each other: ${[...unwritten].join(', ')}`);
    passes.push(
      groups
        .map(group => ({...group, rules: ready.filter(one => one.group === group).map(({rule}) => rule)}))
        .filter(({rules}) => rules.length > 0),
    );
    waiting = waiting.filter(one => !ready.includes(one));
  }
  return passes;
};

export interface RecordOptions {
  /** Paths of the programs. */
  readonly prometheus: string;
  readonly promtool: string;
  /** Prometheus's data folder with the history; no server may have it open. */
  readonly data: string;
  /** For rule files and configuration. */
  readonly temporary: string;
  /** Rule files by path; each group's interval is the distance of its samples. */
  readonly rules: ReadonlyMap<string, string>;
  /** First and last evaluation, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly processes: Processes;
  readonly signal: AbortSignal;
}

/** Blocks that are older than a Prometheus keeps by default stay where they are. */
export const keepForever = '--storage.tsdb.retention.time=100y';

/** Longer than the slowest machine takes for the longest history. */
const evaluationMs = 120_000;

/**
 * promtool evaluates and writes a block of two hours at a time for each rule unless it is told to make longer ones: for a
 * month that takes minutes. An answer has at most 11,000 points: at an evaluation per minute, these are 9,720.
 */
const longBlocks = '--max-block-duration=162h';
const longSpanMs = 48 * 3_600_000;

/** When a group is evaluated within its interval follows from its file's name, which must be the same each time. */
const rulesFile = 'rules.yaml';

const evaluate = async (groups: readonly Group[], folder: string, options: RecordOptions): Promise<void> => {
  const {prometheus, promtool, data, from, to, processes, signal} = options;
  const configuration = join(folder, 'prometheus.json');
  await writeFile(configuration, '{}'); // JSON is YAML
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const name = 'Prometheus for the history';
  const server = processes.start({
    name,
    program: prometheus,
    parameters: [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${data}`,
      keepForever,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
  });
  await waitUntilReady({name, url: `${url}/-/ready`, signal});
  const seconds = (ms: number) => String(Math.floor(ms / 1000));
  for (const interval of new Set(groups.map(group => group.interval))) {
    await writeFile(join(folder, rulesFile), stringify({groups: groups.filter(group => group.interval === interval)}));
    const parameters = [
      ...['tsdb', 'create-blocks-from', 'rules', `--url=${url}`, `--output-dir=${resolve(data)}`],
      ...(to - from > longSpanMs ? [longBlocks] : []),
      ...[`--start=${seconds(from)}`, `--end=${seconds(to)}`, `--eval-interval=${interval}`, rulesFile],
    ];
    await run(resolve(promtool), parameters, {
      cwd: folder,
      env: {...process.env, TMPDIR: resolve(folder)},
      signal,
      timeout: evaluationMs,
      maxBuffer: 1e8,
    });
  }
  await server.end();
};

/** Adds blocks to `data`, a pass at a time: only a Prometheus that starts anew sees what the pass before it wrote. */
export const recordHistory = async (options: RecordOptions): Promise<void> => {
  const folder = join(options.temporary, 'recordings');
  await mkdir(folder);
  try {
    for (const groups of passesOf(options.rules.values())) await evaluate(groups, folder, options);
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
};
