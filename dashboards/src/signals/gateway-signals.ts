/**
 * Signals of the gateway in addition to MCP requests: registry, health checks, targets, rate limits, generic proxy,
 * nginx, sessions, tokens. Gateways report most of it from 1.25 on.
 */
import {narrowGrowth} from '../promql/promql.ts';
import {
  healthCheckGrowth,
  nginxWriteGrowth,
  proxyGrowth,
  proxySlotGrowth,
  quarantineGrowth,
  rateLimitErrorGrowth,
  rateLimitGrowth,
  registryGrowth,
  sessionStoreGrowth,
  targetGrowth,
  tokenReplayGrowth,
} from './recorded-growth.ts';
import {counterGrowth, outcomeGrowth} from './recorded-readings.ts';

export const registryCalls = outcomeGrowth(registryGrowth);
export const unhealthyChecks = counterGrowth(narrowGrowth(healthCheckGrowth, {healthy: 'false'}));
export const endpointChecks = counterGrowth(healthCheckGrowth);
/** Authentications by the kind of target that the request was routed to. */
export const targets = counterGrowth(targetGrowth);
export const rateLimitOutcomes = counterGrowth(rateLimitGrowth);
export const rateLimitDenials = counterGrowth(narrowGrowth(rateLimitGrowth, {outcome: 'deny'}));
/** Checks that failed because the counter store did not respond. */
export const rateLimitFailures = counterGrowth(rateLimitErrorGrowth);
export const quarantineDenials = counterGrowth(quarantineGrowth);
export const proxyRequests = counterGrowth(proxyGrowth);
export const proxySlotRejections = counterGrowth(proxySlotGrowth);
export const nginxConfigWrites = counterGrowth(nginxWriteGrowth);
export const sessionLookups = counterGrowth(sessionStoreGrowth);
export const tokenReplayChecks = counterGrowth(tokenReplayGrowth);
