/**
 * Cleans up after a process that was killed. It reads the process groups and folders of that process from standard
 * input, one JSON object per line. When the input ends, it kills the remaining groups and removes the folders.
 */
import {rmSync} from 'node:fs';
import {createInterface} from 'node:readline';

/** The content of a line. `group` is the id of a process group, `folder` an absolute path. */
export type Instruction =
  | {readonly kind: 'group-started' | 'group-ended'; readonly group: number}
  | {readonly kind: 'folder-made'; readonly folder: string};

const watch = (): void => {
  const groups = new Set<number>();
  const folders = new Set<string>();
  // An interrupt from the terminal is meant for the other processes.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

  const lines = createInterface({input: process.stdin});
  lines.on('line', line => {
    const instruction = JSON.parse(line) as Instruction; // written only by processes.ts
    if (instruction.kind === 'folder-made') folders.add(instruction.folder);
    else if (instruction.kind === 'group-started') groups.add(instruction.group);
    else groups.delete(instruction.group);
  });
  lines.once('close', () => {
    for (const group of groups) {
      try {
        process.kill(-group, 'SIGKILL');
      } catch {
        // gone already
      }
    }
    for (const folder of folders) rmSync(folder, {recursive: true, force: true, maxRetries: 5});
    process.exit(0);
  });
};

if (process.argv[1] === import.meta.filename) watch();
