/** Simulates a session: initialize, tools/list, then calls with pauses between them, any of which may fail. */

import {clients, servers, type Tool} from './gateway.ts';
import type {Random} from './random.ts';
import type {McpRequest, Session} from './traffic-events.ts';

/** Whether the identity provider, or a server by its name, is in trouble at a time. */
export interface Trouble {
  readonly identityProvider: (at: number) => boolean;
  readonly server: (name: string, at: number) => boolean;
}

const meanCalls = 4;
/** Share of the sessions that call other methods before they list the tools. */
const curiousShare = 0.35;
/** Average requests per session (initialize, tools/list, calls), without those that are sent again with a new token. */
export const meanRequests = 1 + curiousShare + 1 + meanCalls;

const pauseMs = 1_200;
/** Methods that some clients call before their first tool. */
const curiosities = ['resources/list', 'prompts/list', 'ping'] as const;

/** All requests of a new session that starts at `start`, in the order of their ends. */
export const requestsOf = (random: Random, start: number, trouble: Trouble): readonly McpRequest[] => {
  const session: Session = {
    key: `mcp-session-${random.hex(16)}`,
    userHash: `user_${random.between(1, 40).toString(16).padStart(12, '0')}`, // few users come often
    client: random.pick(clients),
    server: random.pick(servers),
  };
  const requests: McpRequest[] = [];
  let clock = start;
  let initialized = start;
  let listed: number | undefined;

  const send = (method: string, tool?: Tool): boolean => {
    const authentication = authenticate(random, trouble.identityProvider(clock));
    const work = handle(random, {session, method, tool, troubled: trouble.server(session.server.name, clock)});
    const success = authentication.success && work.errorCode === null;
    const durationMs = authentication.durationMs + (authentication.success ? work.durationMs : 0);
    clock += durationMs;
    const legs: McpRequest['legs'][number][] = [];
    if (success && method === 'tools/list') {
      legs.push({step: 'initialize_to_tools_list', seconds: (clock - initialized) / 1000});
    }
    if (success && method === 'tools/call' && listed !== undefined) {
      legs.push({step: 'tools_list_to_tools_call', seconds: (clock - listed) / 1000});
      legs.push({step: 'full_protocol_flow', seconds: (clock - initialized) / 1000});
      listed = undefined; // only the first call of a session ends these legs
    }
    requests.push({
      kind: 'mcp-request',
      at: clock,
      session,
      method,
      tool: tool?.name ?? '',
      authentication,
      success,
      errorCode: authentication.errorCode ?? work.errorCode,
      durationMs,
      inputBytes: Math.round(random.logNormal(tool === undefined ? 160 : 480, 0.7)),
      outputBytes: success ? Math.round(random.logNormal(tool?.outputBytes ?? 3_000, 0.8)) : 140,
      legs,
    });
    if (success && method === 'initialize') initialized = clock;
    if (success && method === 'tools/list') listed = clock;
    clock += random.exponential(pauseMs);
    return authentication.success;
  };

  const mayGoOn = send('initialize');
  if (!mayGoOn && !send('initialize')) return requests; // tries once more with a new token
  if (random.happens(curiousShare)) send(random.oneOf(curiosities));
  send('tools/list');
  for (let calls = random.attempts(meanCalls); calls > 0; calls -= 1)
    send('tools/call', random.pick(session.server.tools));
  return requests;
};

const authenticate = (random: Random, troubled: boolean): McpRequest['authentication'] => {
  const success = !random.happens(troubled ? 0.1 : 0.002);
  return {
    success,
    durationMs: random.logNormal(troubled ? 90 : 9, 0.6),
    errorCode: success ? null : random.oneOf(['token_expired', 'invalid_token', 'insufficient_scope']),
  };
};

interface Work {
  readonly session: Session;
  readonly method: string;
  readonly tool: Tool | undefined;
  readonly troubled: boolean;
}

const handle = (random: Random, {session: {server}, method, tool, troubled}: Work) => {
  const fails = random.happens(troubled ? 0.12 : server.failureShare);
  const median = tool?.medianMs ?? (method === 'initialize' ? 45 : 22);
  const slow = random.happens(0.02) ? 6 : 1;
  return {
    errorCode: fails ? random.oneOf(troubled ? ['upstream_timeout', 'bad_gateway'] : ['tool_error', '-32602']) : null,
    durationMs: random.logNormal(median * slow * (troubled ? 3 : 1), 0.55),
  };
};
