/**
 * Live traffic from a separate process, for a metrics-service that runs elsewhere: the container `traffic` of
 * compose.yaml. Environment variables set the address, the keys and the rate.
 */
import {setInterval as ticks} from 'node:timers/promises';
import {apiKeyVariable} from '@mcp-observability/metrics-service/contract';
import {listenForInterruption} from '@mcp-observability/tools/interruption';
import {gatewayVersions} from './traffic/gateway-version.ts';
import {TrafficSettingsError} from './traffic/traffic-error.ts';
import {rateBounds, startTraffic, type TrafficOptions} from './traffic.ts';

const tallyEveryMs = 10_000;

/** @throws {TrafficSettingsError} that names every variable that is missing or malformed */
const readEnvironment = (env: NodeJS.ProcessEnv): Omit<TrafficOptions, 'signal'> => {
  const problems: string[] = [];
  const required = (name: string, expected: string): string => {
    const value = env[name] ?? '';
    if (value === '') problems.push(`${name}: expected ${expected}, found nothing`);
    return value;
  };
  // A variable may list several keys; blanks around commas are ignored.
  const key = (emitter: string): string => {
    const name = apiKeyVariable(emitter);
    const expected = `a key that the service accepts from ${emitter}`;
    const value = required(name, expected);
    const first = value.split(',').find(part => part.trim() !== '');
    if (value !== '' && first === undefined) problems.push(`${name}: expected ${expected}, found commas and blanks`);
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

const main = async (): Promise<void> => {
  const options = readEnvironment(process.env);
  const signal = listenForInterruption(() => process.exit(130));
  const {tally, ended} = startTraffic({...options, signal});
  console.log(`Sending the traffic of ${options.rate} MCP requests per second to ${options.url}.`);
  try {
    for await (const _ of ticks(tallyEveryMs, undefined, {signal}))
      console.log(
        tally.failed === 0
          ? `${tally.sent} posts sent`
          : `${tally.sent} posts sent, ${tally.failed} failed, the last with ${tally.lastFailure}`,
      );
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  await ended;
};

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
