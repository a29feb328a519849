/**
 * Access to CloudWatch, for users with credentials: two read-only queries; the region must exist. Without credentials
 * CloudWatch is not queried, and the page shows samples.
 */
import type {CloudWatchClient, MetricDataQuery} from '@aws-sdk/client-cloudwatch';
import type {CloudWatchSeries, DimensionQuestion, MetricQuery, MetricQuestion} from './cloudwatch-question.ts';

export type CloudWatch = {
  readonly series: (question: MetricQuestion) => Promise<readonly CloudWatchSeries[]>;
  /** The values of a dimension, for a variable. */
  readonly dimensionValues: (question: DimensionQuestion) => Promise<readonly string[]>;
};

/** Each of these variables locates credentials. A profile that the environment does not name is not used. */
const givenBy = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

/** A longer list is too long to read, and each page is charged for. */
const maxPages = 5;

const byTime = (a: readonly [number, number], b: readonly [number, number]): number => a[0] - b[0];

type Aws = typeof import('@aws-sdk/client-cloudwatch');

const toDataQuery = ({id, label, hide, period, metric, expression}: MetricQuery): MetricDataQuery => ({
  Id: id,
  ReturnData: !hide,
  ...(label && {Label: label}),
  ...(metric
    ? {
        MetricStat: {
          Metric: {
            Namespace: metric.namespace,
            MetricName: metric.name,
            Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({Name, Value})),
          },
          Period: period,
          Stat: metric.statistic,
        },
      }
    : {Expression: expression, Period: period}),
});

const readSeries = async (
  aws: Aws,
  client: CloudWatchClient,
  {from, to, queries}: MetricQuestion,
): Promise<readonly CloudWatchSeries[]> => {
  const request = {
    StartTime: new Date(from),
    EndTime: new Date(to),
    ScanBy: 'TimestampAscending' as const,
    MetricDataQueries: queries.map(toDataQuery),
  };
  const found = new Map<string, {id: string; label: string; samples: [number, number][]}>();
  for await (const page of aws.paginateGetMetricData({client}, request)) {
    for (const {Id = '', Label = '', Timestamps = [], Values = []} of page.MetricDataResults ?? []) {
      const key = `${Id} ${Label}`;
      const series = found.get(key) ?? {id: Id, label: Label, samples: []};
      series.samples.push(...Timestamps.map((at, index): [number, number] => [at.valueOf(), Values[index] ?? 0]));
      found.set(key, series);
    }
  }
  return [...found.values()].map(series => ({...series, samples: series.samples.sort(byTime)}));
};

const readDimensionValues = async (
  aws: Aws,
  client: CloudWatchClient,
  {namespace, metricName, dimension, filters}: DimensionQuestion,
): Promise<readonly string[]> => {
  const values = new Set<string>();
  let pages = 0;
  const request = {
    Namespace: namespace,
    ...(metricName && {MetricName: metricName}),
    Dimensions: [
      {Name: dimension},
      ...Object.entries(filters).map(([Name, Value]) => ({Name, ...(Value !== '*' && {Value})})),
    ],
  };
  for await (const {Metrics = []} of aws.paginateListMetrics({client}, request)) {
    for (const {Dimensions = []} of Metrics) {
      for (const {Name, Value} of Dimensions) if (Name === dimension && Value) values.add(Value);
    }
    pages += 1;
    if (pages === maxPages) break;
  }
  return [...values].sort();
};

/**
 * @returns undefined where the environment provides no credentials. AWS_ENDPOINT_URL replaces CloudWatch's address.
 */
export const createCloudWatch = async (environment: NodeJS.ProcessEnv): Promise<CloudWatch | undefined> => {
  if (!givenBy.some(name => environment[name])) return undefined;
  const aws = await import('@aws-sdk/client-cloudwatch'); // a large library that most users never need
  const own = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'];
  const clients = new Map<string, CloudWatchClient>();
  const clientFor = (region: string): CloudWatchClient => {
    const known = clients.get(region);
    if (known) return known;
    const chosen = region === 'default' ? own : region;
    const client = new aws.CloudWatchClient({maxAttempts: 2, ...(chosen && {region: chosen})});
    clients.set(region, client);
    return client;
  };
  return {
    series: question => readSeries(aws, clientFor(question.region), question),
    dimensionValues: question => readDimensionValues(aws, clientFor(question.region), question),
  };
};
