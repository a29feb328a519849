/** Panels about authentications: outcomes and methods. */
import {barGauge, each, named, stat, timeSeries} from '../../panels/panels.ts';
import {successShareSteps} from '../../panels/theme.ts';
import {filters} from '../../panels/variables.ts';
import {orZero, panel, positive, sortDesc} from '../../promql/promql.ts';
import {authentications} from '../../signals/mcp-signals.ts';

const now = {over: panel.resolution, where: filters.authentications};
const inRange = {over: panel.range, where: filters.authentications};

export const authenticationFlow = timeSeries({
  title: 'Authentication Flow Analysis',
  description:
    'Successful and failed authentications per second. A steady trickle of failures is expired tokens; a step is an identity provider or key that changed; a spike from one server is a misconfigured client. Compare with Authentication Methods Distribution.',
  series: [
    named('successful', orZero(authentications.succeeded.perSecond(now)), 'success'),
    named('failed', orZero(authentications.failed.perSecond(now)), 'failure'),
  ],
});

export const authenticationSuccessRate = stat({
  title: 'Authentication Success Rate',
  description:
    'Share of the authentications in the time range that succeeded. Under 95% some clients are locked out, under 85% most likely the identity provider or a key is broken: see Authentication Flow Analysis for when it started.',
  query: authentications.successShare(inRange),
  thresholds: successShareSteps,
});

export const authenticationMethods = barGauge({
  title: 'Authentication Methods Distribution',
  description:
    'Authentication requests in the time range by the method that the auth server names. One that disappears after a change of configuration was switched off for those who still use it; one you do not know should not be let in.',
  series: each('method', sortDesc(positive(authentications.inWindow({...inRange, by: ['method']})))),
});
