/** Alerts on the path from an emitter to the counters. Each names the emitter whose events are missing from the boards. */
import {and, filter, or, positive, rule, unless} from '../promql/promql.ts';
import {
  acceptedEvents,
  executionsWithoutAuthentications,
  lostEvents,
  lostShare,
  silentEmitters,
} from '../signals/emitter-signals.ts';
import {rateLimiting, rejections, unauthenticated} from '../signals/pipeline-signals.ts';
import {thresholds} from '../signals/thresholds.ts';
import type {AlertGroup} from './alert.ts';

const {now} = rule;
const recent = {over: rule.last('5m')};
const quiet = rule.last('10m');

export const emitterAlerts: AlertGroup = {
  name: 'emitters',
  rules: [
    {
      alert: 'EmitterSilent',
      severity: 'warning',
      // The threshold of 10m and `for` of 5m add up to 15m. After an outage, `for` also gives
      // the other emitters time to return once the first one is back.
      for: '5m',
      expr: filter(
        silentEmitters({day: rule.last('1d'), recent: quiet, at: now, regularEvents: thresholds.regularEvents}),
        '>',
        thresholds.silentSeconds,
      ),
      summary: 'No event of {{ $labels.emitter }} has been accepted for {{ $value | humanizeDuration }}',
      description:
        'Events of other emitters are accepted, so only the data of this emitter is missing from the boards. It is down or idle, cannot reach the service, or cannot authenticate. See Emitters on the board Pipeline.',
    },
    {
      alert: 'EmitterRejected',
      severity: 'warning',
      for: '10m',
      expr: or(
        and(
          filter(lostShare(recent), '>', thresholds.rejectedShare),
          filter(lostEvents(recent), '>', thresholds.fewEvents),
        ),
        // While this is true no event is accepted, so every request of the emitter is rejected; it fires however few
        // they are.
        unless(positive(lostShare(recent)), positive(acceptedEvents({over: rule.last('2m')}))),
      ),
      summary: '{{ $value | humanizePercentage }} of the events of {{ $labels.emitter }} are rejected',
      description:
        'These events are missing from the boards, and only nginx sends a rejected batch again. Rejected Metrics on the board Pipeline shows the reasons; the log of metrics-service has an example of each.',
    },
    {
      alert: 'EmitterRejected',
      severity: 'warning',
      labels: {emitter: 'unknown'},
      for: '10m',
      expr: filter(unauthenticated.inWindow(recent), '>', thresholds.fewEvents),
      summary: '{{ $value | printf "%.0f" }} requests within 5m had no valid API key',
      description:
        'An emitter has the wrong key, and everything it reports is lost; or an unknown client is guessing keys. The log of metrics-service shows the addresses of these requests. See Authentication Failures on the board Pipeline.',
    },
    {
      alert: 'ReporterMute',
      severity: 'warning',
      for: '10m',
      expr: executionsWithoutAuthentications({...recent, fewEvents: thresholds.fewEvents}),
      summary: 'MCP requests are counted, but no authentication has been counted for 15m',
      description:
        'The gateway authenticates every MCP request, so the auth server does not report: the authentication panels are empty, and alerts on them cannot fire. See Emitters on the board Pipeline.',
    },
    {
      alert: 'MetricsRejected',
      severity: 'warning',
      for: '10m',
      expr: filter(rejections.perSecond({...recent, by: ['emitter']}), '>', thresholds.rejectedPerSecond),
      summary: '{{ $value | printf "%.1f" }} events per second of {{ $labels.emitter }} are rejected',
      description:
        'They violate the wire contract and are missing from the boards. Rejected Metrics on the board Pipeline shows the reasons.',
    },
    {
      alert: 'MetricsRateLimited',
      severity: 'warning',
      for: '10m',
      expr: filter(rateLimiting.perSecond({...recent, by: ['emitter']}), '>', thresholds.rateLimitedPerSecond),
      summary: '{{ $value | printf "%.1f" }} requests per second of {{ $labels.emitter }} exceed the rate limit',
      description:
        'Only nginx and the OpenTelemetry exporters send them again; what other emitters reported is lost. Rate Limited Requests on the board Pipeline shows when it started.',
    },
  ],
};
