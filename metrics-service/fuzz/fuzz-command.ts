/** `npm run fuzz:openapi`: asks a running service whatever its own OpenAPI document allows and forbids. */
import {spawn} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {pino} from 'pino';
import {apiKeyVariable, headers, paths, variables} from '../src/contract.ts';
import {createService} from '../src/service.ts';
import {readSettings} from '../src/settings.ts';
import {findSchemathesis, type Schemathesis, UnavailableError} from './schemathesis.ts';

const usage = `Usage: npm run fuzz:openapi [-- schemathesis's own flags]

Starts the service and reads ${paths.openapi} from it. Then schemathesis generates valid and invalid requests and
checks the responses against the document: statuses, headers, bodies, and whether valid requests are accepted and
invalid ones rejected. The requests are the same in each run, unless --seed or --max-examples is given.
Exit codes: 0 without findings, 1 with findings, 3 if schemathesis is not available.

SCHEMATHESIS_BIN  path of schemathesis; default: PATH, then uvx, then Python's venv and PyPI, kept in the cache
`;

const key = 'a-key-for-the-fuzzer-alone';
/** Requests per minute and emitter: the fuzzer is faster than any emitter. */
const plenty = '100000000';

const parameters = process.argv.slice(2);
const repeatable = parameters.some(parameter => /^(-n|--seed|--max-examples)\b/.test(parameter))
  ? []
  : ['--generation-deterministic', '--max-examples=200'];

/** Runs it to its end; resolves to its status and to what it says of its cases. */
const fuzz = (found: Schemathesis, url: string, folder: string, signal: AbortSignal) =>
  new Promise<{readonly status: number | null; readonly cases: string | undefined}>((resolve, reject) => {
    const child = spawn(
      found.program,
      [
        ...found.parameters,
        'run',
        url + paths.openapi,
        `--header=${headers.apiKey}:${key}`,
        '--continue-on-failure',
        ...(process.stdout.isTTY ? [] : ['--no-color']),
        ...repeatable,
        ...parameters,
      ],
      {
        cwd: folder, // it keeps what it learnt in its working directory
        env: {
          ...process.env,
          PYTHONPATH: [import.meta.dirname, process.env['PYTHONPATH'] ?? '']
            .filter(path => path !== '')
            .join(delimiter),
          PYTHONDONTWRITEBYTECODE: '1',
          SCHEMATHESIS_HOOKS: 'formats',
        },
        stdio: ['ignore', 'pipe', 'inherit'],
        signal,
      },
    );
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      process.stdout.write(chunk);
    });
    child.once('error', reject);
    child.once('close', status => resolve({status, cases: /(\d+) generated/.exec(text)?.[1]}));
  });

const run = async (signal: AbortSignal): Promise<number> => {
  const found = await findSchemathesis(process.env, line => console.log(line));
  const service = await createService({
    settings: readSettings({
      [variables.host]: '127.0.0.1',
      [variables.apiPort]: '0',
      [variables.expositionEnabled]: 'false',
      [variables.rateLimit]: plenty,
      [apiKeyVariable('fuzz')]: key,
    }),
    log: pino({level: 'silent'}),
  });
  const folder = await mkdtemp(join(tmpdir(), 'fuzz-openapi-'));
  try {
    const {apiPort} = await service.listen();
    const {status, cases} = await fuzz(found, `http://127.0.0.1:${apiPort}`, folder, signal);
    console.log(`${cases ?? 'no'} cases, ${status === 0 ? 'no findings' : `schemathesis ended with ${status}`}`);
    return status === 0 ? 0 : 1;
  } finally {
    await service.drain({awaitScrape: false});
    await rm(folder, {recursive: true, force: true});
  }
};

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort());

if (parameters.includes('--help') || parameters.includes('-h')) console.log(usage);
else
  try {
    process.exitCode = await run(interrupted.signal);
  } catch (error) {
    if (!interrupted.signal.aborted) console.error(error instanceof Error ? error.message : error);
    process.exitCode = interrupted.signal.aborted ? 130 : error instanceof UnavailableError ? 3 : 1;
  }
