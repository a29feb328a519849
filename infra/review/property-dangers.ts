/** Which properties of AWS resources keep things closed, keep data, or report trouble, and what a change of each means. */
import {shortType} from '../plan/components.ts';
import type {Resource} from '../plan/engine.ts';
import type {Json} from '../plan/engine-protocol.ts';
import type {Change} from '../plan/resource-diff.ts';
import {type Danger, type DangerKind, danger} from './danger.ts';

/** Types whose removal or replacement loses what they store. */
const stateful =
  /^(aws:amp\/workspace:|aws:cloudwatch\/logGroup:|aws:secretsmanager\/secret:|awsx:ecr:Repository|aws:kms\/|aws:s3\/|aws:rds\/|aws:efs\/|aws:dynamodb\/)/;

/** Types that report trouble. */
const watching =
  /^(aws:cloudwatch\/(metricAlarm|compositeAlarm|logDelivery|logMetricFilter)|aws:amp\/(ruleGroupNamespace|alertManagerDefinition|anomalyDetector|queryLoggingConfiguration)|aws:sns\/topic|aws:ec2\/flowLog)/;

/** Types that keep something closed. */
const guarding = /^(aws:wafv2\/|aws:ec2\/defaultSecurityGroup:|aws:ec2\/vpcEndpoint:|aws:kms\/)/;

/** @param replacement the name of an added resource of the same type: then it is a replacement */
export const removalDanger = (resource: Resource, replacement: string | undefined): readonly Danger[] => {
  const {type, name} = resource;
  const what = replacement === undefined ? 'is removed' : `is replaced by ${replacement}`;
  const label = `${shortType(type)} ${name}`;
  if (stateful.test(type)) return [danger('loses data', `${label} ${what}`)];
  if (watching.test(type)) return [danger('alerts less', `${label} ${what}`)];
  if (guarding.test(type)) return [danger('opens', `${label} ${what}`)];
  return [];
};

const shown = (value: Json | undefined = 'nothing'): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

const isOff = (value: Json | undefined): boolean =>
  value === undefined || value === null || value === false || value === '';
const turnedOff = ({from, to}: Change): boolean => !isOff(from) && isOff(to);
const turnedOn = ({from, to}: Change): boolean => isOff(from) && !isOff(to);
const numberOf = (value: Json | undefined): number =>
  value === undefined || value === null || value === '' ? Number.NaN : Number(value);
const lowered = ({from, to}: Change): boolean => numberOf(to) < numberOf(from);
const raised = ({from, to}: Change): boolean => numberOf(to) > numberOf(from);
const differs = (): boolean => true;
/** Retention without a limit keeps logs forever, which is what a missing number of days means for log groups. */
const shortened = (change: Change): boolean => lowered(change) || (isOff(change.from) && !isOff(change.to));

type Watch = {
  readonly type?: RegExp;
  readonly path: RegExp;
  readonly when: (change: Change) => boolean;
  readonly kind: DangerKind;
  /** The meaning of the change, in words. */
  readonly means: string;
};

const watches: readonly Watch[] = [
  {path: /encrypt|kmsKey|sseAlgorithm/i, when: turnedOff, kind: 'opens', means: 'encryption is dropped'},
  {path: /encrypt|kmsKey|sseAlgorithm/i, when: differs, kind: 'opens', means: 'encryption changes'},
  {path: /^inputs\.internal$/, when: turnedOff, kind: 'opens', means: 'the load balancer gets public addresses'},
  {path: /assignPublicIp$/, when: turnedOn, kind: 'opens', means: 'tasks get public addresses'},
  {path: /webAclId$/, when: turnedOff, kind: 'opens', means: 'the web ACL is removed'},
  {
    path: /minimumProtocolVersion$|sslPolicy$|originSslProtocols/,
    when: differs,
    kind: 'opens',
    means: 'the accepted TLS versions change',
  },
  {path: /viewerProtocolPolicy$/, when: ({to}) => to === 'allow-all', kind: 'opens', means: 'plain HTTP is accepted'},
  {
    path: /imageTagMutability$/,
    when: ({to}) => to === 'MUTABLE',
    kind: 'opens',
    means: 'image tags can be overwritten',
  },
  {path: /scanOnPush$/, when: turnedOff, kind: 'opens', means: 'images are no longer scanned'},
  {path: /readonlyRootFilesystem$/, when: turnedOff, kind: 'opens', means: 'the root file system becomes writable'},
  {path: /privileged$/, when: turnedOn, kind: 'opens', means: 'the container runs privileged'},
  {
    path: /\.user$/,
    when: ({to}) => isOff(to) || /^(root|0)(:|$)/.test(String(to)),
    kind: 'opens',
    means: 'the container runs as root',
  },
  {path: /mapPublicIpOnLaunch$/, when: turnedOn, kind: 'opens', means: 'the subnet gives out public addresses'},
  {path: /managedPolicyArns|policyArn$/, when: differs, kind: 'allows more', means: 'managed policies change'},
  {path: /permissionsBoundary$/, when: turnedOff, kind: 'allows more', means: 'the permissions boundary is removed'},
  {
    path: /retention(Period)?InDays$|retentionInDays$/,
    when: shortened,
    kind: 'loses data',
    means: 'retention is shorter',
  },
  {path: /recoveryWindowInDays$/, when: lowered, kind: 'loses data', means: 'the recovery window is shorter'},
  {path: /maximumNumberOfImages$/, when: lowered, kind: 'loses data', means: 'fewer images are kept'},
  {path: /^options\.protect$/, when: turnedOff, kind: 'loses data', means: 'protection is off'},
  {path: /^options\.retainOnDelete$/, when: turnedOff, kind: 'loses data', means: 'it is deleted with the stack'},
  {
    path: /(enableDeletionProtection|deletionProtection\w*)$/,
    when: turnedOff,
    kind: 'loses data',
    means: 'deletion protection is off',
  },
  {path: /force(Delete|Destroy)$/, when: turnedOn, kind: 'loses data', means: 'it is deleted with its contents'},
  {
    path: /deploymentCircuitBreaker\.(enable|rollback)$/,
    when: turnedOff,
    kind: 'loses data',
    means: 'a failed deployment is no longer rolled back',
  },
  {path: /stopTimeout$/, when: lowered, kind: 'loses data', means: 'tasks have less time to drain'},
  {
    path: /natGateways|natGatewayStrategy/,
    when: differs,
    kind: 'loses data',
    means: 'NAT changes: private subnets may lose the way to AWS',
  },
  {
    type: /amp\/workspace|aws:.*:Namespace/,
    path: /^inputs\.(alias|name|kmsKeyArn)$/,
    when: differs,
    kind: 'loses data',
    means: 'the change may replace it',
  },
  {path: /actionsEnabled$/, when: turnedOff, kind: 'alerts less', means: 'the alarm notifies no one'},
  {
    path: /(alarmActions|okActions|insufficientDataActions)(\[\d+\])?$/,
    when: differs,
    kind: 'alerts less',
    means: 'the recipients of notifications change',
  },
  {type: /metricAlarm/, path: /threshold$/, when: differs, kind: 'alerts less', means: 'the threshold changes'},
  {
    type: /metricAlarm/,
    path: /(evaluationPeriods|datapointsToAlarm|period)$/,
    when: raised,
    kind: 'alerts less',
    means: 'the alarm waits longer',
  },
  {
    type: /metricAlarm/,
    path: /treatMissingData$/,
    when: differs,
    kind: 'alerts less',
    means: 'missing data counts differently',
  },
  {
    type: /metricAlarm/,
    path: /comparisonOperator$|metricName$|dimensions/,
    when: differs,
    kind: 'alerts less',
    means: 'the alarm watches something else',
  },
  {
    path: /containerInsights|settings\[\d+\]\.value$/,
    when: ({to}) => to === 'disabled' || isOff(to),
    kind: 'alerts less',
    means: 'Container Insights is off',
  },
  {
    path: /(logging|logConfiguration|accessLogs|loggingConfig)(\.|$|\[)/i,
    when: turnedOff,
    kind: 'alerts less',
    means: 'logging is removed',
  },
  {path: /\.healthCheck/, when: turnedOff, kind: 'alerts less', means: 'the health check is removed'},
  {path: /^inputs\.(desiredCount|minCapacity)$/, when: lowered, kind: 'shows less', means: 'fewer tasks run'},
];

/** A container's variable that the gateway's data depends on: limits that drop or fold more. */
const reading = (change: Change): string => `${shown(change.from)} to ${shown(change.to)}`;

const lastWord = (path: string): string => path.replace(/^(inputs|options)\./, '');

/** The first rule that a changed property matches. */
export const propertyDangers = (resource: Resource, name: string, changes: readonly Change[]): readonly Danger[] =>
  changes.flatMap(change => {
    const found = watches.find(
      ({type, path, when}) =>
        (type === undefined || type.test(resource.type)) && path.test(change.path) && when(change),
    );
    return found === undefined
      ? []
      : [danger(found.kind, `${name}: ${found.means} (${lastWord(change.path)}: ${reading(change)})`)];
  });
