/** The board about AWS: tasks, load balancer, CloudFront, workspace. It contains no account-specific names. */

import {uids} from '../panels/board-uids.ts';
import {workspace} from './aws-infrastructure/amp-workspace.ts';
import {
  balancerVariable,
  clusterVariable,
  distributionVariable,
  serviceVariable,
  targetGroupVariable,
  workspaceVariable,
} from './aws-infrastructure/aws-variables.ts';
import {albCodes, albRequests, albResponseTime, cloudfront, targets} from './aws-infrastructure/cloudfront.ts';
import {cpu, memory, network, restarts, tasks} from './aws-infrastructure/tasks.ts';
import {board, row} from './board.ts';

export const awsInfrastructure = board({
  uid: uids.awsInfrastructure,
  title: 'AWS Infrastructure',
  description:
    'Tasks, load balancer, CloudFront and the Prometheus workspace, from CloudWatch. The variables offer what CloudWatch has seen in the time range.',
  variables: [
    clusterVariable,
    serviceVariable,
    balancerVariable,
    targetGroupVariable,
    distributionVariable,
    workspaceVariable,
  ],
  rows: [
    row(8, cpu, memory, tasks),
    row(8, restarts, network),
    row(8, albRequests, albResponseTime),
    row(8, albCodes, targets),
    row(8, cloudfront, workspace),
  ],
});
