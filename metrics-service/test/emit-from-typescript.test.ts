/** The page that shows how to emit from TypeScript: its code runs as it is written there. */
import {execFile} from 'node:child_process';
import {readFile, rm, writeFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test from 'ava';
import {start} from './running-service.ts';

const run = promisify(execFile);

test('the example counts an execution', async t => {
  const key = 'a-key-of-my-server-1';
  const service = await start(t, {variables: {METRICS_API_KEY_MY_SERVER: key}});
  const page = await readFile(new URL('../emit-from-typescript.md', import.meta.url), 'utf8');
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
  // Beside the package's own sources, where its dependencies are found.
  const file = fileURLToPath(new URL(`./emit-example-${process.pid}.ts`, import.meta.url));
  t.teardown(() => rm(file, {force: true}));
  await writeFile(file, code);
  const env = {...process.env, METRICS_URL: `http://127.0.0.1:${service.apiPort}`, METRICS_KEY: key};
  await run(process.execPath, ['--import', 'tsx', file], {env});
  const labels = {
    service: 'my-server',
    success: 'true',
    method: 'tools/call',
    server_name: 'time',
    tool_name: 'now',
    client_name: 'cli',
  };
  t.is(await service.read('mcp_tool_executions_total', labels), 1);
});
