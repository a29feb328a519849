/** No content of a body within the limits ends the process, or delays the others: at defaults, in a small heap. */
import test from 'ava';
import {sampleValue, sumOf} from './exposition-samples.ts';
import {sendShapes} from './hostile-sender.ts';
import {shapes} from './hostile-shapes.ts';
import {registryKey} from './running-service.ts';
import {runSmallHeap} from './small-heap.ts';
import {startClient} from './well-behaved-client.ts';

const hostileKey = 'key-of-the-hostile-00001';
const atOnce = 8;
const maxStallMs = 250;

test('no shape of a body ends the process or blocks the event loop, nor do eight at the same time', async t => {
  t.timeout(300_000);
  const service = await runSmallHeap(t, {METRICS_API_KEY_HOSTILE: hostileKey});
  const wellBehaved = startClient({
    port: service.apiPort,
    key: registryKey,
    service: 'well-behaved',
    metricsPerRequest: 20,
    pauseMs: 5,
    clockMs: service.processorMs,
  });
  service.measure();
  const sent = await sendShapes({
    port: service.apiPort,
    key: hostileKey,
    // The largest that is accepted, and one in which values are not counted before they are built.
    sizes: [service.maxRequestSize, 512 * 1024],
    atOnce,
  });
  await wellBehaved.stop();
  const tool = {type: 'tool_execution', value: 1, dimensions: {tool_name: 'x'.repeat(200), success: 'true'}};
  const batch = {service: 'nginx', metrics: Array.from({length: 1024}, () => tool)};
  t.is((await service.post(batch)).status, 200, 'a batch as large as nginx sends');
  t.true(service.maxRequestSize >= 1e6 && service.maxRequestSize <= 10e6, `${service.maxRequestSize}`);

  t.is(sent.length, shapes.length * 2 * atOnce);
  const expected = new Set<number | string>([200, 400, 413, 422]);
  t.deepEqual(
    sent.filter(({status}) => !expected.has(status)),
    [],
  );
  const p99Ms = wellBehaved.percentileMs(0.99);
  const p99 = `${wellBehaved.elapsedPercentileMs(0.99).toFixed(0)} ms elapsed, ${p99Ms.toFixed(0)} ms of the service's processor time`;
  t.log(`p99 of a well-behaved emitter's ${wellBehaved.requests} requests: ${p99}`);
  t.true(p99Ms < maxStallMs, p99);
  t.deepEqual([...wellBehaved.failures], []);
  const samples = await service.samples();
  t.is(sumOf(samples, 'mcp_tool_executions_total', {service: 'well-behaved'}), wellBehaved.answered);
  t.log(`${(Number(sampleValue(samples, 'process_resident_memory_bytes')) / 1e6).toFixed(0)} MB resident`);
  const {code, stallMs} = await service.end();
  t.is(code, 0);
  t.log(`longest stall: ${stallMs.toFixed(0)} ms`);
  t.true(stallMs < maxStallMs, `the event loop was blocked for ${stallMs} ms`);
});

for (const {name, make} of shapes) {
  test(`the shape "${name}" is within its size`, t => {
    const size = 100_000;
    t.true(make(size).length <= size && make(size).length > size - 20, String(make(size).length));
  });
}
