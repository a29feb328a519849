/** The responses of the preview's server. */
import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Asset} from './entry-page.ts';

export const securityHeaders = {
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

/** @param body - JSON, as text or as bytes that several responses share */
export const sendJsonText = (response: ServerResponse, status: number, body: string | Uint8Array): void => {
  response.writeHead(status, {'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store'});
  response.end(body);
};

export const sendJson = (response: ServerResponse, status: number, body: unknown): void =>
  sendJsonText(response, status, JSON.stringify(body));

export const reject = (response: ServerResponse, status: number, detail: string): void =>
  sendJson(response, status, {status: 'error', error: detail});

export const sendAsset = (request: IncomingMessage, response: ServerResponse, asset: Asset): void => {
  response.setHeader('Cache-Control', 'no-cache');
  response.setHeader('ETag', asset.tag);
  // Chromium keeps what it compiled of a script that it need not fetch again.
  if (request.headers['if-none-match'] === asset.tag) return void response.writeHead(304).end();
  response.writeHead(200, {'Content-Type': asset.type});
  response.end(request.method === 'HEAD' ? undefined : asset.body);
};

export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
};
