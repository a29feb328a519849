/** How many files an event passes through, from the socket to the exposition: the first map of CONTRIBUTING. */
import {readFile} from 'node:fs/promises';
import {Session} from 'node:inspector/promises';
import {basename} from 'node:path';
import test from 'ava';
import {start} from './running-service.ts';

const sources = new URL('../src/', import.meta.url).href;

test('the map from an event to the exposition names the files that run, and an event passes through at most 12 of them', async t => {
  const service = await start(t);
  const session = new Session();
  session.connect();
  t.teardown(() => session.disconnect());
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', {callCount: true, detailed: true});
  const {status} = await service.send({
    type: 'tool_execution',
    value: 1,
    duration_ms: 12.5,
    timestamp: '2026-11-28T12:00:00.123456',
    dimensions: {success: true, method: 'tools/call', server_name: 'time', tool_name: 'now', client_name: 'cli'},
    metadata: {input_size_bytes: 100},
  });
  t.is(status, 200);
  t.regex(await service.scrape(), /^mcp_tool_executions_total\{.*tool_name="now".*\} 1$/m);
  const {result} = await session.post('Profiler.takePreciseCoverage');
  const files = result.flatMap(({url, functions}) => {
    // tsx wraps functions to keep their names.
    const isCalled = functions.some(
      ({functionName, ranges}) => functionName !== '__name' && (ranges[0]?.count ?? 0) > 0,
    );
    // Timers run beside the request.
    const isTimer = url.endsWith('/periodic-work.ts');
    return url.startsWith(sources) && isCalled && !isTimer ? [url.slice(sources.length)] : [];
  });
  const text = await readFile(new URL('../../.github/CONTRIBUTING.md', import.meta.url), 'utf8');
  const [, map = ''] = /\*\*From an event to the exposition:\*\*(.*?)An OTLP export/s.exec(text) ?? [];
  const rows = [...map.matchAll(/^\| `metrics-service\/src\/(.+?)`/gm)].map(([, file]) => file);
  t.true(rows.length <= 12);
  const named = [...map.matchAll(/`(?:metrics-service\/src\/)?([\w/-]+\.ts)`/g)].map(([, file = '']) => file);
  const names = new Set(named.map(file => basename(file)));
  t.deepEqual(
    files.filter(file => !names.has(basename(file))),
    [],
    'a file that the map does not name',
  );
  const called = new Set(files.map(file => basename(file)));
  t.deepEqual(
    [...names].filter(file => !called.has(file)),
    [],
    'a file that the map names and nothing runs',
  );
});
