/**
 * Generates the collector's configuration. `npm run check -- collector` runs it on a real collector; the behaviour of the
 * exporter that comments describe was measured there.
 */
import {jobs} from '@mcp-observability/dashboards';
import {paths, ports} from '@mcp-observability/metrics-service/contract';
import {discoveryInterval, remoteWriteTimeout, type ScrapeInterval} from './timing.ts';

/** The collector's own metrics; it scrapes them too, so that `up` and failed writes reach the workspace. */
export const ownTelemetry = {host: '127.0.0.1', port: 8888} as const;

/** The address that the image's /healthcheck requests. */
export const healthCheck = {host: '127.0.0.1', port: 13_133} as const;

export type CollectorParameters = {
  readonly region: string;
  /** The complete remote write URL of the workspace. */
  readonly remoteWriteUrl: string;
  /** DNS name that resolves to every task's address. */
  readonly tasksDnsName: string;
  /** The part of the tasks that this collector scrapes. */
  readonly shard: {readonly index: number; readonly count: number};
  /** Memory of the task in MiB; the collector is its only container. */
  readonly memory: number;
  /** Seconds between two scrapes. */
  readonly scrapeInterval: ScrapeInterval;
};

const seconds = (count: number): string => `${count}s`;

/** Only the tasks whose address falls to this shard, so that no sample is stored twice. */
const shardOf = ({index, count}: CollectorParameters['shard']) =>
  count === 1
    ? {}
    : {
        relabel_configs: [
          {source_labels: ['__address__'], action: 'hashmod', modulus: count, target_label: '__tmp_shard'},
          {source_labels: ['__tmp_shard'], action: 'keep', regex: String(index)},
        ],
      };

/** Writes to the workspace, and loses nothing in an outage of ten minutes. */
const remoteWrite = (endpoint: string) => ({
  endpoint,
  auth: {authenticator: 'sigv4auth'},
  // Time limit for all retries of a batch: a shorter outage loses nothing. The default of 5 s loses samples.
  timeout: seconds(remoteWriteTimeout),
  retry_on_failure: {enabled: true, initial_interval: '1s', max_elapsed_time: seconds(remoteWriteTimeout)},
  // The queue of batches that wait while one is retried: about eighty within ten minutes.
  remote_write_queue: {enabled: true, queue_size: 10_000},
  // One writer: more would reorder samples, and AMP rejects samples more than a minute out of order.
  max_batch_request_parallelism: 1,
  // Names are stored as they are exposed, and series get no labels that no board uses.
  translation_strategy: 'UnderscoreEscapingWithoutSuffixes',
  disable_scope_info: true,
  target_info: {enabled: false},
  // Type and help of each family, for Grafana's query editor: one more request per batch, and no samples.
  send_metadata: true,
});

export const collectorConfig = ({
  region,
  remoteWriteUrl,
  tasksDnsName,
  shard,
  memory,
  scrapeInterval,
}: CollectorParameters) => ({
  extensions: {
    health_check: {endpoint: `${healthCheck.host}:${healthCheck.port}`},
    sigv4auth: {region, service: 'aps'},
  },
  receivers: {
    prometheus: {
      scrape_on_shutdown: true, // narrows the gap that a deployment leaves
      config: {
        global: {scrape_interval: seconds(scrapeInterval), scrape_timeout: seconds(10)},
        scrape_configs: [
          {
            job_name: jobs.service,
            metrics_path: paths.metrics,
            dns_sd_configs: [
              {names: [tasksDnsName], type: 'A', port: ports.exposition, refresh_interval: seconds(discoveryInterval)},
            ],
            ...shardOf(shard),
          },
          {
            job_name: jobs.collector,
            static_configs: [{targets: [`${ownTelemetry.host}:${ownTelemetry.port}`]}],
          },
        ],
      },
    },
  },
  processors: {
    // First in the pipeline: it rejects new samples before the container runs out of memory and is killed.
    memory_limiter: {
      check_interval: '1s',
      limit_mib: Math.floor(memory * 0.8),
      spike_limit_mib: Math.floor(memory * 0.2),
    },
    batch: {},
  },
  exporters: {
    prometheus_remote_write: remoteWrite(remoteWriteUrl),
  },
  service: {
    extensions: ['health_check', 'sigv4auth'],
    telemetry: {
      // The collector's built-in scrape would have another job and a random instance.
      resource: {
        attributes: [
          {name: 'service.name', value: jobs.collector},
          {name: 'service.instance.id', value: `${jobs.collector}-${shard.index}`},
        ],
      },
      metrics: {
        readers: [{pull: {exporter: {prometheus: ownTelemetry}}}],
      },
    },
    pipelines: {
      metrics: {
        receivers: ['prometheus'],
        processors: ['memory_limiter', 'batch'],
        exporters: ['prometheus_remote_write'],
      },
    },
  },
});

export type CollectorConfig = ReturnType<typeof collectorConfig>;

/** Also retries 429, AMP's status for too many samples per second; without this flag the samples are dropped. */
export const collectorArguments = ['--feature-gates=exporter.prometheusremotewritexporter.RetryOn429'] as const;
