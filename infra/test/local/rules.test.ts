/** The rules under promtool: its own checks, and every proof written beside them. The exit status is the verdict. */
import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {availableParallelism, tmpdir} from 'node:os';
import path from 'node:path';
import {artefacts} from '@mcp-observability/dashboards';
import {proofs, testFile} from '@mcp-observability/dashboards/testing/rule-proofs';
import test from 'ava';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';

const rules = [...artefacts()].filter(([file]) => file.startsWith('rules/'));
const names = rules.map(([file]) => file);
const proofFile = (index: number): string => `proof-${index}.yaml`;

type Verdict = {readonly status: number; readonly output: string};
let folder: string;
let promtool: string;

/** Resolves for every exit status; the output is for people and differs between releases. */
const run = (...parameters: readonly string[]): Promise<Verdict> =>
  new Promise((resolve, reject) => {
    execFile(promtool, parameters, {cwd: folder, maxBuffer: 64 * 2 ** 20}, (error, stdout, stderr) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === 'number') resolve({status, output: `${stdout}${stderr}`});
      else reject(error); // promtool did not start, or was killed
    });
  });

/** Each lane runs one promtool at a time. */
const lanes = Array.from({length: availableParallelism()}, (): Promise<unknown> => Promise.resolve());

/** One process per proof, so that every proof has its own status and output. */
const check = (index: number): Promise<Verdict> => {
  const lane = index % lanes.length;
  const verdict = (lanes[lane] ?? Promise.resolve()).then(() => run('test', 'rules', proofFile(index)));
  lanes[lane] = verdict.catch(() => {});
  return verdict;
};

// Runs only when every test passed: the file of a proof that failed stays for a run by hand.
test.after(() => rm(folder, {recursive: true, force: true}));

test.before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rules-'));
  ({promtool} = await findPrometheus());
  await mkdir(path.join(folder, 'rules'));
  const texts = [...rules, ...proofs.map((proof, index): [string, string] => [proofFile(index), testFile(proof)])];
  await Promise.all(texts.map(([file, text]) => writeFile(path.join(folder, file), text)));
});

test('promtool accepts the rules', async t => {
  t.true(names.length > 0);
  const {status, output} = await run('check', 'rules', '--lint-fatal', ...names);
  t.is(status, 0, output);
});

test('an incorrect proof fails, and the output names its query and time', async t => {
  const wrong = testFile({claim: 'seven is eight', input: [], expected: [{at: '9m', query: 'vector(7)', value: 8}]});
  await writeFile(path.join(folder, 'wrong.yaml'), wrong);
  const {status, output} = await run('test', 'rules', 'wrong.yaml');
  t.is(status, 1, output);
  t.true(output.includes('vector(7)') && output.includes('9m'), output);
});

for (const [index, {claim}] of proofs.entries()) {
  test(claim, async t => {
    const {status, output} = await check(index);
    t.is(status, 0, `${output}\nRun it again: cd ${folder} && ${promtool} test rules ${proofFile(index)}`);
  });
}
