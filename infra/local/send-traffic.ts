/**
 * Live traffic from a separate process, for a metrics-service that runs elsewhere: the container `traffic` of
 * compose.yaml. Environment variables set the address, the keys and the rate.
 */
import {setInterval as ticks} from 'node:timers/promises';
import {apiKeyVariable} from '@mcp-observability/metrics-service/contract';
import {checkUsage, createProgram, runProgram} from '@mcp-observability/tools/command-line';
import {listenForInterruption} from '@mcp-observability/tools/interruption';
import type {Tally} from './traffic/gateway-clients.ts';
import {gatewayVersions} from './traffic/gateway-version.ts';
import {TrafficSettingsError} from './traffic/traffic-error.ts';
import {rateBounds, startTraffic, type TrafficOptions} from './traffic.ts';

const tallyEveryMs = 10_000;

/** @throws {TrafficSettingsError} that names every variable that is missing or malformed */
const readEnvironment = (env: NodeJS.ProcessEnv): Required<Omit<TrafficOptions, 'signal'>> => {
  const problems: string[] = [];
  const required = (name: string, expected: string): string => {
    const value = env[name] ?? '';
    if (value === '') problems.push(`${name}: expected ${expected}, found nothing`);
    return value;
  };
  // A variable may list several keys; spaces around commas are ignored.
  const key = (emitter: string): string => {
    const name = apiKeyVariable(emitter);
    const expected = `a key that the service accepts from ${emitter}`;
    const value = required(name, expected);
    const first = value.split(',').find(part => part.trim() !== '');
    if (value !== '' && first === undefined)
      problems.push(`${name}: expected ${expected}, found only commas and spaces`);
    return first?.trim() ?? '';
  };
  const url = required('METRICS_SERVICE_URL', "the service's scheme, host and port");
  if (url !== '' && !URL.canParse(url))
    problems.push(`METRICS_SERVICE_URL: expected a URL such as http://localhost:8890, found ${JSON.stringify(url)}`);
  const keys = {registry: key('registry'), 'auth-server': key('auth-server'), library: key('library')};
  const rateText = env['TRAFFIC_RATE'] || String(rateBounds.default);
  const rate = Number(rateText);
  if (!(rate >= rateBounds.min && rate <= rateBounds.max))
    problems.push(
      `TRAFFIC_RATE: expected MCP requests per second from ${rateBounds.min} to ${rateBounds.max}, found ${JSON.stringify(rateText)}`,
    );
  const version = env['GATEWAY_VERSION'] || gatewayVersions[0];
  const gateway = gatewayVersions.find(known => known === version);
  if (gateway === undefined)
    problems.push(`GATEWAY_VERSION: expected ${gatewayVersions.join(' or ')}, found ${JSON.stringify(version)}`);
  if (problems.length > 0 || gateway === undefined) throw new TrafficSettingsError(problems.join('\n'));
  return {url: url.replace(/\/$/, ''), keys, rate, gateway, seed: Date.now()};
};

const lineOf = ({sent, events, failed, lastFailure}: Readonly<Tally>): string => {
  const line = `${sent} posts with ${events} events sent`;
  return failed === 0 ? line : `${line}, ${failed} posts failed, the last with ${lastFailure}`;
};

const send = async (): Promise<void> => {
  const options = checkUsage(() => readEnvironment(process.env));
  const signal = listenForInterruption(() => process.exit(130));
  const {tally, ended} = startTraffic({...options, signal});
  const {rate, gateway, url} = options;
  console.log(`Sending the traffic of ${rate} MCP requests per second of gateway version ${gateway} to ${url}.`);
  try {
    for await (const _ of ticks(tallyEveryMs, undefined, {signal})) console.log(lineOf(tally));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  await ended;
  console.log(lineOf(tally));
};

const program = createProgram(
  'node --import tsx infra/local/send-traffic.ts',
  `Sends the events of a simulated gateway to a metrics-service until it is stopped. Every ten seconds it prints how many posts and events were sent. From version 1.25 on, registry and auth-server export data points over OTLP every 5 s, so that one post has many events.

METRICS_SERVICE_URL          address of the service, such as http://localhost:8890; required
METRICS_API_KEY_REGISTRY     key of the registry, which nginx uses too; required
METRICS_API_KEY_AUTH_SERVER  key of the auth-server; required
METRICS_API_KEY_LIBRARY      key of the client library; required
TRAFFIC_RATE                 MCP requests per second, ${rateBounds.min} to ${rateBounds.max}, default ${rateBounds.default}
GATEWAY_VERSION              ${gatewayVersions.join(' or ')}, default ${gatewayVersions[0]}

Status 2: a missing or wrong variable.`,
).action(send);

await runProgram(program);
