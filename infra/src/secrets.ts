/**
 * Keys and passwords: generated, kept in Secrets Manager, read by tasks when they start. Each has a version in the stack
 * file. Raising it makes a new value; for a time the previous key is accepted too, so that the gateway can follow.
 */
import {headers} from '@mcp-observability/metrics-service/contract';
import * as secretsmanager from '@pulumi/aws/secretsmanager/index.js';
import * as pulumi from '@pulumi/pulumi';
import {RandomPassword} from '@pulumi/random/randomPassword.js';
import type {SecretReference} from './container.ts';
import {outputOf} from './defined.ts';

export type SecretsArgs = {
  readonly prefix: string;
  /** Emitters and the versions of their keys. */
  readonly emitters: Readonly<Record<string, number>>;
  /** Version of Grafana's admin password and secret key. */
  readonly grafanaCredentials: number;
  readonly recoveryDays: number;
};

export type EmitterKey = {
  readonly arn: pulumi.Output<string>;
  /** The newest key, for the emitter's task definition. */
  readonly valueFrom: pulumi.Output<string>;
  /** The newest key as the value of OTEL_EXPORTER_OTLP_HEADERS. */
  readonly otlpHeaders: pulumi.Output<string>;
  /** The newest key and the one before, separated by a comma, for metrics-service. */
  readonly accepted: SecretReference;
};

/** JSON keys of an emitter's secret. */
const currentKey = 'key';
const acceptedKeys = 'accepted';
const otlpHeaders = 'otlpHeaders';

/** The secrets of the emitters and of Grafana. */
export class Secrets extends pulumi.ComponentResource {
  readonly emitters: Readonly<Record<string, EmitterKey>>;
  readonly grafanaAdminPassword: SecretReference;
  readonly grafanaSecretKey: SecretReference;

  readonly #args: SecretsArgs;

  constructor(name: string, args: SecretsArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:Secrets', name, {}, opts);
    this.#args = args;
    this.emitters = Object.fromEntries(
      Object.entries(args.emitters).map(([emitter, version]) => [emitter, this.#emitter(emitter, version)]),
    );
    const credentials = this.#secret('grafana', "Grafana's admin password and secret key", args.grafanaCredentials, {
      adminPassword: this.#generated('grafana-admin-password', args.grafanaCredentials),
      secretKey: this.#generated('grafana-secret-key', args.grafanaCredentials),
    });
    this.grafanaAdminPassword = credentials('adminPassword');
    this.grafanaSecretKey = credentials('secretKey');
    this.registerOutputs();
  }

  #emitter(emitter: string, version: number): EmitterKey {
    const generated = `metrics-key-${emitter}`;
    const current = this.#generated(generated, version);
    // Resources are named by version, so the previous key keeps its resource and its value; older ones are deleted.
    const previous = version > 1 ? [this.#generated(generated, version - 1)] : [];
    const reference = this.#secret(generated, `API key with which ${emitter} sends metrics`, version, {
      [currentKey]: current,
      [otlpHeaders]: pulumi.interpolate`${headers.apiKey}=${current}`,
      [acceptedKeys]: pulumi.all([current, ...previous]).apply(keys => keys.join(',')),
    });
    const {secretArn} = reference(currentKey);
    return {
      arn: pulumi.output(secretArn),
      valueFrom: pulumi.interpolate`${secretArn}:${currentKey}::`,
      otlpHeaders: pulumi.interpolate`${secretArn}:${otlpHeaders}::`,
      accepted: reference(acceptedKeys),
    };
  }

  /** Letters and digits: fit for a header, an environment variable and a comma-separated list. 48 are 285 bits. */
  #generated(name: string, version: number): pulumi.Output<string> {
    return outputOf(new RandomPassword(`${name}-${version}`, {length: 48, special: false}, {parent: this}), 'result');
  }

  #secret(
    name: string,
    description: string,
    version: number,
    values: Readonly<Record<string, pulumi.Input<string>>>,
  ): (key: string) => SecretReference {
    const secret = new secretsmanager.Secret(
      name,
      {
        namePrefix: `${this.#args.prefix}/${name}-`,
        description,
        recoveryWindowInDays: this.#args.recoveryDays,
      },
      {parent: this},
    );
    const secretVersion = new secretsmanager.SecretVersion(
      name,
      {secretId: secret.id, secretStringWo: pulumi.jsonStringify(values), secretStringWoVersion: version},
      // Replaced, so that its id changes in the same update; the old version stays for tasks that are rolled back to it.
      {parent: this, replaceOnChanges: ['secretStringWoVersion'], retainOnDelete: true},
    );
    const secretArn = outputOf(secret, 'arn');
    const versionId = outputOf(secretVersion, 'versionId');
    return key => ({secretArn, valueFrom: pulumi.interpolate`${secretArn}:${key}::${versionId}`});
  }
}
