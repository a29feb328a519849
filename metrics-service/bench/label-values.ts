/** Batches that are only sent to fill the service: with many label sets, or with label values that are new each time. */
import type {WireBatch, WireMetric} from '../src/json/events.ts';

const sender = {service: 'auth-server', version: '1.0.0', instance_id: 'auth-server-1'} as const;

/** The maximum number of values of a label by default. */
const maxValues = 150;
/** Label sets that one metric of `fillers` makes: a counter's for success and for failure, and a histogram's. */
const setsEach = 3;

/** Events after which the service has about that many label sets, in batches. */
export const fillers = (labelSets: number): readonly WireBatch[] =>
  inBatches(
    Array.from({length: Math.ceil(labelSets / setsEach)}, (_, index) => ({
      type: 'auth_request',
      value: 1,
      duration_ms: 2.5,
      dimensions: {
        success: true,
        method: `method-${index % maxValues}`,
        server: `server-${Math.floor(index / maxValues)}`,
      },
    })),
  );

/** Events with four label values that are new each time, in batches: what an abusive client sends. */
export const unknownLabels = (values: number): readonly WireBatch[] => {
  const fresh = (name: string) => `${name}-${Math.random().toString(36).slice(2)}`;
  return inBatches(
    Array.from({length: Math.ceil(values / 4)}, () => ({
      type: 'tool_execution',
      value: 1,
      duration_ms: 2.5,
      dimensions: {
        success: true,
        method: fresh('method'),
        server_name: fresh('server'),
        tool_name: fresh('tool'),
        client_name: fresh('client'),
      },
    })),
  );
};

const inBatches = (metrics: readonly WireMetric[]): readonly WireBatch[] =>
  Array.from({length: Math.ceil(metrics.length / 1000)}, (_, index) => ({
    ...sender,
    metrics: metrics.slice(index * 1000, (index + 1) * 1000),
  }));
