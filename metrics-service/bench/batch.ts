/** The metrics the load sends: what the auth-server's middleware sends of a tool call, over a few servers and tools. */
import type {WireBatch} from '../src/events.ts';

export const batchOf = (metrics: number): WireBatch => ({
  service: 'auth-server',
  version: '1.0.0',
  instance_id: 'auth-server-1',
  metrics: Array.from({length: metrics}, (_, index) => ({
    type: 'tool_execution',
    timestamp: '2026-01-01T12:00:00.123456',
    value: 1,
    duration_ms: 12.5 + (index % 50),
    dimensions: {
      tool_name: `tool-${index % 20}`,
      server_name: `server-${index % 5}`,
      server_path: `/server-${index % 5}`,
      success: index % 10 !== 0,
      method: 'tools/call',
      client_name: `client-${index % 3}`,
      user_hash: '5f4dcc3b5aa7',
    },
    metadata: {error_code: null, input_size_bytes: 512, output_size_bytes: 0},
  })),
});
