/** `node --import tsx dashboards/preview/src/preview-command.ts`: the preview by itself, in front of any Prometheus. */
import {resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {ensureInstalled, repository} from '../../src/preview/install.ts';

const help = `Usage: node --import tsx dashboards/preview/src/preview-command.ts [options]

Draws the boards of dashboards/src in a browser, again whenever a source is saved.

  --prometheus URL  the endpoint that is asked (default http://127.0.0.1:9090)
  --port N          where the page is served, on this machine only (default 3000)
  --boards PATH     a folder of dashboard JSON, or one file, in place of dashboards/src
  --help

Panels of CloudWatch show made-up samples, unless the environment gives AWS credentials (AWS_PROFILE,
AWS_ACCESS_KEY_ID and their kin): then they are asked for, which AWS charges for.
`;

const {values} = parseArgs({
  options: {
    prometheus: {type: 'string', default: 'http://127.0.0.1:9090'},
    port: {type: 'string', default: '3000'},
    boards: {type: 'string'},
    help: {type: 'boolean', default: false},
  },
});

const main = async (): Promise<void> => {
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port: expected a port from 0 to 65535, found ${values.port}`);
  }
  const {parseEndpoint} = await import('./prometheus-proxy.ts');
  const prometheus = parseEndpoint(values.prometheus);
  await ensureInstalled(line => process.stdout.write(`${line}\n`));
  // Only now: these need what was just installed.
  const [{startPreview}, {fromFolder, fromSources}, {startChecker}, {createCloudWatch}] = await Promise.all([
    import('./preview.ts'),
    import('./board-source.ts'),
    import('./live-boards.ts'),
    import('./cloudwatch.ts'),
  ]);
  const preview = await startPreview({
    prometheus,
    port,
    cloudWatch: await createCloudWatch(process.env),
    ...(values.boards
      ? {source: fromFolder(resolve(values.boards))}
      : {source: fromSources(repository, {live: true}), checker: startChecker(repository)}),
  });
  for (const {message, file} of preview.store.current().problems) process.stderr.write(`${file ?? ''} ${message}\n`);
  process.stdout.write(`boards  ${preview.url}\n`);
  const stop = () => void preview.stop().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
};

main().catch((error: NodeJS.ErrnoException) => {
  const taken =
    error.code === 'EADDRINUSE' ? `port ${values.port} is in use; choose another with --port` : error.message;
  process.stderr.write(`preview: ${taken}\n`);
  process.exit(1);
});
