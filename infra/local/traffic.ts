/**
 * Live traffic: plays a gateway's day in real time and lets the four clients of the wire contract report it. It runs
 * inside the process that starts it, because it needs only a few timers.
 */
import {setTimeout as delay} from 'node:timers/promises';
import type {ReporterName} from './traffic/call-reports.ts';
import {gatewayDay} from './traffic/day.ts';
import {type Client, createClient, type Tally} from './traffic/gateway-clients.ts';
import {type GatewayVersion, gatewayVersions, reportedBy} from './traffic/gateway-version.ts';
import {createOtelClient} from './traffic/otel-client.ts';
import {createRandom} from './traffic/random.ts';

export type {Tally} from './traffic/gateway-clients.ts';

/** Where traffic goes, and how much. */
export interface TrafficOptions {
  /** Where metrics-service is: scheme, host and port. */
  readonly url: string;
  /** The API key each reporter uses; nginx shares the registry's. */
  readonly keys: Readonly<Record<Exclude<ReporterName, 'nginx'>, string>>;
  /** MCP requests per second. Each causes two to five events. */
  readonly rate: number;
  readonly seed: number;
  /** The release of the gateway that is simulated. @default the newest */
  readonly gateway?: GatewayVersion;
  /** Stops the traffic. */
  readonly signal: AbortSignal;
}

export interface Traffic {
  /** Counts posts and events while traffic is sent. */
  readonly tally: Readonly<Tally>;
  /** Resolves when everything has ended after `signal`. */
  readonly ended: Promise<void>;
}

/** Allowed and default values, in MCP requests per second. */
export const rateBounds = {min: 0.1, max: 500, default: 10} as const;

/** Events that are later than this, in milliseconds, are skipped: those of a pause, such as a closed laptop. */
const maxLagMs = 10_000;

/** Everything but the day's events uses a separate random stream, so that the events don't depend on it. */
const sideStream = 77;

/** Starts sending; failures are counted in the tally. */
export const startTraffic = ({
  url,
  keys,
  rate,
  seed,
  gateway = gatewayVersions[0],
  signal,
}: TrafficOptions): Traffic => {
  const tally: Tally = {sent: 0, events: 0, failed: 0, lastFailure: ''};
  const client = (reporter: ReporterName, key: string): Client => createClient(reporter, {url, key, tally, signal});
  const clients: Readonly<Record<ReporterName, Client>> = {
    registry: client('registry', keys.registry),
    'auth-server': client('auth-server', keys['auth-server']),
    library: client('library', keys.library),
    nginx: client('nginx', keys.registry),
  };
  const random = createRandom(seed, sideStream);
  const otel = {
    registry: createOtelClient({url, key: keys.registry, tally, signal}),
    'auth-server': createOtelClient({url, key: keys['auth-server'], tally, signal}),
  };

  /** One request without a key, as any open port gets them: boards and alerts about rejections have something to show. */
  const probe = async (): Promise<void> => {
    const body = JSON.stringify({service: 'registry', metrics: [{type: 'custom', value: 1}]});
    await fetch(new URL('/metrics', url), {method: 'POST', body, headers: {'Content-Type': 'application/json'}, signal})
      .then(response => response.body?.cancel())
      .catch(() => {}); // the clients report a service that is away
  };

  const play = async () => {
    const probed = probe();
    for (const event of gatewayDay({seed, start: Date.now(), rate})) {
      const ahead = event.at - Date.now();
      if (ahead > 0) await delay(ahead, undefined, {signal}).catch(() => {});
      if (signal.aborted) break;
      if (ahead < -maxLagMs) continue;
      const {reports, measurements} = reportedBy(gateway, event, random);
      for (const {reporter, metric} of reports) clients[reporter].report(metric);
      for (const measurement of measurements) otel[measurement.reporter].record(measurement);
    }
    await Promise.all([
      probed,
      ...Object.values(clients).map(({settled}) => settled()),
      ...Object.values(otel).map(client => client.end()),
    ]);
  };
  return {tally, ended: play()};
};
