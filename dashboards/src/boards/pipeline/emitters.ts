/** Panels about emitters: whether the service accepts the events of each of them. */
import {table} from '../../panels/table.ts';
import {errorShareSteps} from '../../panels/theme.ts';
import {panel} from '../../promql/promql.ts';
import {timeSinceAccepted, timeSinceRejected} from '../../signals/emitter-signals.ts';
import {acceptedEvents, lostEvents, lostShare} from '../../signals/pipeline-growth.ts';

const over = panel.range;

export const emitters = table({
  title: 'Emitters',
  description:
    "Events of each emitter within the time range: accepted, lost (rejected events, and requests past the rate limit), and how long ago each last happened. The row unknown counts requests without a valid key. An emitter whose last event is older than the others' is down, idle or locked out; read the log of metrics-service for an example of each rejection.",
  label: 'emitter',
  rows: 'Emitter',
  columns: [
    {heading: 'Accepted', query: acceptedEvents({over})},
    {heading: 'Lost', query: lostEvents({over})},
    {heading: 'Lost share', query: lostShare({over}), thresholds: errorShareSteps},
    {heading: 'Last accepted', query: timeSinceAccepted({over}), noValue: 'never'},
    {heading: 'Last rejected', query: timeSinceRejected({over}), noValue: 'never'},
  ],
  alerts: ['EmitterSilent', 'EmitterRejected', 'ReporterMute'],
});
