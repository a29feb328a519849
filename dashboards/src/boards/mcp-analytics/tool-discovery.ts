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
  legend: 'bottom',
});

export const discoveryP95 = timeSeries({
  title: 'Tool Discovery P95',
  description:
    'The time within which 95% of searches returned a result. When it rises, Embedding vs Vector Search Time shows which half of the work is slow.',
  series: [named('p95', searchTime.p95(now), 'worst')],
});

export const searchStages = timeSeries({
  title: 'Embedding vs Vector Search Time',
  description:
    'Mean time of the two stages of a search. Embedding calls the model, which is slow after a start or when its host is busy. Vector search reads the index and slows down as the index grows.',
  series: [each('stage', searchStageTime.mean({...now, by: ['stage']}))],
  legend: 'bottom',
});

export const discoveryResults = barGauge({
  title: 'Tool Discovery Results',
  description:
    'Searches in the time range by the number of results: none, few (1 to 5), some (6 to 20), many; unknown if the reporter does not see the results, as the registry does not. If many searches find nothing, tools are missing from the index, or their descriptions are unclear.',
  series: each('results', sortDesc(searches.inWindow({over: panel.range, by: ['results']}))),
});
