/** The memory of bodies goes by their bytes, whatever parts a client divides them into. */
import test from 'ava';
import {BodyParts} from '../src/http/body-parts.ts';
import {registryKey, runReady, until} from './running-service.ts';
import {open} from './socket.ts';

test('a body is what its parts add up to, whatever their sizes', t => {
  const sizes = [1, 1023, 1, 1024, 1, 4095, 1, 1, 4096, 1023, 1023, 1023, 1023, 1023, 5000, 7, 0, 1];
  for (let first = 0; first <= sizes.length; first += 1) {
    const parts = sizes.slice(first).map((size, index) => Buffer.alloc(size, index + 1));
    const body = new BodyParts();
    for (const part of parts) body.add(part);
    t.deepEqual(body.take(), Buffer.concat(parts));
    t.is(body.take().length, 0);
  }
});

test('chunks of one byte take no more memory than large ones', async t => {
  const service = await runReady(t, {MAX_REQUEST_SIZE: '1MB'}, {node: ['--max-heap-size=96']});
  const clients = await Promise.all(Array.from({length: 40}, () => open(t, service.apiPort)));
  const head = `POST /metrics HTTP/1.1\r\nHost: x\r\nX-API-Key: ${registryKey}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const body = JSON.stringify({service: 'registry', metrics: [{type: 'custom', value: 1}]}).padEnd(60_000);
  const chunks = [...body].map(character => `1\r\n${character}\r\n`).join('');
  // 2,400,000 parts, which as objects would be 1 GB.
  for (const client of clients) client.write(`${head}${chunks}`);
  await until(() => clients.every(({socket}) => socket.writableLength === 0), service);
  for (const client of clients) {
    client.write('0\r\n\r\n');
    t.regex(await client.until(/"request_id"[^}]*\}$/), /^HTTP\/1\.1 200 .*"accepted":1/s);
  }
});
