/** The preview server's paths, as the page and the server both spell them. */
export const routes = {
  /** GET: the boards and the problems of their sources. */
  boards: '/api/boards',
  /** GET: a stream of server-sent events, one for each new state of the boards. */
  changes: '/api/changes',
  /** GET: the read-only part of Prometheus's HTTP API. */
  prometheus: '/api/prometheus/',
  /** GET with `question`: a `MetricQuestion` as JSON. Available only with credentials. */
  cloudWatchSeries: '/api/cloudwatch/series',
  /** GET with `question`: a `DimensionQuestion` as JSON. */
  cloudWatchDimensions: '/api/cloudwatch/dimension-values',
  /** GET: the page of a board, followed by its uid. */
  board: '/d/',
} as const;

/** The problems of the last build. */
export type Problem = {
  /** `types`: the compiler rejects the sources; `boards`: they threw; `files`: single files of dashboard JSON. */
  readonly kind: 'types' | 'boards' | 'files';
  readonly message: string;
  /** Relative to the repository. */
  readonly file?: string;
  /** The line number, starting with 1. */
  readonly line?: number;
};

/** The response of `routes.boards`. */
export type BoardsResponse = {
  /** Counts the changes, so that a page knows whether it has seen this state. */
  readonly revision: number;
  /** Dashboard JSON by uid, from the last successful build. */
  readonly boards: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
  /** The URL of Prometheus's web interface, where a reader can open a query. */
  readonly prometheusPage: string;
  /** Whether CloudWatch can be queried; otherwise its panels show sample data. */
  readonly cloudWatch: boolean;
  /** How often the endpoint is scraped. */
  readonly scrapeIntervalMs: number;
};
