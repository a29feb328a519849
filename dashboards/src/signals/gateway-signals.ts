/**
 * What the parts of the gateway count beside MCP requests: registry, health checks, targets, rate limits, generic proxy,
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
import {countedGrowth, judgedGrowth} from './recorded-readings.ts';

export const registryCalls = judgedGrowth(registryGrowth);
export const unhealthyChecks = countedGrowth(narrowGrowth(healthCheckGrowth, {healthy: 'false'}));
export const endpointChecks = countedGrowth(healthCheckGrowth);
/** Authentications by the kind of target that the request was routed to. */
export const targets = countedGrowth(targetGrowth);
export const rateLimitOutcomes = countedGrowth(rateLimitGrowth);
export const rateLimitDenials = countedGrowth(narrowGrowth(rateLimitGrowth, {outcome: 'deny'}));
/** Checks that failed because the counter store did not respond. */
export const rateLimitFailures = countedGrowth(rateLimitErrorGrowth);
export const quarantineDenials = countedGrowth(quarantineGrowth);
export const proxyRequests = countedGrowth(proxyGrowth);
export const proxySlotRejections = countedGrowth(proxySlotGrowth);
export const nginxConfigWrites = countedGrowth(nginxWriteGrowth);
export const sessionLookups = countedGrowth(sessionStoreGrowth);
export const tokenReplayChecks = countedGrowth(tokenReplayGrowth);
