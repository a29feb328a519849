/** The service level objectives of the gateway: compliance over 30 days, and how fast the error budgets are used up. */

import {uids} from '../panels/board-uids.ts';
import {serviceVariable} from '../panels/variables.ts';
import {board, row} from './board.ts';
import {
  atAGlance,
  budgetLeft,
  budgetLeftOverTime,
  burnRates,
  compliance,
  longBurnRates,
  shortBurnRates,
} from './service-levels/objective.ts';

export const serviceLevels = board({
  uid: uids.serviceLevels,
  title: 'Service Levels',
  description:
    'Objectives for the availability and latency of authentications and tool calls, for each reporter separately: compliance over 30 days, the remaining error budget, and how fast it burns.',
  variables: [serviceVariable],
  rows: [
    row(7, atAGlance),
    row(5, ...compliance),
    row(5, ...budgetLeft),
    row(8, burnRates['auth-availability'], burnRates['tool-availability']),
    row(8, burnRates['auth-latency'], burnRates['tool-latency']),
    row(8, budgetLeftOverTime),
  ],
  collapsedRows: [
    {
      title: 'Burn rates over 5m and 6h',
      rows: [
        row(8, shortBurnRates['auth-availability'], longBurnRates['auth-availability']),
        row(8, shortBurnRates['tool-availability'], longBurnRates['tool-availability']),
        row(8, shortBurnRates['auth-latency'], longBurnRates['auth-latency']),
        row(8, shortBurnRates['tool-latency'], longBurnRates['tool-latency']),
      ],
    },
  ],
});
