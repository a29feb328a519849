/** Runs schemathesis on a service in this process. */
import {delimiter} from 'node:path';
import {listenForInterruption} from '@mcp-observability/tools/interruption';
import {runToEnd} from '@mcp-observability/tools/run';
import {createTemporaryFolder} from '@mcp-observability/tools/temporary-folder';
import {pino} from 'pino';
import {apiKeyVariable, headers, paths, variables} from '../src/contract.ts';
import {createService} from '../src/service.ts';
import {readSettings} from '../src/settings.ts';
import {findSchemathesis} from './schemathesis.ts';

const key = 'a-key-for-the-fuzzer-only';
/** Requests per minute and emitter: the fuzzer is faster than any emitter. */
const rateLimit = '100000000';

const isRandom = (flags: readonly string[]): boolean => flags.some(flag => /^(-n|--seed|--max-examples)\b/.test(flag));

/**
 * Prints schemathesis's report, and the number of its cases in the last line. Returns whether it has no findings.
 *
 * @param flags schemathesis's own
 * @throws {UnavailableError} when schemathesis is not available
 */
export const fuzz = async (flags: readonly string[]): Promise<boolean> => {
  const signal = listenForInterruption(() => process.exit(1));
  const found = await findSchemathesis(process.env, line => console.log(line));
  const service = await createService({
    settings: readSettings({
      [variables.host]: '127.0.0.1',
      [variables.apiPort]: '0',
      [variables.expositionEnabled]: 'false',
      [variables.rateLimit]: rateLimit,
      [apiKeyVariable('fuzz')]: key,
    }),
    log: pino({level: 'silent'}),
  });
  const folder = await createTemporaryFolder('fuzz-openapi-');
  try {
    const {apiPort} = await service.listen();
    const {status, stdout} = await runToEnd(
      found.program,
      [
        ...found.parameters,
        'run',
        `http://127.0.0.1:${apiPort}${paths.openapi}`,
        `--header=${headers.apiKey}:${key}`,
        '--continue-on-failure',
        ...(process.stdout.isTTY ? [] : ['--no-color']),
        ...(isRandom(flags) ? [] : ['--generation-deterministic', '--max-examples=200']),
        ...flags,
      ],
      {
        cwd: folder.path, // it keeps what it learnt in its working directory
        env: {
          ...process.env,
          PYTHONPATH: [import.meta.dirname, process.env['PYTHONPATH'] ?? '']
            .filter(path => path !== '')
            .join(delimiter),
          PYTHONDONTWRITEBYTECODE: '1',
          SCHEMATHESIS_HOOKS: 'formats',
        },
        signal,
        isShown: true,
      },
    );
    const cases = /(\d+) generated/.exec(stdout)?.[1];
    console.log(`${cases ?? 'no'} cases, ${status === 0 ? 'no findings' : `schemathesis ended with ${status}`}`);
    return status === 0;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    await service.drain({awaitScrape: false});
    await folder.remove();
  }
};
