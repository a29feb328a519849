/** Which tools are called, how often, and whether it works. */
import {barChart, labelStat, named, stat, timeSeries} from '../../panels/panels.ts';
import {table} from '../../panels/table.ts';
import {errorShareSteps, successShareSteps} from '../../panels/theme.ts';
import {filters} from '../../panels/variables.ts';
import {orZero, panel, positive, topk} from '../../promql/promql.ts';
import {callsByTool, toolCalls} from '../../signals/mcp-signals.ts';

const inRange = {over: panel.range, where: filters.executions};
const byTool = {...inRange, by: ['tool_name']} as const;

export const executionsPerHour = stat({
  title: 'Tool Executions per Hour',
  description:
    'Tool calls in the last hour, whatever time range is chosen, and when in that hour they happened. A fall to zero at a busy time of day: check Real-time Protocol Activity, then whether the gateway still reports.',
  // A step and a scrape interval: consecutive windows share a sample, so the mean over the steps misses no call.
  query: orZero(toolCalls.raw.perHour({over: panel.last('75s'), where: filters.executions})),
  history: {last: '1h', step: '1m'},
});

export const mostPopularTool = labelStat({
  title: 'Most Popular Tool',
  description:
    'The tool called most often in the time range; calls that named no tool are not counted. If it changes without a reason you know, find the client that calls it: Session Activity by Client.',
  label: 'tool_name',
  query: topk(1, positive(callsByTool.named.inWindow(byTool))),
});

export const toolRankings = table({
  title: 'Tool Usage Rankings',
  description:
    'Every tool called in the time range, most called first, with the share of its calls that failed. A failing tool high up hurts most users: tell the owner of its server. _unset are calls that named no tool, _other names beyond the limit on label values.',
  label: 'tool_name',
  rows: 'Tool',
  columns: [
    {heading: 'Calls', query: positive(callsByTool.inWindow(byTool))},
    {heading: 'Calls/hour', query: positive(callsByTool.perHour(byTool))},
    {heading: 'Failed', query: callsByTool.failedShareIfAny(byTool), thresholds: errorShareSteps, noValue: '0%'},
  ],
});

export const toolUsage = barChart({
  title: 'Tool Usage by Call Count',
  description:
    'The ten tools called most often in the time range. A few high bars are normal; if they carry most of the load, their servers are the ones to scale and to watch.',
  label: 'tool_name',
  measure: 'Calls',
  query: topk(10, positive(callsByTool.named.inWindow(byTool))),
});

export const toolSuccessRate = timeSeries({
  title: 'Tool Execution Success Rate',
  description:
    'Share of tool calls that succeeded. A dip that comes back was a server restarting; a step that stays is a broken tool: find it in Tool Usage Rankings or Server Performance Dashboard. Gaps are times without calls.',
  series: [named('successful', toolCalls.successShare({over: panel.resolution, where: filters.executions}), 'success')],
  thresholds: successShareSteps,
});
