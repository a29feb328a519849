/** `npm run verify`: prints panel by panel what a live endpoint answers to the boards' queries. */
import {parseArgs} from 'node:util';
import {EndpointError, type PanelResult, secondsOf, verifyBoards} from './verify/boards.ts';

const usage = `Usage: npm run verify -- --url URL [--window 15m] [--sigv4 REGION] [--no-collector]

Runs every query of every Prometheus panel against a live endpoint, with variables
filled in as Grafana does, and prints what each panel has: data, no data or an error.
Exits 0 when all have data, 1 when not, 2 when it was called wrongly.

  --url URL        of Prometheus or an AMP workspace, without /api/v1,
                   such as http://127.0.0.1:9090
  --window TIME    how far back the boards look: 90s, 15m, 6h, 7d; 15m when left out
  --sigv4 REGION   signs the requests for AMP in that region
  --no-collector   leaves out what only a collector exposes, where Prometheus scrapes by itself
  --help           this text`;

type Request = {readonly help: boolean; readonly url: string; readonly window: string; readonly collector: boolean};

const request = (): Request => {
  const {values} = parseArgs({
    options: {
      url: {type: 'string'},
      window: {type: 'string', default: '15m'},
      sigv4: {type: 'string'},
      'no-collector': {type: 'boolean', default: false},
      help: {type: 'boolean', short: 'h', default: false},
    },
  });
  const {help, url = '', window, sigv4} = values;
  const collector = !values['no-collector'];
  if (help) {
    return {help, url, window, collector};
  }
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new TypeError(`--url: expected an address such as http://127.0.0.1:9090, found ${url || 'nothing'}`);
  }
  secondsOf(window);
  if (sigv4 !== undefined) {
    throw new TypeError('--sigv4: not available yet, it comes with the AWS part of this project');
  }
  return {help, url, window, collector};
};

const marks = {data: '✔', 'no data': '–', error: '✘'} as const;

const line = ({id, panel, refId, outcome, value, message, expr}: PanelResult): string => {
  const said = {data: value, 'no data': `no data\n      ${expr}`, error: `error: ${message}\n      ${expr}`}[outcome];
  return `${marks[outcome]} ${String(id).padStart(3)} ${panel} ${refId}: ${said}`;
};

const print = (results: readonly PanelResult[]): void => {
  let board = '';
  for (const result of results) {
    if (result.board !== board) {
      board = result.board;
      console.log(board);
    }
    console.log(line(result));
  }
  const having = (outcome: PanelResult['outcome']): number =>
    results.filter(result => result.outcome === outcome).length;
  console.log(
    `${results.length} queries: ${having('data')} data, ${having('no data')} no data, ${having('error')} error`,
  );
};

const main = async (): Promise<number> => {
  let asked: Request;
  try {
    asked = request();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return 2;
  }
  if (asked.help) {
    console.log(usage);
    return 0;
  }
  try {
    const results = await verifyBoards(asked);
    print(results);
    return results.every(({outcome}) => outcome === 'data') ? 0 : 1;
  } catch (error) {
    if (error instanceof EndpointError) {
      console.error(error.message);
      return 1;
    }
    throw error;
  }
};

process.exitCode = await main();
