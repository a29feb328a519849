/** The rules under promtool: its own checks, and every proof written beside them. */
import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {artefacts} from '@mcp-observability/dashboards';
import {proofs, testFile} from '@mcp-observability/dashboards/testing/rule-proofs';
import test from 'ava';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';

const rules = [...artefacts()].filter(([file]) => file.startsWith('rules/'));
const names = rules.map(([file]) => file);
const proofFile = (index: number): string => `proof-${index}.yaml`;

type Run = (...parameters: string[]) => Promise<{readonly status: number; readonly said: string}>;
let folder: string;
let run: Run;
/** What promtool says of each proof's file. */
let verdicts: ReadonlyMap<string, string>;

test.after.always(() => rm(folder, {recursive: true, force: true}));

test.before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rules-'));
  const {promtool} = await findPrometheus();
  run = (...parameters) =>
    new Promise(resolve => {
      execFile(promtool, parameters, {cwd: folder, maxBuffer: 64 * 2 ** 20}, (error, stdout, stderr) => {
        resolve({status: error === null ? 0 : Number(error.code), said: `${stdout}${stderr}`});
      });
    });
  await mkdir(path.join(folder, 'rules'));
  const texts = [...rules, ...proofs.map((proof, index): [string, string] => [proofFile(index), testFile(proof)])];
  await Promise.all(texts.map(([file, text]) => writeFile(path.join(folder, file), text)));
  // One run for all.
  const {said} = await run('test', 'rules', ...proofs.map((_, index) => proofFile(index)));
  verdicts = new Map(
    said
      .split(/^Unit Testing: +/m)
      .slice(1)
      .map(text => [/^\S+/.exec(text)?.[0] ?? '', text]),
  );
});

test('promtool has nothing against the rules.', async t => {
  const {status, said} = await run('check', 'rules', ...names);
  t.is(status, 0, said);
  t.is([...said.matchAll(/SUCCESS/g)].length, names.length, said);
});

for (const [index, {claim}] of proofs.entries()) {
  test(claim, t => {
    const verdict = verdicts.get(proofFile(index)) ?? 'promtool did not come to it';
    t.true(/SUCCESS/.test(verdict), verdict.slice(0, 3000));
  });
}
