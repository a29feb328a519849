/** Events at a gateway, before any reporter reports them. `at` is when an event ended, in milliseconds since 1970. */
import type {FlowStep} from '@mcp-observability/metrics-service/contract';
import type {ClientApplication, Server} from './gateway.ts';

/** One client's conversation with one server. */
export interface Session {
  readonly key: string;
  readonly userHash: string;
  readonly client: ClientApplication;
  readonly server: Server;
}

/** One MCP request, authenticated by the auth-server and passed on by nginx. */
export interface McpRequest {
  readonly kind: 'mcp-request';
  readonly at: number;
  readonly session: Session;
  readonly method: string;
  /** Name of the tool; empty for all methods but tools/call. */
  readonly tool: string;
  readonly authentication: {readonly success: boolean; readonly durationMs: number; readonly errorCode: string | null};
  /** Whether the call succeeded; false if authentication failed. */
  readonly success: boolean;
  readonly errorCode: string | null;
  readonly durationMs: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** Legs of the session that this request ends, in seconds. */
  readonly legs: ReadonlyArray<{readonly step: FlowStep; readonly seconds: number}>;
}

/** A search for tools. */
export interface Search {
  readonly kind: 'search';
  readonly at: number;
  readonly query: string;
  readonly resultsCount: number;
  readonly topKServices: number;
  readonly topNTools: number;
  readonly durationMs: number;
  readonly embeddingMs: number;
  readonly vectorSearchMs: number;
}

/** Work on the registry's API. */
export interface RegistryOperation {
  readonly kind: 'registry-operation';
  readonly at: number;
  readonly operation: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly userId: string;
  readonly success: boolean;
  readonly errorCode: string | null;
  readonly durationMs: number;
}

/** The registry checks whether a server is healthy. */
export interface HealthCheck {
  readonly kind: 'health-check';
  readonly at: number;
  readonly endpoint: string;
  readonly statusCode: number;
  readonly healthy: boolean;
  readonly durationMs: number;
}

/** The registry's middleware looked at a request's headers. */
export interface HeadersSeen {
  readonly kind: 'headers-seen';
  readonly at: number;
  readonly path: string;
  readonly method: string;
  readonly statusCode: number;
  readonly hasAuth: boolean;
  readonly sample: string;
  readonly durationMs: number;
}

export type GatewayEvent = McpRequest | Search | RegistryOperation | HealthCheck | HeadersSeen;
