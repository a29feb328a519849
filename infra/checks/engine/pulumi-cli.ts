/** Finds Pulumi's real CLI, and runs it isolated from this machine's Pulumi settings, credentials and network. */
import {randomBytes} from 'node:crypto';
import {accessSync, constants, mkdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import {delimiter, dirname, join} from 'node:path';
import {reasonOf} from '@mcp-observability/tools/reason';
import {run, runToEnd} from '@mcp-observability/tools/run';
import {InfraError} from '../../infra-error.ts';

export type Pulumi = {
  readonly program: string;
  /** Arguments before the command. */
  readonly leading: readonly string[];
  /** Where it was found, for messages. */
  readonly from: string;
  readonly version: string;
};

/** No CLI is available on this machine. */
export class NoPulumiError extends InfraError {
  override readonly name = 'NoPulumiError';
  readonly code = 'ERR_NO_PULUMI';
}

const onPath = (env: NodeJS.ProcessEnv): string | undefined =>
  (env['PATH'] ?? '')
    .split(delimiter)
    .filter(folder => folder !== '' && !folder.includes('node_modules')) // npm puts its wrapper there
    .map(folder => join(folder, process.platform === 'win32' ? 'pulumi.exe' : 'pulumi'))
    .find(file => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

const installed = async (env: NodeJS.ProcessEnv): Promise<Pulumi | undefined> => {
  const configured = env['PULUMI_BIN'];
  const program = configured || onPath(env);
  if (program === undefined) return undefined;
  const from = configured ? 'PULUMI_BIN' : 'PATH';
  try {
    const {stdout} = await run(program, ['version'], {
      timeoutMs: 60_000,
      env: {...env, PULUMI_SKIP_UPDATE_CHECK: 'true'},
    });
    return {program, leading: [], from, version: stdout.trim()};
  } catch (error) {
    throw new NoPulumiError(`${from}: ${program} version failed: ${reasonOf(error).split('\n', 1)[0]}`);
  }
};

/** Looks at PULUMI_BIN, then PATH; undefined where neither has it. Nothing is downloaded. @throws {NoPulumiError} where it doesn't run */
export const findInstalledPulumi = (env: NodeJS.ProcessEnv = process.env): Promise<Pulumi | undefined> =>
  installed(env);

/**
 * PULUMI_BIN, else PATH, else the npm package `pulumi`, which fetches the CLI on its first use.
 * @throws {NoPulumiError} naming what was tried
 */
export const findPulumi = async (env: NodeJS.ProcessEnv = process.env): Promise<Pulumi> => {
  const found = await installed(env);
  if (found) return found;
  const wrapper = join(dirname(createRequire(import.meta.url).resolve('pulumi/package.json')), 'run.js');
  try {
    const {stdout} = await run(process.execPath, [wrapper, 'version'], {timeoutMs: 600_000, env});
    return {program: process.execPath, leading: [wrapper], from: 'the npm package pulumi', version: stdout.trim()};
  } catch (error) {
    const reason = reasonOf(error).split('\n').filter(Boolean).at(-1);
    throw new NoPulumiError(
      `no Pulumi CLI: PULUMI_BIN is not set, PATH has none, and the npm package pulumi failed (${reason})`,
    );
  }
};

export type CommandOutput = {readonly status: number; readonly stdout: string; readonly stderr: string};

export type PulumiWorkspace = {
  /** Set as PULUMI_HOME: plugins go there. */
  readonly home: string;
  readonly backend: string;
  /** Runs one command in the project. A status other than 0 is not an error; the caller must check it. */
  readonly run: (...parameters: readonly string[]) => Promise<CommandOutput>;
};

/** Milliseconds that one command may take on a slow machine. */
const timeoutMs = 600_000;

/** @param folder temporary; state, home and settings are kept in it. @param project where Pulumi.yaml is */
export const createWorkspace = (
  {program, leading}: Pulumi,
  {
    folder,
    project,
    signal,
  }: {readonly folder: string; readonly project: string; readonly signal?: AbortSignal | undefined},
): PulumiWorkspace => {
  const [home, backend] = [join(folder, 'pulumi-home'), join(folder, 'backend')];
  for (const path of [home, backend]) mkdirSync(path, {recursive: true});
  // The whole environment of every command: nothing of this machine but the programs, and no way to the network.
  const env = {
    PATH: [...(leading.length === 0 ? [dirname(program)] : []), process.env['PATH'] ?? ''].join(delimiter),
    HOME: process.env['HOME'],
    TMPDIR: process.env['TMPDIR'],
    XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'],
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: randomBytes(24).toString('hex'),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_IGNORE_AMBIENT_PLUGINS: 'true',
    HTTP_PROXY: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1,localhost',
  };
  const runPulumi = async (...parameters: readonly string[]): Promise<CommandOutput> => {
    signal?.throwIfAborted();
    try {
      const {
        status = 1,
        stdout,
        stderr,
      } = await runToEnd(program, [...leading, ...parameters, '--non-interactive'], {
        cwd: project,
        env,
        timeoutMs,
        signal,
      });
      return {status, stdout, stderr};
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  };
  return {home, backend, run: runPulumi};
};

/** The error message of a failed command, without the debug messages that `--json` adds. */
export const messageOf = ({stdout, stderr}: CommandOutput): string => {
  const diagnostics = stdout.split('\n').flatMap(line => {
    if (!line.includes('"diagnosticEvent"')) return [];
    const {diagnosticEvent}: {diagnosticEvent: {severity: string; message: string}} = JSON.parse(line);
    return diagnosticEvent.severity === 'error' ? [diagnosticEvent.message.trim()] : [];
  });
  return [...diagnostics, stderr.trim() || stdout.slice(0, 2_000)].filter(Boolean).join('\n');
};
