/** `npm start` as a newcomer meets it: the page opens, and every panel shows something. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createServer} from 'node:net';
import {join} from 'node:path';
import test from 'ava';
import {artefacts} from '../../src/artefacts.ts';
import {ensureInstalled, repository} from '../src/install.ts';

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');
  return address.port;
};

/** Resolves with the first match in what the process writes. */
const written = (child: ReturnType<typeof spawn>, pattern: RegExp): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk: unknown) => {
      text += String(chunk);
      const found = pattern.exec(text);
      if (found?.[1]) resolve(found[1]);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('close', code => reject(new Error(`ended with ${code}:\n${text}`)));
  });

/** Long enough for the slowest panel, which waits for rules, on a machine that has other things to do. */
const waitMs = 150_000;

interface Panel {
  readonly title?: string;
  readonly panels?: readonly Panel[];
  readonly targets?: ReadonlyArray<{readonly expr?: string}>;
}

const unfold = (panels: readonly Panel[]): readonly Panel[] =>
  panels.flatMap(panel => [panel, ...unfold(panel.panels ?? [])]);

/** Here Prometheus scrapes by itself, so what a collector says of itself stays empty. */
const titlesOfCollector = [...artefacts()]
  .filter(([path]) => path.startsWith('dashboards/'))
  .flatMap(([, text]) => unfold((JSON.parse(text) as {readonly panels: readonly Panel[]}).panels)) // a board is one
  .filter(({targets = []}) => targets.some(({expr = ''}) => /otelcol_|adot-collector/.test(expr)))
  .map(({title = ''}) => title);

test('npm start draws every panel of every Prometheus board with data, and the console stays silent', async t => {
  t.timeout(300_000, 'the first run installs packages');
  await ensureInstalled(console.log);
  const {findChromium, startChromium} = await import('../src/chromium.ts');
  const executablePath = await findChromium(console.log);
  const [api, exposition, prometheus, boards] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const stack = spawn(process.execPath, ['--import', 'tsx', join(repository, 'infra/local/stack.ts')], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      METRICS_SERVICE_PORT: String(api),
      OTEL_PROMETHEUS_PORT: String(exposition),
      PROMETHEUS_PORT: String(prometheus),
      BOARDS_PORT: String(boards),
    },
  });
  const ended = once(stack, 'close');
  t.teardown(async () => {
    stack.kill('SIGINT');
    await ended;
  });
  const url = await written(stack, /Boards\s+(http:\S+)/);

  const browser = await startChromium({executablePath, width: 1600, height: 1200});
  t.teardown(browser.close);
  const page = await browser.context.newPage();
  const complaints: string[] = [];
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', error => complaints.push(error.message));
  const strangers: string[] = [];
  page.on('request', request => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) strangers.push(request.url());
  });

  await page.goto(url);
  const links = page.locator('main li a');
  await links.first().waitFor();
  const paths = await links.evaluateAll(anchors => anchors.map(anchor => anchor.getAttribute('href') ?? ''));
  t.true(paths.length > 0);
  for (const path of paths) {
    await page.goto(`${url}${path}&rows=open`);
    await page.waitForSelector('html[data-drawn="true"]', {state: 'attached'});
    await page.locator('[data-panel]').first().waitFor();
    // CloudWatch's panels count too: theirs are marked as samples.
    await page.waitForFunction(
      collectors =>
        [...document.querySelectorAll('[data-panel]:has([data-empty]), [data-panel][data-state=error]')].every(panel =>
          collectors.includes(panel.getAttribute('aria-label') ?? ''),
        ),
      titlesOfCollector,
      {timeout: waitMs},
    );
    t.true((await page.locator('[data-panel]').count()) > 0, path);
  }
  t.deepEqual(complaints, []);
  t.deepEqual(strangers, []);
});
