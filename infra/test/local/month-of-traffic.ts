/**
 * Thirty days of a small gateway as OpenMetrics text: a daily rhythm, deployments that replace the task and restarts
 * that keep its address. Growth is a function of time, so that the expected values can be computed without Prometheus.
 */
import {jobs} from '@mcp-observability/dashboards';
import {
  authenticationFailures,
  eventLoopStall,
  foldedLabels,
  type Histogram,
  ingested,
  rateLimited,
  rejected,
  requestDuration,
  toolExecutionDuration,
  toolExecutions,
} from '@mcp-observability/metrics-service/catalogue';

const day = 86_400;

/** Events of a rate of one per second from 0 to `at`: half as many at night as on average. */
const events = (at: number): number => at - (0.5 * day * Math.cos((2 * Math.PI * at) / day)) / (2 * Math.PI);

/** The lifetime of a process, which counts from 0 and has one address. */
type Life = {readonly instance: string; readonly from: number; readonly to: number};

/** A deployment every three days, a restart every two, both at odd times; each leaves a minute without a scrape. */
const livesOf = ({from, to}: {readonly from: number; readonly to: number}): readonly Life[] => {
  const ends: {readonly at: number; readonly deployment: boolean}[] = [];
  for (let at = from + 2.37 * day; at < to; at += 3 * day) ends.push({at, deployment: true});
  for (let at = from + 1.11 * day; at < to; at += 2 * day) ends.push({at, deployment: false});
  // One of each within the last hour and the last day.
  ends.push({at: to - 1700, deployment: true}, {at: to - 20_000, deployment: false}, {at: to, deployment: false});
  const lives: Life[] = [];
  let began = from;
  let address = 1;
  for (const {at, deployment} of ends.sort((a, b) => a.at - b.at)) {
    lives.push({instance: `10.0.0.${address}:9465`, from: began, to: at});
    began = at + 60;
    if (deployment) address += 1;
  }
  return lives;
};

type Series = {readonly name: string; readonly labels: string; readonly perSecond: number};

const outcomes = [
  ['true', 0.95],
  ['false', 0.05],
] as const;

const gatewaySeries: readonly Series[] = ['github', 'jira'].flatMap((server, index) =>
  outcomes.flatMap(([success, share]) => {
    const perSecond = share * (index + 1);
    const labels = `service="nginx",success="${success}",method="tools/call",server_name="${server}"`;
    const buckets = toolExecutionDuration.buckets.map(
      (bound, place): Series => ({
        name: `${toolExecutionDuration.name}_bucket`,
        labels: `${labels},le="${bound}"`,
        perSecond: perSecond * Math.min(1, (place + 1) / 12),
      }),
    );
    const counter = {
      name: toolExecutions.name,
      labels: `${labels},tool_name="${server}-search",client_name="ide"`,
      perSecond,
    };
    if (success === 'false') return [counter];
    return [
      counter,
      ...buckets,
      {name: `${toolExecutionDuration.name}_bucket`, labels: `${labels},le="+Inf"`, perSecond},
      {name: `${toolExecutionDuration.name}_sum`, labels, perSecond: perSecond * 0.4},
      {name: `${toolExecutionDuration.name}_count`, labels, perSecond},
    ];
  }),
);

/** Every fourth bucket is enough to compare each. */
const bucketsOf = ({name, buckets}: Histogram, labels: string): readonly Series[] =>
  [...buckets.filter((_, index) => index % 4 === 3).map(String), '+Inf'].map((le, place, all) => ({
    name: `${name}_bucket`,
    labels: `${labels}le="${le}"`,
    perSecond: (place + 1) / all.length,
  }));

/** The service's metrics about itself, for each of two emitters. */
const serviceSeries: readonly Series[] = [
  ...['nginx', 'registry'].flatMap((emitter, index): readonly Series[] => [
    {name: ingested.name, labels: `emitter="${emitter}",type="tool_execution"`, perSecond: 2 + index},
    {name: rejected.name, labels: `emitter="${emitter}",reason="field"`, perSecond: 0.05 * (index + 1)},
    {name: rateLimited.name, labels: `emitter="${emitter}"`, perSecond: 0.02 * (index + 1)},
  ]),
  {name: authenticationFailures.name, labels: 'reason="missing"', perSecond: 0.1},
  {name: foldedLabels.name, labels: 'label="tool_name"', perSecond: 0.3},
  ...bucketsOf(requestDuration, 'route="/metrics",'),
  ...bucketsOf(eventLoopStall, ''),
];

/** Samples of the last day at the scrape interval, and of earlier days once per minute. Times are in seconds. */
export function* monthOfTraffic({from, to}: {readonly from: number; readonly to: number}): Generator<string> {
  const fine = to - 1.1 * day;
  for (const life of livesOf({from, to}))
    for (const {name, labels, perSecond} of [...gatewaySeries, ...serviceSeries]) {
      let text = '';
      for (let at = Math.ceil(life.from) + 7; at <= life.to; at += at < fine ? 60 : 15)
        text += `${name}{job="${jobs.service}",instance="${life.instance}",${labels}} ${((events(at) - events(life.from)) * perSecond).toFixed(4)} ${at}\n`;
      yield text;
    }
  yield '# EOF\n';
}
