/**
 * Counts, for each emitter, which events were accepted and rejected, why and when. JSON and OTLP share this module, so
 * every lost event is counted and logged with the name of its emitter.
 */
import {ingested as ingestedFamily, type ValueOf} from './catalogue.ts';
import {type RejectionReason, rejectionReasons, unknownEmitter} from './contract.ts';
import type {Instruments} from './instruments.ts';
import type {KeyId} from './keyring.ts';
import type {Bounded, LabelLimiter} from './label-limiter.ts';
import type {RejectedRequest, RejectionLog} from './rejection-log.ts';

/** The type of an event; all OTLP data points have one type. */
export type IngestedType = ValueOf<(typeof ingestedFamily)['labels']['type']>;

/** Events that were rejected for one reason. */
export interface RejectedEvents {
  readonly reason: RejectionReason;
  /** 1 where the number isn't known. */
  readonly events: number;
  /** Names the field, what was expected and what was found. */
  readonly example: string;
}

export interface EmitterAccounts {
  accept(emitter: string, type: IngestedType, events: number): void;
  reject(emitter: string, rejected: RejectedEvents, request: RejectedRequest): void;
  /** Counts a request that exceeded the rate limit, or for which the queue of large exports was full. */
  rateLimited(emitter: string, reason: 'rate_limit' | 'queue_full', request: RejectedRequest): void;
  /** Counts a request without a valid key. */
  unauthenticated(reason: 'missing' | 'invalid', request: RejectedRequest): void;
  /** Whether an emitter reports the same events as JSON and as OTLP. Ignored for one that has no key any more. */
  reportsBothWays(emitter: string, bothWays: boolean): void;
  /** A key was used at `time`, in seconds since 1970. */
  keyUsed(key: KeyId, time: number): void;
  /**
   * These keys are valid from now on. Each emitter that has one gets its series, at 0 before the first event; an emitter
   * or a key that was removed loses the series that describe its present state, such as the time of its last use.
   */
  open(keys: readonly KeyId[]): void;
}

export interface EmitterAccountsOptions {
  readonly instruments: Instruments;
  readonly limiter: Pick<LabelLimiter, 'trust'>;
  readonly log: RejectionLog;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface Account {
  readonly label: Bounded<'emitter'>;
  acceptedAt: number;
  rejectedAt: number;
}

const examples = {
  rate_limit: 'request: expected at most METRICS_RATE_LIMIT requests per minute, found more',
  queue_full: 'export: expected room in the queue of large exports, found none',
  missing: 'X-API-Key: expected a key, found none',
  invalid: 'X-API-Key: expected the key of an emitter, found an unknown key',
} as const;

/** Creates an emitter's series at 0, so that its first event is an increase. */
const seed = (instruments: Instruments, emitter: Bounded<'emitter'>): void => {
  const {ingested, rejected, rateLimited, lastAccepted, lastRejected, bothWays} = instruments;
  for (const type of ingestedFamily.labels.type) ingested.add({emitter, type}, 0);
  for (const reason of rejectionReasons) rejected.add({emitter, reason}, 0);
  rateLimited.add({emitter}, 0);
  for (const state of [lastAccepted, lastRejected, bothWays]) state.set({emitter}, 0);
};

const includesKey = (keys: readonly KeyId[], key: KeyId): boolean =>
  keys.some(({emitter, id}) => emitter === key.emitter && id === key.id);

export const createEmitterAccounts = ({instruments, limiter, log, now}: EmitterAccountsOptions): EmitterAccounts => {
  const {ingested, rejected, rateLimited, lastAccepted, lastRejected, keyLastUsed, bothWays} = instruments;
  const countIngested = ingested.bindLabels('emitter', 'type');
  const accounts = new Map<string, Account>();
  let keys: readonly KeyId[] = [];
  /** Those whose present state is exposed. A request may end after the key that it came with was removed. */
  let present: ReadonlySet<string> = new Set([unknownEmitter]);

  const accountOf = (emitter: string): Account => {
    let account = accounts.get(emitter);
    if (account === undefined) {
      account = {label: limiter.trust('emitter', emitter), acceptedAt: 0, rejectedAt: 0};
      accounts.set(emitter, account);
    }
    return account;
  };
  const seconds = (): number => Math.floor(now() / 1000);
  const noteRejected = (account: Account): void => {
    const time = seconds();
    if (account.rejectedAt === time || !present.has(account.label.text)) return;
    account.rejectedAt = time;
    lastRejected.set({emitter: account.label}, time);
  };
  const keyLabels = ({emitter, id}: KeyId) => ({emitter: accountOf(emitter).label, key: limiter.trust('key', id)});

  const accounting: EmitterAccounts = {
    accept(emitter, type, events) {
      const account = accountOf(emitter);
      countIngested([account.label, type], events);
      const time = seconds();
      if (account.acceptedAt === time || !present.has(emitter)) return;
      account.acceptedAt = time;
      lastAccepted.set({emitter: account.label}, time);
    },
    reject(emitter, {reason, events, example}, request) {
      const account = accountOf(emitter);
      rejected.add({emitter: account.label, reason}, events);
      noteRejected(account);
      log.report({emitter, reason, events, example, request});
    },
    rateLimited(emitter, reason, request) {
      const account = accountOf(emitter);
      rateLimited.add({emitter: account.label});
      noteRejected(account);
      log.report({emitter, reason, events: 1, example: examples[reason], request});
    },
    unauthenticated(reason, request) {
      instruments.authenticationFailures.add({reason});
      noteRejected(accountOf(unknownEmitter));
      log.report({emitter: unknownEmitter, reason: `key_${reason}`, events: 1, example: examples[reason], request});
    },
    reportsBothWays(emitter, value) {
      if (present.has(emitter)) bothWays.set({emitter: accountOf(emitter).label}, value ? 1 : 0);
    },
    keyUsed(key, time) {
      keyLastUsed.set(keyLabels(key), time);
    },
    open(next) {
      const before = new Set(keys.map(({emitter}) => emitter));
      const after = new Set(next.map(({emitter}) => emitter));
      for (const emitter of after) if (!before.has(emitter)) seed(instruments, accountOf(emitter).label);
      for (const emitter of before) {
        if (after.has(emitter)) continue;
        const {label} = accountOf(emitter);
        for (const state of [lastAccepted, lastRejected, bothWays]) state.remove({emitter: label});
        accounts.delete(emitter);
      }
      for (const key of keys) if (!includesKey(next, key)) keyLastUsed.remove(keyLabels(key));
      for (const key of next) if (!includesKey(keys, key)) keyLastUsed.set(keyLabels(key), 0);
      keys = next;
      present = new Set([unknownEmitter, ...after]);
    },
  };
  lastRejected.set({emitter: accountOf(unknownEmitter).label}, 0);
  return accounting;
};
