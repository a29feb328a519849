import {createServer} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {freePort, requireFree} from '../src/ports.ts';

const occupy = async (t: ExecutionContext): Promise<number> => {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : t.fail();
};

test('unused ports are free, and stay free', async t => {
  const port = {variable: 'A_PORT', port: await freePort(), purpose: 'a'};
  await requireFree([port], '127.0.0.1');
  await t.notThrowsAsync(requireFree([port], '127.0.0.1'));
});

test('every port in use is reported with its variable', async t => {
  const [one, two] = [await occupy(t), await occupy(t)];
  const error = await t.throwsAsync(
    requireFree(
      [
        {variable: 'ONE_PORT', port: one, purpose: 'the first'},
        {variable: 'FREE_PORT', port: await freePort(), purpose: 'the second'},
        {variable: 'TWO_PORT', port: two, purpose: 'the third'},
      ],
      '127.0.0.1',
    ),
  );
  const lines = error?.message.split('\n') ?? [];
  t.is(lines.length, 2);
  t.regex(lines[0] ?? '', new RegExp(`^ONE_PORT: port ${one}, where the first listens, is in use`));
  t.regex(lines[1] ?? '', new RegExp(`^TWO_PORT: port ${two}, where the third listens, is in use`));
});

(process.platform === 'linux' ? test : test.skip)('the error names the process that uses a port', async t => {
  const port = await occupy(t);
  await t.throwsAsync(requireFree([{variable: 'ONE_PORT', port, purpose: 'it'}], '127.0.0.1'), {
    message: new RegExp(`in use by \\S.*\\(${process.pid}\\)`),
  });
});

test('two parts can not have the same port', async t => {
  const port = await freePort();
  const ports = ['ONE_PORT', 'TWO_PORT'].map(variable => ({variable, port, purpose: variable}));
  await t.throwsAsync(requireFree(ports, '127.0.0.1'), {
    message: `TWO_PORT: expected another port than ONE_PORT's, found ${port}`,
  });
});
