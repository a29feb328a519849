/** Made-up history, as Prometheus will hold it. */
import {execFile} from 'node:child_process';
import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {catalogue} from '@mcp-observability/metrics-service/catalogue';
import test from 'ava';
import {historyText, loadHistory, scrapeMs} from '../history.ts';
import {findPrometheus} from '../prometheus.ts';

const from = Date.UTC(2026, 0, 15, 11, 50);
const options = {seed: 3, from, to: from + 600_000, rate: 5, job: 'j', instance: 'i:1'};

const textOf = async (more = {}): Promise<string> => {
  let text = '';
  for await (const slice of historyText({...options, ...more})) text += slice;
  return text;
};

test('the same seed and times make the same text, another seed another', async t => {
  const [first, second, third] = await Promise.all([textOf(), textOf(), textOf({seed: 4})]);
  t.is(first, second);
  t.not(first, third);
});

test('it holds one scrape for each interval, every sample with its target and time, and the end mark', async t => {
  const text = await textOf();
  const ups = text.match(/^up\{job="j",instance="i:1"\} 1 \d+$/gm) ?? [];
  t.is(ups.length, 600_000 / scrapeMs + 1);
  t.true(text.endsWith('# EOF\n'));
  const strays = text
    .split('\n')
    .filter(line => !/^([a-z0-9_]+\{job="j",instance="i:1"[^\n]*\} \S+ \d+|# EOF|)$/i.test(line));
  t.deepEqual(strays, []);
});

test('what the catalogue names is what it holds', async t => {
  const text = await textOf();
  for (const {name} of [catalogue.toolExecutions, catalogue.authRequests, catalogue.ingested]) {
    t.true(text.includes(`\n${name}{`), name);
  }
});

test('promtool loads it as blocks, and the text is gone afterwards', async t => {
  t.timeout(120_000, 'Prometheus may have to be fetched');
  const {promtool} = await findPrometheus();
  const temporary = await mkdtemp(join(tmpdir(), 'history-test-'));
  t.teardown(() => rm(temporary, {recursive: true, force: true}));
  const data = join(temporary, 'data');
  await loadHistory({...options, promtool, data, temporary});
  t.deepEqual(await readdir(temporary), ['data']);
  const {stdout} = await promisify(execFile)(promtool, ['tsdb', 'list', data]);
  t.regex(stdout, new RegExp(`${from}\\s+\\d+\\s`), stdout); // a block that begins where the history does
});
