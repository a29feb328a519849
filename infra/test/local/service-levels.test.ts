/** Rules and the boards that read them, through the real service and a real Prometheus, beside a collector's exposition. */
import {ruleFiles} from '@mcp-observability/dashboards';
import {verifyBoards} from '@mcp-observability/dashboards/verify';
import {ingested} from '@mcp-observability/metrics-service/catalogue';
import test from 'ava';
import {metricsInRound, sendRound} from './known-traffic.ts';
import {createPipeline, type Pipeline} from './pipeline.ts';

let pipeline: Pipeline;

test.before(async () => {
  pipeline = await createPipeline({withCollector: true});
  await pipeline.startService();
  // One request without a key, so that something was rejected.
  await (await fetch(`${pipeline.service}/metrics`, {method: 'POST'})).body?.cancel();
  await pipeline.until(`sum(${ingested.name}) == 0`);
  // The first of a series is never counted, so the round that is counted is the second.
  await sendRound(pipeline.service, pipeline.key);
  await pipeline.until(`sum(${ingested.name} offset 3s) == ${metricsInRound}`);
  await sendRound(pipeline.service, pipeline.key);
  await pipeline.until(`sum(${ingested.name} offset 3s) == ${2 * metricsInRound}`);
});
test.after.always(() => pipeline?.stop());

/** The round's counts for nginx and auth-server: 3 of 35 calls fail, 1 of 20 authentications. */
const known = [
  {objective: 'auth-availability', service: 'auth-server', bad: 1 / 20, budget: 0.005},
  {objective: 'tool-availability', service: 'nginx', bad: 3 / 35, budget: 0.01},
  {objective: 'auth-latency', service: 'auth-server', bad: 0, budget: 0.01},
  {objective: 'tool-latency', service: 'nginx', bad: 0, budget: 0.05},
] as const;

const recorded = async (name: string, {objective, service}: (typeof known)[number]): Promise<number> => {
  const [answer] = await pipeline.query(`${name}{objective="${objective}", service="${service}"}`);
  return answer?.value ?? Number.NaN;
};

for (const one of known) {
  test(`${one.objective}: compliance, budget left and burn rates are what was sent`, async t => {
    const close = (found: number, expected: number, what: string) =>
      t.true(Math.abs(found - expected) < 1e-6, `${what}: expected ${expected}, found ${found}`);
    close(await recorded('objective_service:mcp_compliance:ratio_30d', one), 1 - one.bad, 'compliance');
    close(
      await recorded('objective_service:mcp_error_budget_left:ratio_30d', one),
      1 - one.bad / one.budget,
      'budget left',
    );
    for (const window of ['5m', '30m', '1h', '2h', '6h', '1d', '3d']) {
      close(
        await recorded(`objective_service:mcp_burn_rate:ratio_${window}`, one),
        one.bad / one.budget,
        `burn over ${window}`,
      );
    }
  });
}

test('every Prometheus query of every board returns data', async t => {
  const results = await verifyBoards({url: pipeline.prometheus, window: '30s', scrapeIntervalSeconds: 1});
  t.deepEqual([...new Set(results.map(({board}) => board))], ['mcp-analytics', 'mcp-pipeline', 'mcp-service-levels']);
  for (const {board, panel, refId, outcome, message, expr} of results) {
    t.is(outcome, 'data', `${board} ${panel} ${refId}: ${message} ${expr}`);
  }
});

test('without a collector only its queries are skipped', async t => {
  const all = await verifyBoards({url: pipeline.prometheus, window: '30s', scrapeIntervalSeconds: 1});
  const without = await verifyBoards({
    url: pipeline.prometheus,
    window: '30s',
    scrapeIntervalSeconds: 1,
    collector: false,
  });
  const left = new Set(without.map(({panel}) => panel));
  t.deepEqual(
    [...new Set(all.map(({panel}) => panel))].filter(panel => !left.has(panel)),
    ['Last Successful Write', 'Collected Data Points', 'Remote Write Failures', 'Collector Queue', 'Collector Memory'],
  );
});

test('Prometheus accepts every rule, and none fails', async t => {
  const response = await fetch(`${pipeline.prometheus}/api/v1/rules`);
  // Its documentation is the contract.
  const {data} = (await response.json()) as {
    data: {groups: {name: string; rules: {name: string; health: string; lastError?: string}[]}[]};
  };
  const rules = data.groups.flatMap(group => group.rules);
  const written = [...ruleFiles().values()].flatMap(text => [...text.matchAll(/^ +expr: /gm)]);
  t.is(rules.length, written.length);
  for (const {name, health, lastError} of rules) {
    t.not(health, 'err', `${name}: ${lastError}`);
  }
});
