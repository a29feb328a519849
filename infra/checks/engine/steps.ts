/** Changes to a stack after its first update, each with the resources that it may change. */
import {appendFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Project} from '../../plan/project.ts';
import type {Profile} from '../../src/environments.ts';
import type {Stack} from './stacks.ts';

export type Step = {
  readonly name: string;
  /** Makes the change in the copy of the project. @returns the stack with its new settings */
  readonly change: (project: Project, stack: Stack) => Stack;
  /** All operations that the engine may do, as `operationsOf` names them. Each update is also compared with the plan. */
  readonly operations: readonly string[];
};

/** Changes a profile as an edit of environments.ts would. */
export const editProfile = (project: Project, profile: Profile, statement: string): void =>
  appendFileSync(
    join(project.folder, 'src', 'environments.ts'),
    `\n{ const profile = environments['${profile}']; ${statement} }\n`,
  );

const raisedKey: Step = {
  name: 'a raised key version',
  change: (_, stack) => ({...stack, settings: {...stack.settings, emitters: {'auth-server': 1, registry: 2}}}),
  operations: [
    'create random.RandomPassword metrics-key-registry-2',
    'replace secretsmanager.SecretVersion metrics-key-registry',
    'replace ecs.TaskDefinition metrics-service-definition',
    'update ecs.Service metrics-service-service',
  ],
};

const changedBoard: Step = {
  name: 'a changed board',
  change: (project, stack) => {
    appendFileSync(join(project.root, 'dashboards', 'src', 'boards', 'pipeline.ts'), '\n// changed\n');
    return stack;
  },
  operations: [
    'create docker-build.Image <tag>',
    'delete docker-build.Image <tag>', // from the state: the image itself is kept
    'replace random.RandomId grafana-build',
    'replace ecs.TaskDefinition grafana-definition',
    'update awsx.ecr.Image grafana',
    'update ecs.Service grafana-service',
  ],
};

const changedSize: Step = {
  name: 'a changed task size',
  change: (project, stack) => {
    editProfile(project, stack.profile, 'profile.collector.size = {cpu: 1024, memory: 4096};');
    return stack;
  },
  operations: ['replace ecs.TaskDefinition collector-definition', 'update ecs.Service collector-service'],
};

export const steps: readonly Step[] = [raisedKey, changedBoard, changedSize];
