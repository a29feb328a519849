/**
 * The preview's HTTP server: the page, the boards, and the proxy to Prometheus. It responds to GET from this machine
 * and serves from memory; nothing in a request is used as a file name or a URL.
 */
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {pipeline} from 'node:stream/promises';
import type {BoardStore} from './board-store.ts';
import type {CloudWatch} from './cloudwatch.ts';
import {parseDimensionQuestion, parseMetricQuestion} from './cloudwatch-question.ts';
import {createConnectionLimit} from './connection-limit.ts';
import {type Assets, page} from './entry-page.ts';
import {endpointUrlOf, requestEndpoint} from './prometheus-proxy.ts';
import {reasonOf, reject, securityHeaders, sendAsset, sendJson, sendJsonText} from './responses.ts';
import {type BoardsResponse, routes} from './routes.ts';
import {defaultScrapeIntervalMs} from './scrape-interval.ts';

/** Names of this machine only. Any other `Host` belongs to a foreign page whose name resolves to this machine. */
const ownNames = new Set(['localhost', '127.0.0.1', '[::1]']);

const nameOf = (host: string | undefined): string => (host ?? '').replace(/:\d+$/, '').toLowerCase();

/** A page on another port of this machine is foreign too. Browsers send one of these headers or both. */
const isOwnPage = ({host, origin, 'sec-fetch-site': site = 'none'}: IncomingMessage['headers']): boolean =>
  (origin === undefined || origin === `http://${host}`) && ['same-origin', 'none'].includes(String(site));

/** The longest URL accepted; it contains the queries. */
const maxHeaderSize = 65_536;

export type ServerParts = {
  readonly assets: Assets;
  readonly boards: BoardStore;
  /** The only endpoint that is ever queried. */
  readonly prometheus: URL;
  /** The URL of Prometheus's web interface for the reader. @default the same URL */
  readonly prometheusPage: string;
  /** Where credentials were given. */
  readonly cloudWatch?: CloudWatch | undefined;
  /** How often the endpoint is scraped. @default 15 s */
  readonly scrapeIntervalMs?: number;
};

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void | Promise<void>;

/** Serialised once for each state of the boards: every response shares the bytes. */
const boardsHandler = ({
  boards,
  prometheusPage,
  cloudWatch,
  scrapeIntervalMs = defaultScrapeIntervalMs,
}: ServerParts): Handler => {
  let serialised: {readonly revision: number; readonly body: Buffer} | undefined;
  return (_request, response) => {
    const current = boards.current();
    if (serialised?.revision !== current.revision) {
      const boardsResponse: BoardsResponse = {
        ...current,
        prometheusPage,
        cloudWatch: cloudWatch !== undefined,
        scrapeIntervalMs,
      };
      serialised = {revision: current.revision, body: Buffer.from(JSON.stringify(boardsResponse))};
    }
    sendJsonText(response, 200, serialised.body);
  };
};

const changesHandler =
  ({boards}: ServerParts): Handler =>
  (request, response) => {
    response.writeHead(200, {'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store'});
    const sendRevision = () => response.write(`data: ${boards.current().revision}\n\n`);
    const stop = boards.onChange(sendRevision);
    request.once('close', stop);
    sendRevision();
  };

const prometheusHandler =
  ({prometheus}: ServerParts): Handler =>
  async (_request, response, {pathname, searchParams}) => {
    const question = endpointUrlOf(prometheus, pathname.slice(routes.prometheus.length), searchParams);
    if (!question) return reject(response, 404, 'only read queries are passed on to Prometheus');
    try {
      const {status, body} = await requestEndpoint(question);
      response.writeHead(status, {'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store'});
      await pipeline(body, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else reject(response, 502, `Prometheus at ${prometheus.host} can’t be reached: ${reasonOf(error)}`);
    }
  };

/** CloudWatch's error messages are passed on unchanged: they name the missing permission. */
const cloudWatchHandler =
  <Question>(
    {cloudWatch}: ServerParts,
    {
      parse,
      query,
    }: {parse: (text: string) => Question; query: (way: CloudWatch, question: Question) => Promise<unknown>},
  ): Handler =>
  async (_request, response, {searchParams}) => {
    if (!cloudWatch) return reject(response, 404, 'no AWS credentials were given');
    let question: Question;
    try {
      question = parse(searchParams.get('question') ?? '');
    } catch (error) {
      return reject(response, 400, reasonOf(error));
    }
    try {
      sendJson(response, 200, await query(cloudWatch, question));
    } catch (error) {
      reject(response, 502, `CloudWatch: ${reasonOf(error)}`);
    }
  };

/** Handlers of the API by their paths. */
const handlersOf = (parts: ServerParts): ((pathname: string) => Handler | undefined) => {
  const exact = new Map<string, Handler>([
    [routes.boards, boardsHandler(parts)],
    [routes.changes, changesHandler(parts)],
    [
      routes.cloudWatchSeries,
      cloudWatchHandler(parts, {parse: parseMetricQuestion, query: (way, question) => way.series(question)}),
    ],
    [
      routes.cloudWatchDimensions,
      cloudWatchHandler(parts, {
        parse: parseDimensionQuestion,
        query: (way, question) => way.dimensionValues(question),
      }),
    ],
  ]);
  const prometheus = prometheusHandler(parts);
  return pathname => exact.get(pathname) ?? (pathname.startsWith(routes.prometheus) ? prometheus : undefined);
};

export const createPreviewServer = (parts: ServerParts): Server => {
  const handlerOf = handlersOf(parts);
  const mayHandle = createConnectionLimit();

  const respond: (request: IncomingMessage, response: ServerResponse) => Promise<void> = async (request, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (!ownNames.has(nameOf(request.headers.host))) {
      return reject(response, 403, 'this server responds to localhost only');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return reject(response, 405, 'expected GET');
    }
    const address = `http://localhost${request.url ?? '/'}`;
    if (!URL.canParse(address)) return reject(response, 400, 'expected a path');
    const url = new URL(address);
    if (url.pathname.startsWith('/api/')) {
      if (!isOwnPage(request.headers)) return reject(response, 403, 'not for other sites');
      const handler = handlerOf(url.pathname);
      return handler ? handler(request, response, url) : reject(response, 404, 'there is nothing here');
    }
    const isPage = url.pathname === '/' || url.pathname.startsWith(routes.board);
    const asset = isPage ? page : parts.assets.get(url.pathname);
    return asset ? sendAsset(request, response, asset) : reject(response, 404, 'there is nothing here');
  };

  return createServer({maxHeaderSize}, (request, response) => {
    if (!mayHandle(request, response)) return;
    respond(request, response).catch(error => {
      if (response.headersSent) response.destroy();
      else reject(response, 500, reasonOf(error));
    });
  });
};
