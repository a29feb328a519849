/** The generic proxy: requests that are not MCP requests. */
import {each, timeSeries} from '../../panels/panels.ts';
import {orZeroAs, panel} from '../../promql/promql.ts';
import {proxyRequests, proxySlotRejections} from '../../signals/gateway-signals.ts';
import {noneReported, notReported} from './not-reported.ts';

const over = panel.resolution;

export const proxyOutcomes = timeSeries({
  title: 'Generic Proxy Outcomes',
  description:
    'Requests through the generic proxy per second, by outcome. An outcome other than success that rises is an upstream that fails or a policy that denies: the log of the gateway has the request.',
  series: [each('outcome', orZeroAs(proxyRequests.perSecond({over, by: ['outcome']}), 'outcome', noneReported))],
  noValue: notReported,
});

export const proxySlots = timeSeries({
  title: 'Generic Proxy Slots Rejected',
  description:
    'Requests per second that the generic proxy rejected because its pool had no free slot, by pool. Any are a pool that is too small for its clients, or an upstream that is too slow to free its slots.',
  series: [each('pool', orZeroAs(proxySlotRejections.perSecond({over, by: ['pool']}), 'pool', noneReported))],
  noValue: notReported,
});
