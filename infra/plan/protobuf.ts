/** Structs and unary calls of gRPC, as plain values and functions. */
import * as grpc from '@grpc/grpc-js';
import struct from 'google-protobuf/google/protobuf/struct_pb.js';

export const structOf = (value: struct.Struct | undefined): Readonly<Record<string, unknown>> =>
  value?.toJavaScript() ?? {};

/** The library's own type leaves out nested values, which it accepts. */
export const protobuf = (value: object): struct.Struct =>
  struct.Struct.fromJavaScript(value as Record<string, struct.JavaScriptValue>);

export const unary =
  <Request, Reply>(handle: (request: Request) => Reply): grpc.handleUnaryCall<Request, Reply> =>
  (call, done) => {
    try {
      done(null, handle(call.request));
    } catch (error) {
      done({code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error)});
    }
  };
