/** The parties that the gateway connects: its MCP servers with their tools, and the applications that call them. */

export interface Tool {
  readonly name: string;
  /** Share of the server's calls, relative to its other tools. */
  readonly weight: number;
  readonly medianMs: number;
  /** Median size of the response, in bytes. */
  readonly outputBytes: number;
}

export interface Server {
  readonly name: string;
  /** Path under which the gateway serves it. */
  readonly path: string;
  readonly weight: number;
  /** Share of its requests that fail on an ordinary day. */
  readonly failureShare: number;
  readonly tools: readonly [Tool, ...Tool[]];
}

export interface ClientApplication {
  /** The name that it sends in `initialize`: any string. */
  readonly name: string;
  readonly version: string;
  readonly weight: number;
  /** How its users are authenticated, in the auth-server's words. */
  readonly login: 'keycloak' | 'session_cookie' | 'self_signed';
}

/** The gateway's own server; it reports by the client library. */
export const gatewayServer = 'mcpgw';

const tool = (name: string, weight: number, medianMs: number, outputBytes: number): Tool => ({
  name,
  weight,
  medianMs,
  outputBytes,
});

export const servers: readonly [Server, ...Server[]] = [
  {
    name: gatewayServer,
    path: '/mcpgw/',
    weight: 30,
    failureShare: 0.002,
    tools: [
      tool('intelligent_tool_finder', 60, 180, 6_000),
      tool('list_services', 25, 40, 9_000),
      tool('healthcheck', 10, 60, 2_000),
      tool('refresh_service', 5, 900, 700),
    ],
  },
  {
    name: 'github',
    path: '/github/',
    weight: 24,
    failureShare: 0.003,
    tools: [
      tool('search_code', 40, 420, 24_000),
      tool('get_file_contents', 30, 240, 18_000),
      tool('list_pull_requests', 18, 310, 12_000),
      tool('create_issue', 8, 520, 2_500),
      tool('merge_pull_request', 4, 1_300, 1_200),
    ],
  },
  {
    name: 'atlassian',
    path: '/atlassian/',
    weight: 16,
    failureShare: 0.005,
    tools: [
      tool('jira_search', 55, 650, 16_000),
      tool('confluence_get_page', 30, 480, 40_000),
      tool('jira_transition_issue', 15, 900, 800),
    ],
  },
  {
    name: 'aws-knowledge',
    path: '/aws-knowledge/',
    weight: 11,
    failureShare: 0.002,
    tools: [tool('search_documentation', 70, 750, 22_000), tool('read_documentation', 30, 380, 60_000)],
  },
  {
    name: 'fininfo',
    path: '/fininfo/',
    weight: 8,
    failureShare: 0.008,
    tools: [tool('get_stock_aggregates', 75, 290, 7_000), tool('print_stock_data', 25, 340, 3_500)],
  },
  {
    name: 'currenttime',
    path: '/currenttime/',
    weight: 6,
    failureShare: 0.0005,
    tools: [tool('current_time_by_timezone', 100, 12, 120)],
  },
  {
    name: 'sre-gateway',
    path: '/sre-gateway/',
    weight: 4,
    failureShare: 0.006,
    tools: [
      tool('search_logs', 50, 2_600, 90_000),
      tool('get_error_rates', 30, 800, 4_000),
      tool('get_pod_status', 20, 450, 6_000),
    ],
  },
  {
    name: 'report-writer',
    path: '/report-writer/',
    weight: 1,
    failureShare: 0.012,
    tools: [tool('write_report', 80, 11_000, 350_000), tool('list_templates', 20, 90, 2_000)],
  },
];

export const clients: readonly [ClientApplication, ...ClientApplication[]] = [
  {name: 'claude-code', version: '2.1.14', weight: 38, login: 'keycloak'},
  {name: 'Visual Studio Code', version: '1.106.0', weight: 22, login: 'session_cookie'},
  {name: 'cursor-vscode', version: '2.0.3', weight: 14, login: 'keycloak'},
  {name: 'strands-agent', version: '1.12.0', weight: 10, login: 'self_signed'},
  {name: 'langgraph-agent', version: '0.6.8', weight: 7, login: 'self_signed'},
  {name: 'roo-code', version: '3.28.1', weight: 5, login: 'keycloak'},
  {name: 'mcp-inspector', version: '0.17.2', weight: 3, login: 'session_cookie'},
  {name: 'nightly batch (finance)', version: '', weight: 1, login: 'self_signed'},
];

/** Searches of users who don't know which tool to call. */
export const searches: readonly [string, ...string[]] = [
  'what time is it in Tokyo',
  'stock price history',
  'create a ticket for the platform team',
  'find where a function is defined',
  'error rate of the checkout service',
  'read a page of the handbook',
  'open pull requests that wait for me',
  'book a flight',
];

/** A kind of work on the registry's API. */
export interface RegistryWork {
  readonly operation: string;
  readonly resourceType: string;
  readonly weight: number;
  readonly medianMs: number;
}

export const registryWork: readonly [RegistryWork, ...RegistryWork[]] = [
  {operation: 'list', resourceType: 'service', weight: 50, medianMs: 25},
  {operation: 'read', resourceType: 'service', weight: 25, medianMs: 15},
  {operation: 'toggle', resourceType: 'service', weight: 8, medianMs: 120},
  {operation: 'update', resourceType: 'service', weight: 7, medianMs: 160},
  {operation: 'register', resourceType: 'service', weight: 5, medianMs: 340},
  {operation: 'list', resourceType: 'agent', weight: 5, medianMs: 30},
];
