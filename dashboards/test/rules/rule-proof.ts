/** A claim about the rules, and the file that lets promtool check it. */
import {stringify} from 'yaml';
import type {AlertName} from '../../src/signals/runbook.ts';
import {type Series, scrapeSeconds} from './sample-proofs.ts';

type Minutes = `${number}m`;

/** What Prometheus must answer at a moment. */
export type Answer = {readonly at: Minutes; readonly query: string; readonly value: number};

export type Proof = {
  readonly claim: string;
  readonly input: readonly Series[];
  readonly answers: readonly [Answer, ...Answer[]];
  /** Whether it needs what is recorded: a proof that doesn't is checked in half the time. */
  readonly recordings?: boolean;
  /** Between two samples of the input; 15 seconds when left out. */
  readonly everySeconds?: number;
};

const firingOf = (alert: AlertName, labels: Readonly<Record<string, string>>): string =>
  `count(ALERTS{${Object.entries({alertname: alert, alertstate: 'firing', ...labels})
    .map(([label, value]) => `${label}="${value}"`)
    .join(', ')}}) or vector(0)`;

export type Expectation = {
  readonly alert: AlertName;
  readonly labels?: Readonly<Record<string, string>>;
  /** Moments at which so many of it fire; 1 when left out. */
  readonly at: readonly [Minutes, ...Minutes[]];
  readonly times?: number;
};

export const firing = ({alert, labels = {}, at, times = 1}: Expectation): [Answer, ...Answer[]] => {
  const [first, ...rest] = at.map(moment => ({at: moment, query: firingOf(alert, labels), value: times}));
  return [first as Answer, ...rest]; // `at` has a first one
};

export const silent = (expectation: Omit<Expectation, 'times'>): [Answer, ...Answer[]] =>
  firing({...expectation, times: 0});

/** As promtool's `test rules` reads it, from a folder that holds the generated rules. */
export const testFile = ({claim, input, answers, recordings = false, everySeconds = scrapeSeconds}: Proof): string =>
  stringify(
    {
      rule_files: [...(recordings ? ['rules/recordings.yaml'] : []), 'rules/alerts.yaml'],
      evaluation_interval: '1m',
      tests: [
        {
          name: claim,
          interval: `${everySeconds}s`,
          input_series: input,
          promql_expr_test: answers.map(({at, query, value}) => ({
            expr: query,
            eval_time: at,
            exp_samples: [{labels: '{}', value}],
          })),
        },
      ],
    },
    {lineWidth: 0},
  );
