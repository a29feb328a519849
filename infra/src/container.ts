/** The container of a task: what it runs, what it may use, and its definition for ECS. */
import * as pulumi from '@pulumi/pulumi';
import {defined} from './defined.ts';
import type {Image} from './images.ts';

/** A value that ECS reads from Secrets Manager when a task starts. */
export type SecretReference = {
  readonly secretArn: pulumi.Input<string>;
  /** `<arn>:<JSON key>::<version id>`: naming the version makes a new one start new tasks. */
  readonly valueFrom: pulumi.Input<string>;
};

export type Container = {
  readonly image: Image;
  /** Arguments for the image's entry point. @default the image's own */
  readonly command?: readonly string[];
  /** Numeric, because the image's own user may be root. */
  readonly user: string;
  readonly ports: readonly {readonly name: string; readonly port: number; readonly http?: boolean}[];
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** By environment variable. @default none */
  readonly secrets?: Readonly<Record<string, SecretReference>>;
  /** The command that checks the container's health, run inside it without a shell; exit code 0 is healthy. */
  readonly healthCommand: readonly string[];
  /** Seconds before failing health checks count. */
  readonly startPeriod: number;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly stopTimeout: number;
  /** Folders it may write to; all else is read-only. @default none */
  readonly writable?: readonly string[];
};

/** A volume for each folder that the container may write to. */
const volumesOf = ({writable = []}: Container): readonly {readonly name: string; readonly path: string}[] =>
  writable.map(path => ({name: path.slice(1).replaceAll('/', '-'), path}));

/** The volumes of the task definition. */
export const taskVolumes = (container: Container): {name: string}[] => volumesOf(container).map(({name}) => ({name}));

/** Where the container's output goes. */
export type LogTarget = {readonly group: pulumi.Input<string>; readonly region: string};

/** @param prefix prefix of the names of the log streams. @default 'task' */
export const logConfiguration = ({group, region}: LogTarget, prefix = 'task') => ({
  logDriver: 'awslogs' as const, // kept narrow for the literal types of the provider
  options: {'awslogs-group': group, 'awslogs-region': region, 'awslogs-stream-prefix': prefix},
});

/** `containerDefinitions` of a task with this container only. */
export const containerDefinitions = (name: string, container: Container, logs: LogTarget): pulumi.Output<string> =>
  pulumi.jsonStringify([
    {
      name,
      image: defined(`${name}, image`, container.image.uri),
      essential: true,
      ...(container.command && {command: container.command}),
      user: container.user,
      readonlyRootFilesystem: true,
      linuxParameters: {initProcessEnabled: true, capabilities: {drop: ['ALL']}},
      portMappings: container.ports.map(({name: portName, port, http}) => ({
        name: portName,
        containerPort: port,
        protocol: 'tcp',
        ...(http && {appProtocol: 'http'}),
      })),
      environment: Object.entries(container.environment).map(([key, value]) => ({
        name: key,
        value: defined(`${name}, environment variable ${key}`, value),
      })),
      secrets: Object.entries(container.secrets ?? {}).map(([key, {valueFrom}]) => ({
        name: key,
        valueFrom: defined(`${name}, secret ${key}`, valueFrom),
      })),
      mountPoints: volumesOf(container).map(({name: sourceVolume, path}) => ({sourceVolume, containerPath: path})),
      healthCheck: {
        command: ['CMD', ...container.healthCommand],
        interval: 10,
        timeout: 5,
        retries: 3,
        startPeriod: container.startPeriod,
      },
      stopTimeout: container.stopTimeout,
      logConfiguration: logConfiguration(logs),
    },
  ]);
