/** The process that generates the load. */
import {fork} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {loader} from './candidates.ts';
import type {Job, Round} from './load.ts';

export interface Load {
  run(job: Job): Promise<Round>;
  stop(): void;
}

/** Starts it. Jobs and rounds are messages, which only a forked process has; it ends when this process does. */
export const startLoad = (): Load => {
  const child = fork(fileURLToPath(new URL('load.ts', import.meta.url)), {
    execArgv: [...loader],
    serialization: 'advanced',
  });
  return {
    async run(job) {
      const message = once(child, 'message');
      child.send(job);
      const [round] = (await message) as [Round]; // load.ts sends nothing else
      return round;
    },
    stop: () => child.disconnect(),
  };
};
