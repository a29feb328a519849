/** What is promised of the gateway, how far it was kept over 30 days, and how fast the allowance is used up. */

import {uids} from '../panels/board-uids.ts';
import {serviceVariable} from '../panels/variables.ts';
import {type Board, line} from './board.ts';
import {
  atAGlance,
  budgetLeft,
  budgetLeftOverTime,
  burnRates,
  compliance,
  longBurnRates,
  shortBurnRates,
} from './service-levels/objective.ts';

export const serviceLevels: Board = {
  uid: uids.serviceLevels,
  title: 'Service Levels',
  description:
    'Promises of availability and latency for authentications and tool calls, for each reporter separately: compliance over 30 days, what is left of the error budget, and how fast it burns.',
  variables: [serviceVariable],
  lines: [
    line(7, atAGlance),
    line(5, ...compliance),
    line(5, ...budgetLeft),
    line(8, burnRates['auth-availability'], burnRates['tool-availability']),
    line(8, burnRates['auth-latency'], burnRates['tool-latency']),
    line(8, budgetLeftOverTime),
  ],
  folds: [
    {
      title: 'Burn rates over 5m and 6h',
      lines: [
        line(8, shortBurnRates['auth-availability'], longBurnRates['auth-availability']),
        line(8, shortBurnRates['tool-availability'], longBurnRates['tool-availability']),
        line(8, shortBurnRates['auth-latency'], longBurnRates['auth-latency']),
        line(8, shortBurnRates['tool-latency'], longBurnRates['tool-latency']),
      ],
    },
  ],
};
