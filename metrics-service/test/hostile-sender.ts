/** A process that posts hostile bodies, so that making and sending them does not delay what the test measures. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {text} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import {shapes} from './hostile-shapes.ts';

export interface HostileSenderOptions {
  readonly port: number;
  readonly key: string;
  /** Bytes of the bodies: each shape is sent in each size. */
  readonly sizes: readonly number[];
  /** The number of each kind at a time. */
  readonly atOnce: number;
}

export interface Sent {
  readonly shape: string;
  readonly size: number;
  readonly status: number | string;
}

const self = fileURLToPath(import.meta.url);

/** Sends every shape in every size, and resolves with what became of each. */
export const sendShapes = async (options: HostileSenderOptions): Promise<readonly Sent[]> => {
  const child = spawn(process.execPath, ['--import', 'tsx', self, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return JSON.parse(output);
};

const post = async ({port, key}: HostileSenderOptions, body: Buffer): Promise<number | string> => {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
      method: 'POST',
      headers: {'X-API-Key': key, 'Content-Type': 'application/json'},
      body: new Uint8Array(body),
    });
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    return String(error instanceof Error ? (error.cause ?? error) : error);
  }
};

if (process.argv[1] === self) {
  const options: HostileSenderOptions = JSON.parse(process.argv[2] ?? '');
  const sent: Sent[] = [];
  for (const {name, make} of shapes) {
    for (const size of options.sizes) {
      const body = make(size);
      const statuses = await Promise.all(Array.from({length: options.atOnce}, () => post(options, body)));
      sent.push(...statuses.map(status => ({shape: name, size: body.length, status})));
    }
  }
  process.stdout.write(JSON.stringify(sent));
}
