/** Logs what is rejected: one line per minute for each emitter and reason, however often it happens. */
import type {Logger} from 'pino';
import type {RejectionReason} from './contract.ts';

/** Why events were lost: they were rejected, or their request was rejected before it was parsed. */
export type LossReason = RejectionReason | 'rate_limit' | 'queue_full' | 'key_missing' | 'key_invalid';

/** A request with something to reject. */
export interface RejectedRequest {
  readonly requestId: string;
  /** The address at the other end of the connection; undefined once it is closed. */
  readonly peer: string | undefined;
}

export interface Rejection {
  readonly emitter: string;
  readonly reason: LossReason;
  /** Events that were lost, as far as that is known. */
  readonly events: number;
  /** Names the field, what was expected and what was found. May quote what the emitter wrote: see `withoutValues`. */
  readonly example: string;
  readonly request: RejectedRequest;
}

export interface RejectionLog {
  report(rejection: Rejection): void;
  /** Writes what was suppressed in the minute before. To be called once per minute. */
  endMinute(): void;
}

interface Suppressed {
  lines: number;
  events: number;
  last: Rejection | undefined;
}

/**
 * Replaces quoted values with their length, because an emitter may write a name, a search query or a key into any
 * field. The response to the emitter contains the values.
 */
export const withoutValues = (text: string): string =>
  text
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, quoted => `a string of ${[...quoted].length - 2} characters`)
    .slice(0, maxExample);

const maxExample = 300;

/** Keeps one entry for each emitter and reason, which are both bounded by configuration. */
export const createRejectionLog = (log: Pick<Logger, 'warn'>): RejectionLog => {
  const entries = new Map<string, Suppressed>();
  const write = ({emitter, reason, events, example, request}: Rejection, suppressed: number): void =>
    log.warn(
      {
        emitter,
        reason,
        events,
        example: withoutValues(example),
        request_id: request.requestId,
        peer: request.peer ?? null,
        suppressed,
      },
      'events or requests of an emitter are rejected',
    );
  return {
    report(rejection) {
      const key = `${rejection.emitter} ${rejection.reason}`;
      const entry = entries.get(key);
      if (entry === undefined) {
        entries.set(key, {lines: 0, events: 0, last: undefined});
        write(rejection, 0);
        return;
      }
      entry.lines += 1;
      entry.events += rejection.events;
      entry.last = rejection;
    },
    endMinute() {
      for (const [key, {lines, events, last}] of entries) {
        if (last === undefined) {
          entries.delete(key);
          continue;
        }
        write({...last, events}, lines - 1);
        entries.set(key, {lines: 0, events: 0, last: undefined});
      }
    },
  };
};
