/** Panels about the collector: its scrapes, its queue and its writes. */
import {each, named, stat, timeSeries} from '../../panels/panels.ts';
import {queueShare, writeAge} from '../../panels/theme.ts';
import {panel} from '../../promql/promql.ts';
import {
  collected,
  collectorResidentMemory,
  failedWrites,
  lastWrite,
  queueOverflow,
  queueUsage,
} from '../../signals/pipeline-signals.ts';

const {now: at} = panel;
const over = panel.resolution;
const notHere = 'no collector';

export const lastSuccessfulWrite = stat({
  title: 'Last Successful Write',
  description:
    'Age of the newest sample that the collector wrote. Up to a scrape interval is normal; from one minute on writes lag behind, from five minutes on the boards show no new data: see Remote Write Failures and the log of the collector.',
  query: lastWrite({over: panel.last('1h')}),
  thresholds: writeAge,
  noValue: notHere,
  alerts: ['RemoteWriteFailing'],
});

export const collectedPoints = timeSeries({
  title: 'Collected Data Points',
  description:
    'Data points per second that the collector scraped and accepted, rejected for lack of memory, and wrote into the workspace. Written lags behind accepted during an outage and overtakes it afterwards; rejected must be zero.',
  series: [
    named('accepted', collected.accepted.perSecond({over}), 'traffic'),
    named('rejected', collected.refused.perSecond({over}), 'failure'),
    named('written', collected.sent.perSecond({over}), 'success'),
  ],
  noValue: notHere,
});

export const remoteWriteFailures = timeSeries({
  title: 'Remote Write Failures',
  description:
    'Data points per second that were lost: dropped after writes failed for too long or were rejected, or because the queue was full. Any are gaps in the boards: the log of the collector has the status of the response of the workspace.',
  series: [
    named('dropped after failed writes', failedWrites({over}), 'failure'),
    named('no room in the queue', queueOverflow({over}), 'warning'),
  ],
  alerts: ['RemoteWriteFailing'],
});

export const collectorQueue = timeSeries({
  title: 'Collector Queue',
  description:
    'Fill level of the queue of batches that wait to be written. It rises while the workspace does not respond or throttles, and falls again automatically; batches that do not fit are lost.',
  series: [each('instance', queueUsage({at}))],
  thresholds: queueShare,
  noValue: notHere,
  alerts: ['RemoteWriteFailing'],
});

export const collectorMemory = timeSeries({
  title: 'Collector Memory',
  description:
    'Memory used by the collector. At 80% of the memory of its task it starts to reject scrapes, whose samples are lost: see rejected in Collected Data Points, and add memory or reduce the number of series.',
  series: [each('instance', collectorResidentMemory({at}))],
  noValue: notHere,
});
