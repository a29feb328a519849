/** Plans that tests share, run once per test file, and functions to read them. */
import {fileURLToPath} from 'node:url';
import type {Resource} from '../../plan/engine.ts';
import type {Json, Properties} from '../../plan/engine-protocol.ts';
import type {Plan} from '../../plan/plan.ts';
import {readProject, readStack} from '../../plan/project.ts';
import {joinedSettings} from '../joined-settings.ts';
import {planHere} from './program.ts';
import {twoCollectors} from './shards-program.ts';

export {joinedSettings};

export const project = readProject(fileURLToPath(new URL('../../..', import.meta.url)));

/** A stack file's configuration with some settings changed. */
export const configOf = (stack: string, changed: Readonly<Record<string, Json>> = {}): Record<string, string> => ({
  ...readStack(project, stack),
  ...Object.fromEntries(
    Object.entries(changed).map(([key, value]) => [
      key.includes(':') ? key : `${project.name}:${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ),
});

export const planOf = (stack: string, changed: Readonly<Record<string, Json>> = {}): Promise<Plan> =>
  planHere({project, stack, config: configOf(stack, changed)});

/** dev with the registry's key at another version. */
const rotated = (registry: number): Promise<Plan> => planOf('dev', {emitters: {registry, 'auth-server': 1}});

// All of them are made here, before any test: once the first test is declared, AVA requires the others to follow immediately.
export const [dev, devAgain, prod, all, abroad, second, third, sharded, lean, leanOnSpot, armDev, devJoined] =
  await Promise.all([
    planOf('dev'),
    // As a preview: an output that the stand-in leaves out is undefined to an update, and unknown to a preview.
    planHere({project, stack: 'dev', config: configOf('dev'), preview: true}),
    planOf('prod'),
    planOf('prod', joinedSettings),
    planOf('prod', {'aws:region': 'eu-west-1', alarmEmails: ['team@example.org']}),
    rotated(2),
    rotated(3),
    planHere({project, stack: 'prod', config: configOf('prod')}, twoCollectors),
    planOf('lean', joinedSettings),
    planOf('lean', {...joinedSettings, capacity: 'spot'}),
    planOf('dev', {architecture: 'ARM64'}),
    planOf('dev', joinedSettings),
  ]);
/** The stacks as they are, and prod with every setting used. */
export const plans = {dev, prod, joined: all};

export const ofType = ({resources}: Plan, type: string): readonly Resource[] =>
  resources.filter(resource => resource.type === type);

export const one = (plan: Plan, type: string, name: string): Resource => {
  const [found, ...others] = ofType(plan, type).filter(resource => resource.name === name);
  if (!found || others.length > 0)
    throw new Error(
      `expected one ${type} ${name}; there are ${ofType(plan, type)
        .map(resource => resource.name)
        .join(', ')}`,
    );
  return found;
};

export const service = (plan: Plan, name: string): Properties =>
  one(plan, 'aws:ecs/service:Service', `${name}-service`).inputs;
export const definition = (plan: Plan, name: string): Properties =>
  one(plan, 'aws:ecs/taskDefinition:TaskDefinition', `${name}-definition`).inputs;

export type Container = {
  readonly name: string;
  readonly image: string;
  readonly user: string;
  readonly command?: readonly string[];
  readonly readonlyRootFilesystem: boolean;
  readonly linuxParameters: Json;
  readonly portMappings: readonly {
    readonly name: string;
    readonly containerPort: number;
    readonly protocol: string;
    readonly appProtocol?: string;
  }[];
  readonly environment: readonly {readonly name: string; readonly value: string}[];
  readonly secrets: readonly {readonly name: string; readonly valueFrom: string}[];
  readonly mountPoints: readonly {readonly containerPath: string}[];
  readonly healthCheck: {readonly command: readonly string[]};
  readonly stopTimeout: number;
};

/** The only container of a service, as ECS would read it. */
export const container = (plan: Plan, name: string): Container => {
  const containers: Container[] = JSON.parse(String(definition(plan, name)['containerDefinitions']));
  if (!containers[0] || containers.length > 1) throw new Error(`${name}: ${containers.length} containers`);
  return containers[0];
};

export const environmentOf = (plan: Plan, name: string): Readonly<Record<string, string>> =>
  Object.fromEntries(container(plan, name).environment.map(({name: key, value}) => [key, value]));

export type Statement = {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: Json;
  readonly Condition?: Json;
};

export const statements = (text: Json | undefined): readonly Statement[] => {
  const {Statement: found}: {Statement: Statement[]} = JSON.parse(String(text));
  return found;
};

/** The statements of a role's own policy. */
export const roleStatements = (plan: Plan, role: string): readonly Statement[] =>
  statements(one(plan, 'aws:iam/rolePolicy:RolePolicy', role).inputs['policy']);

export const toList = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T]; // what isn't a list is one
