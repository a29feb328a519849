/** How tools are found: searches over the registry. */
import {barGauge, each, named, timeSeries} from '../../panels/panels.ts';
import {panel, sortDesc} from '../../promql/promql.ts';
import {searches, searchStageTime, searchTime} from '../../signals/mcp-signals.ts';

const now = {over: panel.resolution};

export const discoverySearches = timeSeries({
  title: 'Tool Discovery Searches',
  description:
    'Searches for tools per second, by reporter: the same search may be reported by the registry and by the server that searched, so the lines do not add up. None at all while sessions run means that clients use fixed tools, or that discovery is down: try a search by hand.',
  series: [each('service', searches.perSecond({...now, by: ['service']}))],
});

export const discoveryP95 = timeSeries({
  title: 'Tool Discovery P95',
  description:
    'The time within which 95% of searches got a result. When it rises, Embedding vs Vector Search Time shows which half of the work is slow.',
  series: [named('p95', searchTime.p95(now), 'worst')],
});

export const searchStages = timeSeries({
  title: 'Embedding vs Vector Search Time',
  description:
    'Mean time of the two stages of a search. Embedding is the model: slow when it is cold or its host is busy. Vector search is the index: slow when it has grown.',
  series: [each('stage', searchStageTime.mean({...now, by: ['stage']}))],
});

export const discoveryResults = barGauge({
  title: 'Tool Discovery Results',
  description:
    'Searches in the time range by how much they found: none, few (1 to 5), some (6 to 20), many; unknown where the reporter did not see it, as the registry does not. Many that find none: the index misses tools, or their descriptions do not say what they do.',
  series: each('results', sortDesc(searches.inWindow({over: panel.range, by: ['results']}))),
});
