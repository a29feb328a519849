/** 20,000 requests that no client should send, from a seed; FUZZ_SEED chooses another. */
import test from 'ava';
import {attack} from './attack.ts';
import {sampleValue, sumOf} from './exposition-samples.ts';
import {createHostile} from './hostile.ts';
import {createRandom, seedOfTests} from './random.ts';
import {logLines, registryKey} from './running-service.ts';
import {runSmallHeap} from './small-heap.ts';
import {startClient} from './well-behaved-client.ts';

const hostileKey = 'key-of-the-hostile-00001';

test('20,000 hostile requests crash nothing, reveal no secret, and do not affect a well-behaved client', async t => {
  t.timeout(600_000);
  const seed = seedOfTests();
  t.log(`FUZZ_SEED=${seed}`);
  const service = await runSmallHeap(t, {
    METRICS_API_KEY_HOSTILE: hostileKey,
    METRICS_RATE_LIMIT: '1000000000',
    // Long enough that a drain which waits for one of them would never end.
    DRAIN_TIMEOUT_SECONDS: '86400',
  });
  const wellBehaved = startClient({
    port: service.apiPort,
    key: registryKey,
    service: 'well-behaved',
    metricsPerRequest: 10,
    pauseMs: 5,
  });
  const random = createRandom(seed);
  const secrets = [registryKey, hostileKey];
  const {requests, responses, accepted, unsure, problems} = await attack({
    port: service.apiPort,
    random,
    next: createHostile({random, key: hostileKey, maxSize: service.maxRequestSize}),
    requests: 20_000,
    connections: 16,
    secrets,
  });
  await wellBehaved.stop();

  t.deepEqual(problems.slice(0, 3), [], `FUZZ_SEED=${seed}`);
  t.is(requests, 20_000);
  // Every possible response to such requests occurred, so none of the checks above was idle.
  for (const status of [200, 400, 401, 404, 405, 413, 415, 422, 431])
    t.true((responses.get(status) ?? 0) > 0, `${status}`);

  t.deepEqual([...wellBehaved.failures], []);
  t.true(wellBehaved.requests > 10);
  const samples = await service.samples();
  t.is(sumOf(samples, 'mcp_tool_executions_total', {service: 'well-behaved'}), wellBehaved.answered);
  t.is(
    sampleValue(samples, 'mcp_tool_execution_duration_seconds_count', {
      service: 'well-behaved',
      success: 'true',
      method: 'tools/call',
      server_name: '_unset',
    }),
    wellBehaved.answered,
  );
  const ofHostile = sumOf(samples, 'mcp_metrics_service_ingested_total') - wellBehaved.answered;
  t.true(
    ofHostile >= accepted && ofHostile <= accepted + unsure,
    `${accepted} answered, ${ofHostile} counted, ${unsure} unsure`,
  );
  t.is(sumOf(samples, 'mcp_metrics_service_requests_total', {code: '500'}), 0);

  service.kill('SIGTERM');
  t.deepEqual(await service.exited, {code: 0, signal: null});
  t.is(service.output.stderr, '');
  t.deepEqual(
    logLines(service).filter(({level}) => Number(level) > 40),
    [],
  );
  for (const secret of secrets) t.false(service.output.stdout.includes(secret));
});
