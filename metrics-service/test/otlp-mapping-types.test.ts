/** Tests that a mapping that does not match the catalogue does not compile. */
import test from 'ava';
import {among, emitter, from, into} from '../src/otlp/mapping.ts';

const success = among('success', 'unknown');

/** Each call has one line that must not compile: were one to compile, the comment above it would be an error itself. */
export const rejectedByTheCompiler = (): void => {
  // @ts-expect-error a metric that the catalogue does not have
  into('authRequest', {});
  // @ts-expect-error a missing label
  into('authRequests', {service: emitter, success, method: from('method')});
  // @ts-expect-error a label that the metric does not have
  into('rateLimitErrors', {axis: among('axis', 'unknown'), user: from('user')});
  // @ts-expect-error a fallback that is not in the closed label's list
  into('rateLimitErrors', {axis: among('axis', 'other')});
  // @ts-expect-error an open source for a closed label
  into('rateLimitErrors', {axis: from('axis')});
  // @ts-expect-error a reporter read from an attribute
  into('toolDiscoveries', {service: from('service.name'), results: among('results', 'unknown')});
  // @ts-expect-error a gauge, which no instrument is mapped to
  into('draining', {});
};

test('a mapping that fits the catalogue compiles, and names its metric', t => {
  t.is(into('rateLimitErrors', {axis: among('axis', 'unknown')}).metric, 'rateLimitErrors');
});
