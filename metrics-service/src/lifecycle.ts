/**
 * Where the service is between start and end, and what still has to happen before it may go: see "Delivery promises"
 * in the wire contract. Nothing here knows HTTP or processes.
 */

/**
 * `serving`; `lame-duck`: health says no, metrics are still taken; `draining`: nothing new is taken; `ended`.
 */
export type Phase = 'serving' | 'lame-duck' | 'draining' | 'ended';

export interface Lifecycle {
  readonly phase: Phase;
  enter(phase: Phase): void;
  /** A request has begun. */
  begin(): void;
  /** A request is over, answered or not. */
  end(): void;
  /** Metrics were counted and are being answered with 200. */
  accepted(): void;
  /** A scrape has begun; call the result once it has been sent whole. */
  beginScrape(): () => void;
  /** Resolves when no request is under way. */
  idle(): Promise<void>;
  /** Resolves when all that was answered with 200 has been scraped; at once when it has been already. */
  scraped(): Promise<void>;
}

export const createLifecycle = (): Lifecycle => {
  let phase: Phase = 'serving';
  let underWay = 0;
  let lastAccepted = 0;
  let lastScraped = 0;
  let waiting: Array<{readonly holds: () => boolean; readonly resolve: () => void}> = [];

  const settle = (): void => {
    if (waiting.length === 0) return;
    const held = waiting.filter(({holds}) => holds());
    waiting = waiting.filter(({holds}) => !holds());
    for (const {resolve} of held) resolve();
  };
  const when = (holds: () => boolean): Promise<void> =>
    new Promise(resolve => {
      waiting.push({holds, resolve});
      settle();
    });

  return {
    get phase() {
      return phase;
    },
    enter(next) {
      phase = next;
    },
    begin() {
      underWay += 1;
    },
    end() {
      underWay -= 1;
      settle();
    },
    accepted() {
      lastAccepted += 1;
    },
    beginScrape() {
      // What is accepted while the text is being made may or may not be in it.
      const held = lastAccepted;
      return () => {
        lastScraped = Math.max(lastScraped, held);
        settle();
      };
    },
    idle: () => when(() => underWay === 0),
    scraped: () => when(() => lastScraped >= lastAccepted),
  };
};
