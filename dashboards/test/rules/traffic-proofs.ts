/** Series that the service exposes for gateway traffic, some of it bad. */
import {
  authRequestDuration,
  authRequests,
  toolExecutionDuration,
  toolExecutions,
} from '@mcp-observability/metrics-service/catalogue';
import {scrapeJob as job} from '@mcp-observability/metrics-service/contract';
import {counterSamples, type Growth, histogramSeries, type Scrapes, type Series, series} from './sample-proofs.ts';

/** Events between two scrapes. */
export type Traffic = {readonly good: Growth; readonly bad: Growth};

export type TrafficSeries = (traffic: Traffic, scrapes: Scrapes, instance?: string) => readonly Series[];

export const authentications: TrafficSeries = ({good, bad}, scrapes, instance = 'a') =>
  (['true', 'false'] as const).map(success =>
    series(
      authRequests,
      {job, instance, service: 'auth-server', success, method: 'keycloak', server: 'github'},
      counterSamples(success === 'true' ? good : bad, scrapes),
    ),
  );

export const executions: TrafficSeries = ({good, bad}, scrapes, instance = 'a') =>
  (['true', 'false'] as const).map(success =>
    series(
      toolExecutions,
      {
        job,
        instance,
        service: 'nginx',
        success,
        method: 'tools/call',
        server_name: 'github',
        tool_name: 'search',
        client_name: 'x',
      },
      counterSamples(success === 'true' ? good : bad, scrapes),
    ),
  );

export const authenticationTimes: TrafficSeries = ({good, bad}, scrapes, instance = 'a') =>
  histogramSeries(
    authRequestDuration,
    {job, instance, service: 'auth-server', success: 'true', method: 'keycloak', server: 'github'},
    {quick: 0.25, slow: 1, perScrape: {quick: good, slow: bad}, scrapes},
  );

export const executionTimes: TrafficSeries = ({good, bad}, scrapes, instance = 'a') =>
  histogramSeries(
    toolExecutionDuration,
    {job, instance, service: 'nginx', success: 'true', method: 'tools/call', server_name: 'github'},
    {quick: 5, slow: 7.5, perScrape: {quick: good, slow: bad}, scrapes},
  );
