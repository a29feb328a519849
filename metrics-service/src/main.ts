/** The process: environment in, signals, exit codes. Everything worth testing is elsewhere. */
import {pino} from 'pino';
import {variables} from './contract.ts';
import {ListenError} from './http/server.ts';
import {keyId} from './keyring.ts';
import {readAllKeys} from './keys-file.ts';
import {createService, version} from './service.ts';
import {describeSettings, readSettings, SettingsError} from './settings.ts';

const usage = `metrics-service ${version}: accepts the MCP gateway's metrics over HTTP and exposes them to Prometheus.

Usage: node metrics-service/src/main.ts [--help | --version]

Environment (default in brackets; an empty variable counts as not set):
${describeSettings()}

SIGTERM drains; SIGINT drains without waiting for a last scrape; a second signal ends the service immediately. SIGHUP reads
METRICS_API_KEYS_FILE again and never ends the service.
`;

const run = async (): Promise<void> => {
  const settings = readSettings(process.env);
  const output = pino.destination({fd: 1, sync: true});
  // When the reader of the log is gone, the service must neither end nor be kept from ending.
  output.on('error', () => {});
  const log = pino(
    {level: settings.logLevel, base: {service: settings.serviceName}, timestamp: pino.stdTimeFunctions.isoTime},
    output,
  );
  for (const warning of settings.warnings) log.warn(warning);
  const service = await createService({settings, log});

  let leaving = false;
  const leave = (signal: NodeJS.Signals): void => {
    if (leaving) {
      log.warn({signal}, 'ended by a second signal');
      process.exit(1);
    }
    leaving = true;
    log.info({signal}, 'draining');
    const awaitScrape = signal === 'SIGTERM';
    service.drain({awaitScrape}).then(
      () => {
        log.info('drained');
        process.exit(0);
      },
      (error: unknown) => {
        log.fatal({err: error}, 'could not drain');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', leave);
  process.on('SIGINT', leave);
  // Without this, Node opens its inspector to every user of the machine.
  process.on('SIGUSR1', () => log.warn({signal: 'SIGUSR1'}, 'ignored: the inspector is disabled'));
  process.on('SIGHUP', () => {
    if (settings.keysFile === undefined) {
      log.warn({signal: 'SIGHUP'}, `keys are unchanged: ${variables.keysFile} is not set`);
      return;
    }
    const problems: string[] = [];
    const keys = readAllKeys(process.env, settings.keysFile, problems);
    if (problems.length > 0) {
      log.error({signal: 'SIGHUP', problems}, 'keys are unchanged: the new ones have problems');
      return;
    }
    service.replaceKeys(keys);
    log.info(
      {signal: 'SIGHUP', keys: keys.map(({emitter, key}) => `${emitter} ${keyId(key)}`)},
      'keys were read again',
    );
  });
  const crash = (error: unknown): void => {
    log.fatal({err: error}, 'crashed');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  // Last: from the first request on, a signal drains.
  const {apiPort, expositionPort} = await service.listen();
  log.info({version, host: settings.host, api_port: apiPort, exposition_port: expositionPort ?? null}, 'listening');
};

const [argument] = process.argv.slice(2);
if (argument === '--help' || argument === '-h') process.stdout.write(usage);
else if (argument === '--version') process.stdout.write(`${version}\n`);
else if (argument !== undefined) {
  process.stderr.write(`Unknown argument ${argument}\n\n${usage}`);
  process.exitCode = 2;
} else {
  run().catch((error: unknown) => {
    const expected = error instanceof SettingsError || error instanceof ListenError;
    process.stderr.write(
      `metrics-service does not start. ${expected ? error.message : ((error as Error).stack ?? error)}\n`,
    ); // only Errors have a stack; others print as they are
    process.exit(1);
  });
}
