/** `npm start` as a new user sees it: the page opens, and every panel shows data. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import test from 'ava';
import type {Locator} from 'playwright-core';
import {ensureInstalled, repository} from '../../src/preview/install.ts';

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
const waitForOutput = (child: ReturnType<typeof spawn>, pattern: RegExp): Promise<string> =>
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

/** The longest that a new user waits for all boards. */
const timeoutMs = 60_000;

/** Panels that show nothing, or an error, by name: none, or those that are left when patience is. */
const emptyPanels = async (panels: Locator, until: number): Promise<readonly string[]> => {
  for (;;) {
    const names = await panels.evaluateAll(found => found.map(panel => panel.getAttribute('aria-label') ?? ''));
    if (names.length === 0 || Date.now() > until) return names;
    await delay(100);
  }
};

/** The user may have AWS credentials, which this test must not use. */
const withoutAws = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));

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
      ...withoutAws,
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
  const url = await waitForOutput(stack, /The boards are ready: (http:\S+)/);

  const browser = await startChromium({executablePath, width: 1600, height: 1200});
  t.teardown(browser.close);
  const page = await browser.context.newPage();
  const complaints: string[] = [];
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', error => complaints.push(error.message));
  const foreignRequests: string[] = [];
  page.on('request', request => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) foreignRequests.push(request.url());
  });

  const until = Date.now() + timeoutMs;
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
    const empty = page.locator('[data-panel]:has([data-empty]), [data-panel][data-state=error]');
    t.deepEqual(await emptyPanels(empty, until), [], path);
    t.true((await page.locator('[data-panel]').count()) > 0, path);
  }
  t.deepEqual(complaints, []);
  t.deepEqual(foreignRequests, []);
});
