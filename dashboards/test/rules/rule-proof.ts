/** Claims about the rules, and the promtool test files that check them. */
import {stringify} from 'yaml';
import type {AlertName} from '../../src/signals/runbook.ts';
import {type Series, scrapeSeconds} from './sample-proofs.ts';

type Minutes = `${number}m`;

/** The expected result of a query at a time. */
export type ExpectedSample = {readonly at: Minutes; readonly query: string; readonly value: number};

export type Proof = {
  readonly claim: string;
  readonly input: readonly Series[];
  readonly expected: readonly [ExpectedSample, ...ExpectedSample[]];
  /** Whether the claim needs the recording rules; without them it runs in half the time. @default false */
  readonly recordings?: boolean;
  /** Seconds between two samples of the input. @default 15 */
  readonly everySeconds?: number;
};

const firingOf = (alert: AlertName, labels: Readonly<Record<string, string>>): string =>
  `count(ALERTS{${Object.entries({alertname: alert, alertstate: 'firing', ...labels})
    .map(([label, value]) => `${label}="${value}"`)
    .join(', ')}}) or vector(0)`;

export type Expectation = {
  readonly alert: AlertName;
  readonly labels?: Readonly<Record<string, string>>;
  /** Times at which `times` alerts fire. */
  readonly at: readonly [Minutes, ...Minutes[]];
  /** Expected number of firing alerts. @default 1 */
  readonly times?: number;
};

export const firing = ({alert, labels = {}, at, times = 1}: Expectation): [ExpectedSample, ...ExpectedSample[]] => {
  const [first, ...rest] = at.map(moment => ({at: moment, query: firingOf(alert, labels), value: times}));
  return [first as ExpectedSample, ...rest]; // `at` has at least one element
};

export const silent = (expectation: Omit<Expectation, 'times'>): [ExpectedSample, ...ExpectedSample[]] =>
  firing({...expectation, times: 0});

/** A file for `promtool test rules`, in a folder that contains the generated rules. */
export const testFile = ({claim, input, expected, recordings = false, everySeconds = scrapeSeconds}: Proof): string =>
  stringify(
    {
      rule_files: [...(recordings ? ['rules/recordings.yaml'] : []), 'rules/alerts.yaml'],
      evaluation_interval: '1m',
      tests: [
        {
          name: claim,
          interval: `${everySeconds}s`,
          input_series: input,
          promql_expr_test: expected.map(({at, query, value}) => ({
            expr: query,
            eval_time: at,
            exp_samples: [{labels: '{}', value}],
          })),
        },
      ],
    },
    {lineWidth: 0},
  );
