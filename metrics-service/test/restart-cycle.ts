/** One life of a service under load: started, ended at a random moment, and compared with its 200 responses. */
import {setTimeout as pause} from 'node:timers/promises';
import {parseSamples, sumOf} from './exposition-samples.ts';
import type {Random} from './random.ts';
import {type RunningProcess, registryKey} from './running-service.ts';
import {startClient} from './well-behaved-client.ts';

export interface Life {
  /** Events with a 200 response. */
  readonly answered: number;
  /** Metrics the scraper has seen. */
  readonly scraped: number;
  readonly requests: number;
  readonly exit: {readonly code: number | null; readonly signal: NodeJS.Signals | null};
  /** Promises broken, a sentence each. */
  readonly problems: readonly string[];
}

export interface LifeOptions {
  readonly random: Random;
  /** SIGKILL loses the events accepted since the last scrape started, and nothing else. */
  readonly signal: 'SIGTERM' | 'SIGKILL';
  readonly clients?: number;
}

export const live = async (service: RunningProcess, {random, signal, clients = 8}: LifeOptions): Promise<Life> => {
  const wellBehaved = Array.from({length: clients}, (_, index) =>
    startClient({
      port: service.apiPort,
      key: registryKey,
      service: `client-${index}`,
      metricsPerRequest: 1 + random.below(50),
      pauseMs: random.below(4),
    }),
  );
  const answered = (): number => wellBehaved.reduce((sum, client) => sum + client.answered, 0);
  const problems: string[] = [];
  let scraped = 0;
  /** Events with a 200 response when the last scrape started. */
  let promised = 0;
  let ended = false;
  service.exited.then(() => {
    ended = true;
  });

  const scrape = async (): Promise<void> => {
    while (!ended) {
      const before = answered();
      const text = await service.scrape().catch(() => undefined);
      // One that broke off is none.
      if (text !== undefined) {
        const total = sumOf(parseSamples(text), 'mcp_tool_executions_total');
        if (total < scraped) problems.push(`a counter fell from ${scraped} to ${total}`);
        if (total < before) problems.push(`${before} events had a 200 response, and then ${total} were scraped`);
        scraped = total;
        promised = before;
      }
      await pause(10 + random.below(60));
    }
  };
  const scraping = scrape();
  await pause(random.below(400));
  service.kill(signal);
  const exit = await service.exited;
  await scraping;
  await Promise.all(wellBehaved.map(client => client.stop()));

  const due = signal === 'SIGTERM' ? answered() : promised;
  if (scraped < due) problems.push(`${due - scraped} of ${due} metrics are missing at the scraper`);
  const expected = signal === 'SIGTERM' ? exit.code === 0 : exit.signal === 'SIGKILL';
  if (!expected) problems.push(`${signal} ended it with ${exit.code ?? exit.signal}: ${service.output.stderr}`);
  return {
    answered: answered(),
    scraped,
    requests: wellBehaved.reduce((sum, {requests}) => sum + requests, 0),
    exit,
    problems,
  };
};
