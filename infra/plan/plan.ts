/**
 * Runs a stack's whole program with Pulumi's own runner, without CLI, plugins, credentials or cloud.
 *
 * The program runs as an update, not as a preview: people read the plan, so every id, ARN and address has a value in
 * its real format. `pulumi preview` of a new stack shows the same resources, with those values unknown. In an update an
 * output that a provider omits is undefined in the program; in a preview the SDK makes it unknown.
 */
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {runToEnd} from '@mcp-observability/tools/run';
import {Engine, type Resource} from './engine.ts';
import type {Properties} from './engine-protocol.ts';
import {PlanError, type Project} from './project.ts';
import type {Create, Respond} from './provider-shape.ts';

export type Plan = {
  readonly stack: string;
  readonly resources: readonly Resource[];
  readonly outputs: Properties;
};

export type Planning = {
  readonly project: Project;
  readonly stack: string;
  /** Keys as in a stack file, lists and maps as JSON text. */
  readonly config: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Creates resources in place of the providers. @default the stand-in in fake-provider.ts */
  readonly create?: Create;
  /** Responds to functions in place of the providers. @default the same stand-in */
  readonly respond?: Respond;
};

/**
 * Every resource that `pulumi up` would register, sorted by URN.
 * @throws {PlanError} with the program's message if the program fails
 */
export const plan = async ({project, stack, config, signal, create, respond}: Planning): Promise<Plan> => {
  const engine = new Engine({project: project.name, stack, create, respond});
  const address = await engine.start();
  try {
    const runner = createRequire(join(project.folder, 'package.json')).resolve('@pulumi/pulumi/cmd/run');
    // It ends with this process: otherwise it would wait for its engine forever.
    const {status, stdout, stderr} = await runToEnd(
      process.execPath,
      [
        ...project.nodeArguments,
        runner,
        ...['--monitor', address, '--engine', address, '--organization', 'organization'],
        ...['--project', project.name, '--root-directory', project.root, '--stack', stack, '--pwd', project.folder],
        ...['--parallel', '16', '.'],
      ],
      {
        cwd: project.folder,
        signal,
        // The program's whole environment: a plan depends only on files, and no credential reaches it.
        env: {
          ...Object.fromEntries(['PATH', 'HOME', 'TMPDIR', 'SystemRoot'].map(name => [name, process.env[name]])),
          PULUMI_CONFIG: JSON.stringify(
            Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(':', ':config:'), value])),
          ),
          PULUMI_CONFIG_SECRET_KEYS: '[]',
        },
      },
    );
    const {resources, outputs, errors} = engine.registered;
    if (status !== 0 || errors.length > 0)
      throw new PlanError(
        errors.length > 0 ? errors.join('\n') : `${stdout}${stderr}`.trim() || `the program ended with ${status}`,
      );
    return {stack, resources, outputs};
  } finally {
    engine.stop();
  }
};
