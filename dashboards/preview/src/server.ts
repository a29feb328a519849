/**
 * The preview's HTTP server: the page, the boards, and Prometheus through the gate. It answers GET from this machine
 * and serves what it holds in memory; nothing a request says is ever used as a file name or an address.
 */
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {pipeline} from 'node:stream/promises';
import type {BoardStore} from './board-store.ts';
import type {CloudWatch} from './cloudwatch.ts';
import {
  type DimensionQuestion,
  type MetricQuestion,
  parseDimensionQuestion,
  parseMetricQuestion,
} from './cloudwatch-question.ts';
import {type Assets, page} from './entry-page.ts';
import {askEndpoint, questionOf} from './prometheus-proxy.ts';
import {type BoardsAnswer, routes} from './routes.ts';

const securityHeaders = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    // Grafana's styles are written into the page by its library.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** Names that only this machine answers to. Any other in `Host` is a page elsewhere that had its name resolve here. */
const ownNames = new Set(['localhost', '127.0.0.1', '[::1]']);

const nameOf = (host: string | undefined): string => (host ?? '').replace(/:\d+$/, '').toLowerCase();

/** A page of another port of this machine is another's page too. Browsers send one of these headers or both. */
const isOwnPage = ({host, origin, 'sec-fetch-site': site = 'none'}: IncomingMessage['headers']): boolean =>
  (origin === undefined || origin === `http://${host}`) && ['same-origin', 'none'].includes(String(site));

const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, {'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store'});
  response.end(JSON.stringify(body));
};

const refuse = (response: ServerResponse, status: number, detail: string): void =>
  sendJson(response, status, {status: 'error', error: detail});

/** The largest address taken: queries travel in it. */
const maxHeaderSize = 65_536;

export const createPreviewServer = ({
  assets,
  boards,
  prometheus,
  prometheusPage,
  cloudWatch,
}: {
  readonly assets: Assets;
  readonly boards: BoardStore;
  /** The only address ever asked. */
  readonly prometheus: URL;
  /** Where a reader finds Prometheus's own page; the same, unless it is reached another way. */
  readonly prometheusPage: string;
  /** Where credentials were given. */
  readonly cloudWatch?: CloudWatch | undefined;
}): Server => {
  const sendBoards = (response: ServerResponse): void => {
    const {revision, boards: current, problems} = boards.current();
    const answer: BoardsAnswer = {
      revision,
      boards: current,
      problems,
      prometheusPage,
      cloudWatch: cloudWatch !== undefined,
    };
    sendJson(response, 200, answer);
  };

  const sendChanges = (request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, {'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store'});
    const tell = () => response.write(`data: ${boards.current().revision}\n\n`);
    const stop = boards.onChange(tell);
    request.once('close', stop);
    tell();
  };

  const sendAnswer = async (response: ServerResponse, path: string, parameters: URLSearchParams): Promise<void> => {
    const question = questionOf(prometheus, path, parameters);
    if (!question) return refuse(response, 404, 'only read queries are passed on to Prometheus');
    try {
      const {status, body} = await askEndpoint(question);
      response.writeHead(status, {'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store'});
      await pipeline(body, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else refuse(response, 502, `Prometheus at ${prometheus.host} can’t be asked: ${reasonOf(error)}`);
    }
  };

  /** CloudWatch's refusals are told in its own words: they say which permission is missing. */
  const sendFromCloudWatch = async <Question>(
    response: ServerResponse,
    text: string | null,
    {parse, ask}: {parse: (text: string) => Question; ask: (way: CloudWatch, question: Question) => Promise<unknown>},
  ): Promise<void> => {
    if (!cloudWatch) return refuse(response, 404, 'no AWS credentials were given');
    let question: Question;
    try {
      question = parse(text ?? '');
    } catch (error) {
      return refuse(response, 400, reasonOf(error));
    }
    try {
      sendJson(response, 200, await ask(cloudWatch, question));
    } catch (error) {
      refuse(response, 502, `CloudWatch: ${reasonOf(error)}`);
    }
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (!ownNames.has(nameOf(request.headers.host)))
      return refuse(response, 403, 'this server answers to localhost only');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return refuse(response, 405, 'only GET is answered');
    }
    const url = `http://localhost${request.url ?? '/'}`;
    if (!URL.canParse(url)) return refuse(response, 400, 'not an address');
    const {pathname, searchParams} = new URL(url);
    if (pathname.startsWith('/api/')) {
      if (!isOwnPage(request.headers)) {
        return refuse(response, 403, 'not for other sites');
      }
      if (pathname === routes.boards) return sendBoards(response);
      if (pathname === routes.changes) return sendChanges(request, response);
      if (pathname === routes.cloudWatchSeries) {
        const ask = {
          parse: parseMetricQuestion,
          ask: (way: CloudWatch, question: MetricQuestion) => way.series(question),
        };
        return sendFromCloudWatch(response, searchParams.get('question'), ask);
      }
      if (pathname === routes.cloudWatchDimensions) {
        const ask = {
          parse: parseDimensionQuestion,
          ask: (way: CloudWatch, question: DimensionQuestion) => way.dimensionValues(question),
        };
        return sendFromCloudWatch(response, searchParams.get('question'), ask);
      }
      if (pathname.startsWith(routes.prometheus)) {
        return sendAnswer(response, pathname.slice(routes.prometheus.length), searchParams);
      }
      return refuse(response, 404, 'there is nothing here');
    }
    const asset = pathname === '/' || pathname.startsWith(routes.board) ? page : assets.get(pathname);
    if (!asset) return refuse(response, 404, 'there is nothing here');
    response.setHeader('Cache-Control', 'no-cache');
    response.setHeader('ETag', asset.tag);
    // Chromium keeps what it compiled of a script that it needn't fetch again.
    if (request.headers['if-none-match'] === asset.tag) return void response.writeHead(304).end();
    response.writeHead(200, {'Content-Type': asset.type});
    response.end(request.method === 'HEAD' ? undefined : asset.body);
  };

  return createServer({maxHeaderSize}, (request, response) => {
    answer(request, response).catch(error => {
      if (response.headersSent) response.destroy();
      else refuse(response, 500, reasonOf(error));
    });
  });
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
};
