/**
 * Loaded before the service (`--import`): measures the longest time that it blocks its event loop, from each SIGUSR2
 * to its exit, and writes it to the file that LOOP_PROBE names. Time in which other processes had the processor does
 * not count.
 */
import {writeFileSync} from 'node:fs';

const file = process.env['LOOP_PROBE'];
const periodMs = 20;
let longestMs = 0;
let at = performance.now();
let cpu = process.cpuUsage();

const measure = (): void => {
  const now = performance.now();
  const {user, system} = process.cpuUsage(cpu);
  longestMs = Math.max(longestMs, Math.min(now - at, (user + system) / 1000) - periodMs);
  at = now;
  cpu = process.cpuUsage();
};
setInterval(measure, periodMs).unref();
process.on('SIGUSR2', () => {
  measure();
  longestMs = 0;
});
process.on('exit', () => {
  if (file !== undefined) writeFileSync(file, String(longestMs));
});
