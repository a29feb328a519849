/** The page that shows how to emit from TypeScript: its code runs as it is written there. */
import {execFile} from 'node:child_process';
import {readFile, rm, writeFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {start} from './running-service.ts';

const run = promisify(execFile);

const key = 'a-key-of-my-server-1';

/** Runs the example of the page with this key against a new service. */
const emit = async (t: ExecutionContext, keyOfEmitter: string) => {
  const service = await start(t, {variables: {METRICS_API_KEY_MY_SERVER: key}});
  const page = await readFile(new URL('../emit-from-typescript.md', import.meta.url), 'utf8');
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
  // Beside the package's own sources, where its dependencies are found.
  const file = fileURLToPath(new URL(`./emit-example-${process.pid}-${keyOfEmitter}.ts`, import.meta.url));
  t.teardown(() => rm(file, {force: true}));
  await writeFile(file, code);
  const env = {...process.env, METRICS_URL: `http://127.0.0.1:${service.apiPort}`, METRICS_KEY: keyOfEmitter};
  const {stderr} = await run(process.execPath, ['--import', 'tsx', file], {env});
  return {service, stderr};
};

test('the example counts an execution', async t => {
  const {service, stderr} = await emit(t, key);
  t.is(stderr, '');
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

test('the example prints that a wrong key is rejected', async t => {
  const {stderr} = await emit(t, 'not-the-key-of-my-server');
  t.regex(stderr, /Unauthorized|401/);
});
