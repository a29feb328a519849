/** Pulumi.yaml and the stack files, read as Pulumi's CLI reads them. */
import {readdirSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {parseDocument} from 'yaml';
import {InfraError} from '../infra-error.ts';
import {didYouMean} from '../src/did-you-mean.ts';
import {isMap} from './engine-protocol.ts';

/** A stack can't be planned. The message is for the user, without a stack trace. */
export class PlanError extends InfraError {
  override readonly name = 'PlanError';
  readonly code = 'ERR_PLAN';
}

export type Project = {
  readonly root: string;
  readonly name: string;
  /** The program's folder, which contains its `main`. */
  readonly folder: string;
  readonly nodeArguments: readonly string[];
  readonly stackFolder: string;
};

const readYaml = (path: string): Readonly<Record<string, unknown>> => {
  const document = parseDocument(readFileSync(path, 'utf8'));
  const [error] = document.errors;
  if (error) throw new PlanError(`${path} is not valid YAML: ${error.message.trimEnd()}`);
  const value: unknown = document.toJS() ?? {};
  if (!isMap(value)) throw new PlanError(`${path}: expected a map of keys, found ${JSON.stringify(value)}`);
  return value;
};

const text = (value: unknown, where: string): string => {
  if (typeof value === 'string' && value !== '') return value;
  throw new PlanError(`${where}: expected a string, found ${JSON.stringify(value)}`);
};

export const readProject = (root: string): Project => {
  const path = join(root, 'Pulumi.yaml');
  const {name, main, stackConfigDir, runtime} = readYaml(path);
  const options = isMap(runtime) && isMap(runtime['options']) ? runtime['options'] : {};
  return {
    root,
    name: text(name, `${path}, name`),
    folder: resolve(root, text(main, `${path}, main`)),
    nodeArguments: text(options['nodeargs'], `${path}, runtime.options.nodeargs`).split(/\s+/),
    stackFolder: resolve(root, text(stackConfigDir, `${path}, stackConfigDir`)),
  };
};

/** The keys that a stack file may have; all except `config` belong to the CLI. */
const sections = ['config', 'environment', 'secretsprovider', 'encryptedkey', 'encryptionsalt'];

const stackFile = /^Pulumi\.(.+)\.yaml$/;

/** Names of the stacks that have a file. */
export const stackNames = ({stackFolder}: Project): readonly string[] =>
  readdirSync(stackFolder)
    .flatMap(file => stackFile.exec(file)?.[1] ?? [])
    .sort();

/**
 * A stack's configuration: keys as in the file, lists and maps as JSON text.
 * @throws {PlanError} for a stack without a file, YAML that can't be read, and encrypted values, which need the CLI
 */
export const readStack = (project: Project, stack: string): Readonly<Record<string, string>> => {
  const stacks = stackNames(project);
  if (!stacks.includes(stack))
    throw new PlanError(
      `stack: expected one of ${stacks.join(', ')}, found ${stack}.${didYouMean(stack, stacks)} Stacks are files in ${project.stackFolder}.`,
    );
  const path = join(project.stackFolder, `Pulumi.${stack}.yaml`);
  const file = readYaml(path);
  for (const section of Object.keys(file))
    if (!sections.includes(section))
      throw new PlanError(
        `${path}, ${section}: expected one of ${sections.join(', ')}.${didYouMean(section, sections)}`,
      );
  const {config} = file;
  if (config === null || config === undefined) return {};
  if (!isMap(config)) throw new PlanError(`${path}, config: expected a map of keys, found ${JSON.stringify(config)}`);
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      if (isMap(value) && 'secure' in value)
        throw new PlanError(`${path}, ${key}: expected a plain value, as no setting is secret, found an encrypted one`);
      // As in the CLI, a key without a namespace belongs to the project.
      return [
        key.includes(':') ? key : `${project.name}:${key}`,
        typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? ''),
      ];
    }),
  );
};
