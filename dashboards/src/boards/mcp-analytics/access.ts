/** Panels about access control: failed authentications, targets, rate limits, quarantine, sessions, tokens. */
import {
  rateLimitChecks,
  sessionStoreResolutions,
  tokenReplayChecks as tokenReplayFamily,
} from '@mcp-observability/metrics-service/catalogue';
import {coloursOf, each, timeSeries} from '../../panels/panels.ts';
import {filters} from '../../panels/variables.ts';
import {orZeroAs, panel} from '../../promql/promql.ts';
import {
  rateLimitFailures as failures,
  quarantineDenials as quarantine,
  rateLimitDenials,
  rateLimitOutcomes,
  sessionLookups,
  targets,
  tokenReplayChecks,
} from '../../signals/gateway-signals.ts';
import {authentications} from '../../signals/mcp-signals.ts';
import {noneReported, notReported} from './not-reported.ts';

const over = panel.resolution;

export const failedAuthentications = timeSeries({
  title: 'Failed Authentications by Server',
  description:
    'Failed authentications per second, by the server that the request was for. The server api stands for the API of the registry: most of its failures are expired browser sessions, and no objective counts them. Another server that stands out has a client with a wrong or expired token.',
  series: [
    each(
      'server',
      orZeroAs(
        authentications.failed.perSecond({over, by: ['server'], where: filters.authentications}),
        'server',
        'no failures',
      ),
    ),
  ],
  alerts: ['MCPHighErrorRate', 'MCPAuthErrorBudgetBurn'],
});

export const targetKinds = timeSeries({
  title: 'Targets by Kind',
  description:
    'Authentications per second, by the kind of target that the request was routed to. A kind that disappears after a release is a route that no longer matches; unknown is a kind that a newer gateway has and this service does not know yet.',
  series: [each('target_kind', targets.perSecond({over, by: ['target_kind']}))],
  noValue: notReported,
});

export const rateLimitOutcome = timeSeries({
  title: 'Rate Limit Checks',
  description:
    'Checks of the rate limits of the gateway per second, by outcome. A rise of denials is a client in a loop, or a limit that is too low: Rate Limit Denials shows on which axis.',
  series: [
    each('outcome', orZeroAs(rateLimitOutcomes.perSecond({over, by: ['outcome']}), 'outcome', noneReported), {
      colours: coloursOf(rateLimitChecks, 'outcome', {allow: 'success', deny: 'warning'}),
    }),
  ],
  legend: 'bottom',
  noValue: notReported,
});

export const rateLimitAxes = timeSeries({
  title: 'Rate Limit Denials',
  description:
    'Checks that denied a request, per second, by axis: clr is the caller, tgt the target, ctg the caller on that target, qtn the quarantine. Raise the limit of that axis, or find the caller in the log of the auth-server.',
  series: [each('axis', orZeroAs(rateLimitDenials.perSecond({over, by: ['axis']}), 'axis', noneReported))],
  noValue: notReported,
});

export const rateLimitFailures = timeSeries({
  title: 'Rate Limit Store Failures',
  description:
    'Checks per second that failed because the counter store did not respond, by axis. While it does not respond, limits are not enforced or requests are denied, as the gateway is configured: check the store first.',
  series: [each('axis', failures.perSecond({over, by: ['axis']}))],
  noValue: notReported,
});

export const quarantineDenials = timeSeries({
  title: 'Quarantine Denials',
  description:
    'Requests per second that were denied because their caller or their target is in quarantine, by scope. A quarantine ends with its time or by hand; denials that do not end are a client that does not notice it.',
  series: [each('scope', orZeroAs(quarantine.perSecond({over, by: ['scope']}), 'scope', noneReported))],
  legend: 'bottom',
  noValue: notReported,
});

export const sessionStore = timeSeries({
  title: 'Session Store Lookups',
  description:
    'Lookups in the session store per second, by what they found. Expired is normal at the end of a working day; misses that rise are a store that lost its data, and store_error is a store that does not respond: users have to sign in again.',
  series: [
    each('result', sessionLookups.perSecond({over, by: ['result']}), {
      colours: coloursOf(sessionStoreResolutions, 'result', {
        hit: 'success',
        miss: 'traffic',
        expired: 'warning',
        store_error: 'failure',
      }),
    }),
  ],
  noValue: notReported,
});

export const tokenReplay = timeSeries({
  title: 'Token Replay Checks',
  description:
    'Checks that an internal token is used only once, per second, by outcome. A replay is a retry between the parts of the gateway, or a stolen token: find its address in the log of the auth-server. missing_jti are tokens of an older gateway.',
  series: [
    each('result', tokenReplayChecks.perSecond({over, by: ['result']}), {
      colours: coloursOf(tokenReplayFamily, 'result', {
        accepted: 'success',
        replay: 'failure',
        missing_jti: 'warning',
        store_error: 'failureOnTheWay',
      }),
    }),
  ],
  noValue: notReported,
});
