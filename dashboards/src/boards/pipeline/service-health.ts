/** Panels about the tasks of metrics-service: availability, restarts, memory, scrapes. */
import {each, named, stat, timeSeries} from '../../panels/panels.ts';
import {startsExpected, tasksExpected} from '../../panels/theme.ts';
import {panel} from '../../promql/promql.ts';
import {stall} from '../../signals/pipeline-growth.ts';
import {
  heap,
  seriesInMemory as labelSets,
  loopLag,
  memory as residentMemory,
  tasksUp as respondingTasks,
  scrapeTime,
  targetsUp,
  taskStarts,
} from '../../signals/pipeline-signals.ts';

const {now: at} = panel;
const over = panel.resolution;

export const tasksUp = stat({
  title: 'Tasks Up',
  description:
    'Tasks of metrics-service that respond to their scrapes. One less than are meant to run is a deployment or a crash; none means that what the registry and the auth server report is being lost.',
  query: respondingTasks({at}),
  thresholds: tasksExpected,
  alerts: ['MetricsServiceDown'],
});

export const startsWithinHour = stat({
  title: 'Starts Within an Hour',
  description:
    'Tasks of metrics-service that started within the last hour, those that are gone included. A deployment starts each task once; five and more are crashes: see why tasks stopped on AWS Infrastructure and in the log.',
  query: taskStarts({over: panel.last('1h')}),
  thresholds: startsExpected,
  alerts: ['MetricsServiceRestarting'],
});

export const seriesInMemory = stat({
  title: 'Series in Memory',
  description:
    'Series of the gateway in the memory of all tasks, as Prometheus stores them, and how that number moved. It falls when a task restarts, and when series have had no event for METRICS_SERIES_EXPIRY_SECONDS. Near METRICS_MAX_SERIES for each task, new label sets are counted as _other: see Folded Label Values.',
  query: labelSets({at}),
  history: true,
});

export const eventLoopLag = timeSeries({
  title: 'Event Loop Lag',
  description:
    'How long the event loop is blocked: the 99th percentile over all tasks, and the delay that Node measures in each task. Above 250ms scrapes and requests wait: reduce the number of series or the size of batches, or add tasks.',
  series: [
    named('stall p99', stall.p99({over}), 'worst'),
    each('instance', loopLag({at}), {before: 'lag p99 ', shades: 'traffic'}),
  ],
  alerts: ['EventLoopStalled'],
});

export const memory = timeSeries({
  title: 'Memory',
  description:
    'Memory of each task: resident memory of the process and used heap. The heap goes up and down with garbage collection; one that only rises grows with Series in Memory. A line that ends near the task size and starts again is a task that was killed.',
  series: [
    each('instance', residentMemory({at}), {before: 'resident '}),
    each('instance', heap({at}), {before: 'heap '}),
  ],
  alerts: ['MetricsServiceRestarting'],
});

export const scrapeHealth = timeSeries({
  title: 'Scrape Health',
  description:
    'Whether each target responded to its last scrape: 1 it did, 0 it did not. A line that ends is a task that is gone, which is fine when another one starts; gaps in all lines mean that nothing was scraped.',
  series: [{query: targetsUp({at}), legend: '{{job}} {{instance}}'}],
  alerts: ['MetricsServiceDown'],
});

export const scrapeDuration = timeSeries({
  title: 'Scrape Duration',
  description:
    'The longest scrape of each job. It grows with the series held; at ten seconds scrapes fail and everything goes missing. Fewer label values, or fewer buckets, make it shorter.',
  series: [each('job', scrapeTime({at}))],
  legend: 'bottom',
});
