/** Bodies within the size limit that would cost far more memory or time than their size, each with a separate shape. */

export interface Shape {
  readonly name: string;
  /** A body of about `size` bytes and no more. */
  readonly make: (size: number) => Buffer;
}

/** `before`, as many of `unit` as fit, and `after`. */
const filled =
  (before: string, unit: string, after: string) =>
  (size: number): Buffer => {
    const count = Math.floor((size - before.length - after.length) / unit.length);
    return Buffer.concat([Buffer.from(before), Buffer.alloc(count * unit.length, unit), Buffer.from(after)]);
  };

const event = '{"service":"hostile","metrics":[{"type":"custom","value":1';
const inMetadata = `${event},"metadata":{"a":`;

/** Members under numbered keys. */
const members = (before: string, after: string) => (size: number) => {
  const parts: string[] = [];
  for (let length = before.length + after.length, index = 0; ; index += 1) {
    const part = `"k${index}":0,`;
    length += part.length;
    if (length > size - 6) break;
    parts.push(part);
  }
  return Buffer.from(`${before}${parts.join('')}"z":0${after}`);
};

const nested =
  (before: string, open: string, middle: string, close: string, after: string) =>
  (size: number): Buffer => {
    const rest = size - before.length - middle.length - after.length;
    const depth = Math.floor(rest / (open.length + close.length));
    return Buffer.from(`${before}${open.repeat(depth)}${middle}${close.repeat(depth)}${after}`);
  };

export const shapes: readonly Shape[] = [
  {name: 'objects in metadata', make: filled(`${inMetadata}[`, '{},', '0]}}]}')},
  {name: 'objects as events', make: filled('{"service":"hostile","metrics":[', '{},', '{}]}')},
  {name: 'nested brackets', make: nested('{"service":"a","metrics":', '[', '', ']', '}')},
  {name: 'arrays of one number', make: filled('{"service":"a","metrics":[', '[0],', '0]}')},
  {name: 'an object of numbered keys', make: members(`${inMetadata}{`, '}}}]}')},
  {name: 'numbered keys as metadata', make: members(`${event},"metadata":{`, '}}]}')},
  {name: 'a long string', make: filled(`${inMetadata}"`, 'x', '"}}]}')},
  {name: 'a long string of emoji', make: filled(`${event},"dimensions":{"metric_name":"`, '😀', '"}}]}')},
  {name: 'escapes', make: filled(`${inMetadata}"`, '\\u0041', '"}}]}')},
  {name: 'deep metadata', make: nested(inMetadata, '{"a":', '1', '}', '}}]}')},
  {name: 'a huge number', make: filled(`${event},"metadata":{"a":`, '9', '}}]}')},
  {name: 'numbers past every range', make: filled(`${inMetadata}[`, '1e999,', '0]}}]}')},
  {name: 'one key again and again', make: filled(`${event},"metadata":{`, '"k":{},', '"k":0}}]}')},
  {name: 'bare NaN', make: filled('{"service":"a","metrics":[', 'NaN,', '0]}')},
  {name: 'no JSON after all', make: filled(`${inMetadata}[`, '0,', ']}}]}')},
];
