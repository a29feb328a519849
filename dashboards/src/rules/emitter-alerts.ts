/** Alerts on the way from an emitter into the counters. Each says whose events are missing from the boards. */
import {and, filter, or, positive, rule, unless} from '../promql/promql.ts';
import {acceptedEvents, executionsAlone, lostEvents, lostShare, silentEmitters} from '../signals/emitter-signals.ts';
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
      // Ten and five are the quarter of an hour. After an outage the first emitter to be back is not the others' silence.
      for: '5m',
      expr: filter(
        silentEmitters({day: rule.last('1d'), recent: quiet, at: now, regularEvents: thresholds.regularEvents}),
        '>',
        thresholds.silentSeconds,
      ),
      summary: 'No event of {{ $labels.emitter }} has been accepted for {{ $value | humanizeDuration }}',
      description:
        'Others are accepted, so the boards miss only what this emitter reports. It is down, idle, or cannot reach the service or authenticate. See Emitters on the board Pipeline.',
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
        // None is accepted for as long as this holds, so that each of its requests is rejected, however few they are.
        unless(positive(lostShare(recent)), positive(acceptedEvents({over: rule.last('2m')}))),
      ),
      summary: '{{ $value | humanizePercentage }} of the events of {{ $labels.emitter }} are rejected',
      description:
        'They are missing from the boards, and most emitters do not send them again. Rejected Metrics on the board Pipeline shows the reasons; the log of the service has a line with an example for each of them.',
    },
    {
      alert: 'EmitterRejected',
      severity: 'warning',
      labels: {emitter: 'unknown'},
      for: '10m',
      expr: filter(unauthenticated.inWindow(recent), '>', thresholds.fewEvents),
      summary: '{{ $value | printf "%.0f" }} requests within 5m had no valid API key',
      description:
        'An emitter has the wrong key, and everything it reports is lost; or a stranger tries keys. The log of the service has the addresses the requests came from. See Authentication Failures on the board Pipeline.',
    },
    {
      alert: 'ReporterMute',
      severity: 'warning',
      for: '10m',
      expr: executionsAlone({...recent, fewEvents: thresholds.fewEvents}),
      summary: 'MCP requests are counted, and no authentication for 15m',
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
        'They break a rule of the wire contract, so the boards miss them. Rejected Metrics on the board Pipeline shows the reasons.',
    },
    {
      alert: 'MetricsRateLimited',
      severity: 'warning',
      for: '10m',
      expr: filter(rateLimiting.perSecond({...recent, by: ['emitter']}), '>', thresholds.rateLimitedPerSecond),
      summary: '{{ $value | printf "%.1f" }} requests per second of {{ $labels.emitter }} exceed the rate limit',
      description:
        'Only nginx and the OpenTelemetry exporters send them again; what the others reported is lost. Rate Limited Requests on the board Pipeline shows since when.',
    },
  ],
};
