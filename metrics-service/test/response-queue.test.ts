/** Tests when responses are sent that become ready in the same turn of the event loop. */

import {IncomingMessage, ServerResponse} from 'node:http';
import {Socket} from 'node:net';
import {setImmediate as endOfTurn} from 'node:timers/promises';
import test from 'ava';
import {createResponseQueue} from '../src/http/response-queue.ts';
import {createLifecycle} from '../src/lifecycle.ts';

const setUp = () => {
  const lifecycle = createLifecycle();
  const queue = createResponseQueue(lifecycle);
  const sent: number[] = [];
  const respond = (number: number, {keepAlive = true} = {}): void => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    response.shouldKeepAlive = keepAlive;
    queue.add(
      response,
      () => sent.push(number),
      () => {},
    );
  };
  return {lifecycle, queue, sent, respond};
};

test('the responses of a turn are sent together at its end, in their order', async t => {
  const {sent, respond} = setUp();
  for (const number of [1, 2, 3]) respond(number);
  t.deepEqual(sent, []);
  await endOfTurn();
  t.deepEqual(sent, [1, 2, 3]);
  respond(4);
  await endOfTurn();
  t.deepEqual(sent, [1, 2, 3, 4]);
});

test('no response waits for the work of more than 15 others', async t => {
  const {sent, respond} = setUp();
  const numbers = Array.from({length: 20}, (_, index) => index);
  for (const number of numbers) respond(number);
  t.deepEqual(sent, numbers.slice(0, 16));
  await endOfTurn();
  t.deepEqual(sent, numbers);
});

test('a response that ends its connection is sent immediately', t => {
  const {lifecycle, sent, respond} = setUp();
  respond(1, {keepAlive: false});
  t.deepEqual(sent, [1]);
  lifecycle.enter('lame-duck');
  respond(2);
  t.deepEqual(sent, [1, 2]);
});

test('no response waits for a large body, or for many requests that add no response', t => {
  const {queue, sent, respond} = setUp();
  respond(1);
  queue.beforeWork(2000);
  t.deepEqual(sent, []);
  queue.beforeWork(64 * 1024);
  t.deepEqual(sent, [1]);
  respond(2);
  for (let rejected = 0; rejected < 32; rejected += 1) queue.beforeWork(0);
  t.deepEqual(sent, [1]);
  queue.beforeWork(0);
  t.deepEqual(sent, [1, 2]);
});

test('a response that cannot be sent does not cost the others', async t => {
  const {queue, sent, respond} = setUp();
  const errors: unknown[] = [];
  const broken = new Error('headers were sent');
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  respond(1);
  queue.add(
    response,
    () => {
      throw broken;
    },
    error => errors.push(error),
  );
  respond(2);
  await endOfTurn();
  t.deepEqual(sent, [1, 2]);
  t.deepEqual(errors, [broken]);
});
