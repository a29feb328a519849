/** Boards and rules for a Prometheus that this project doesn't configure: another job, no collector. */
import test from 'ava';
import {parse} from 'yaml';
import {artefacts} from '../src/artefacts.ts';
import {syntaxErrors} from './promql-parser.ts';

const job = 'serviceMonitor/mcp/gateway/0';
const generated = artefacts({job, collector: false});
const texts = (files: ReadonlyMap<string, string>): string => [...files.values()].join('\n');
/** How often each job is selected. A board is JSON, so quotes are escaped there. */
const jobsIn = (files: ReadonlyMap<string, string>): readonly string[] => [
  ...new Set([...texts(files).matchAll(/\bjob(?:=~?)\\?"([^"\\]*)/g)].map(([, value = '']) => value)),
];

test('every selector has the configured job', t => {
  t.deepEqual(jobsIn(artefacts()).toSorted(), ['mcp-metrics-service', 'mcp-metrics-service|adot-collector']);
  t.deepEqual(jobsIn(artefacts({job: 'gateway'})).toSorted(), ['gateway', 'gateway|adot-collector']);
  t.deepEqual(jobsIn(generated), [job]);
});

test('without a collector no query, alert or inhibition uses its metrics', t => {
  t.regex(texts(artefacts()), /otelcol_/);
  // The board on AWS is about the stack of infra, whatever scrapes.
  const files = new Map([...generated].filter(([path]) => !path.includes('aws')));
  t.notRegex(texts(files), /otelcol_|adot|RemoteWriteFailing|[Cc]ollector/);
});

test('a board without the collector has no gap and numbers its panels from 1', t => {
  type Panel = {id: number; gridPos: {x: number; y: number; w: number; h: number}};
  const {panels} = JSON.parse(generated.get('dashboards/mcp-pipeline.json') ?? '') as {panels: Panel[]}; // as generated
  t.deepEqual(
    panels.map(({id}) => id),
    panels.map((_, index) => index + 1),
  );
  const widths = new Map<number, number>();
  for (const {gridPos} of panels) widths.set(gridPos.y, (widths.get(gridPos.y) ?? 0) + gridPos.w);
  for (const [y, width] of widths) t.is(width, 24, `at y ${y}`);
});

test('expressions with another job parse, and the rest of each rule stays as it is', t => {
  type File = {groups: {rules: {expr: string}[]}[]};
  const rulesOf = (files: ReadonlyMap<string, string>) =>
    (parse(files.get('rules/alerts.yaml') ?? '') as File).groups.flatMap(({rules}) => rules); // as generated
  for (const {expr} of rulesOf(generated)) t.deepEqual(syntaxErrors(expr), [], expr);
  const back = (text: string): string => text.replaceAll(job, 'mcp-metrics-service');
  t.is(back(artefacts({job}).get('rules/recordings.yaml') ?? ''), artefacts().get('rules/recordings.yaml') ?? '');
  t.deepEqual(
    rulesOf(generated).map(rule => back(JSON.stringify(rule))),
    rulesOf(artefacts())
      .map(rule => JSON.stringify(rule))
      .filter(text => !text.includes('RemoteWriteFailing')),
  );
});
