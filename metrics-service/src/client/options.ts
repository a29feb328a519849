/** What a client is made with, checked once: what could never be sent is refused here, where somebody reads the error. */
import {apiKeyPattern, nginxBatch} from '../contract.ts';
import {parse} from '../json/events.ts';

export interface MetricsClientOptions {
  /** Of the service's API, such as http://metrics:8890. */
  readonly url: string;
  readonly key: string;
  /** Who reports: the label `service`. */
  readonly service: string;
  readonly version?: string;
  readonly instanceId?: string;
  /** Metrics kept while they can't be sent; 10,000 when left out. The oldest go first. */
  readonly maxBuffered?: number;
  /** Metrics in one request, at most 1,024; 500 when left out. */
  readonly maxBatch?: number;
  /** Milliseconds between sends of what is not yet a whole batch; 5,000 when left out. */
  readonly intervalMs?: number;
  /** Milliseconds a request may take; 5,000 when left out. */
  readonly timeoutMs?: number;
  /** Milliseconds of the first pause after a failure; it doubles up to sixty times that. 1,000 when left out. */
  readonly backoffMs?: number;
  /** Whether what is left is sent when Node has nothing else to do; true when left out. Signals are the caller's: close(). */
  readonly flushOnExit?: boolean;
  /** Told of what went wrong, in words without the key. What it throws is lost. */
  readonly onProblem?: (problem: string) => void;
  readonly fetch?: typeof globalThis.fetch;
}

/** Quotes no address that may hold a password: what is told ends up in logs. */
const problemOfUrl = (text: string): string | null => {
  const expected = 'url: expected an address such as http://metrics:8890';
  if (text.includes('@')) return `${expected}, found one with an @, as behind a password`;
  // The path of the API is put behind it. What a query holds may be as secret as a password.
  if (/[?#]/.test(text)) return `${expected}, found one with ? or #`;
  const fits = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  return fits ? null : `${expected}, found ${JSON.stringify(text)}`;
};

/** Never quotes a key. Blanks around one are no part of it, for the service neither. */
const problemOfKey = (text: string): string | null => {
  const key = text.trim();
  if (key === '') return 'key: expected a key of the service, found nothing';
  return apiKeyPattern.test(key) ? null : 'key: expected printable ASCII characters without blanks, found others';
};

/** As the service would say it, since it would refuse every batch for it. */
const problemsOfSender = ({service, version, instanceId}: MetricsClientOptions): readonly string[] => {
  const envelope = {service, version, instance_id: instanceId, metrics: [{type: 'custom', value: 1}]};
  const parsed = parse(envelope, {maxBatch: 1, now: 0});
  return parsed.sender === null ? parsed.problems : [];
};

const problemOfBatch = ({maxBatch = 1}: MetricsClientOptions): string | null =>
  Number.isInteger(maxBatch) && maxBatch >= 1 && maxBatch <= nginxBatch
    ? null
    : `maxBatch: expected a whole number from 1 to ${nginxBatch}, found ${maxBatch}`;

/** @throws {TypeError} naming each option that can't work. */
export const checkOptions = (options: MetricsClientOptions): void => {
  const problems = [
    problemOfUrl(options.url),
    problemOfKey(options.key),
    ...problemsOfSender(options),
    problemOfBatch(options),
  ].filter(problem => problem !== null);
  if (problems.length > 0) throw new TypeError(problems.join('; '));
};
