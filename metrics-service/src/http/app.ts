/** The API on Koa: what each path responds with. */
import Koa from 'koa';
import Router from 'koa-router';
import {headers as names, paths} from '../contract.ts';
import type {History} from '../history.ts';
import type {Lifecycle} from '../lifecycle.ts';
import type {Authenticate, IdentifiedRequest, Limiter} from './admission.ts';
import type {ErrorLog} from './error-log.ts';
import {drainingError, HttpError, jsonType, requestIdOf, toErrorResponse} from './errors.ts';
import type {Ingest} from './ingest.ts';
import type {OpenApiDocument} from './openapi.ts';
import type {OtherSignals} from './other-signals.ts';

export interface AppOptions {
  readonly lifecycle: Lifecycle;
  readonly authenticate: Authenticate;
  readonly limiter: Limiter;
  readonly ingest: Ingest;
  readonly otlp: Ingest;
  readonly otherSignals: OtherSignals;
  readonly history: History | undefined;
  readonly version: string;
  readonly openapi: OpenApiDocument;
  readonly log: ErrorLog;
}

/** The predecessor's body to the letter: health checks in the field compare it. */
const healthyBody = {status: 'healthy', service: 'metrics-collection'} as const;

/** @throws HttpError with 503 from SIGTERM on. */
const checkHealth = ({phase}: Lifecycle): void => {
  if (phase !== 'serving') throw drainingError();
};

const identified = (ctx: Koa.Context): IdentifiedRequest => ({request: ctx.req, requestId: requestIdOf(ctx.res)});

/** Turns an error into its response. */
const respondToErrors =
  (log: ErrorLog): Koa.Middleware =>
  async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const requestId = requestIdOf(ctx.res);
      const {status, headers, body} = toErrorResponse(error, requestId);
      if (status === 500) log.error({err: error, request_id: requestId}, 'a request failed');
      ctx.status = status;
      ctx.set(headers);
      ctx.body = body;
    }
  };

/** Made once: a client without a key must not make the service serialize, nor hold, the same text again and again. */
const respondWith = (value: unknown) => {
  const bytes = Buffer.from(JSON.stringify(value));
  return (ctx: Koa.Context): void => {
    ctx.type = jsonType;
    ctx.body = bytes;
  };
};

/** Responds with 404 or 405 where no route matches. */
const rejectUnknown =
  (router: Router): Koa.Middleware =>
  ctx => {
    const allowed = [...new Set(router.match(ctx.path, ctx.method).path.flatMap(({methods}) => methods))];
    if (allowed.length === 0) throw new HttpError('ERR_NOT_FOUND', `There is nothing at ${ctx.path.slice(0, 200)}`);
    throw new HttpError('ERR_METHOD_NOT_ALLOWED', `Expected ${allowed.join(' or ')}, found ${ctx.method}`, {
      headers: {Allow: allowed.join(', ')},
    });
  };

export const createApp = (options: AppOptions): Koa => {
  const {lifecycle, authenticate, limiter, ingest, otlp, otherSignals, history, version, openapi, log} = options;
  const app = new Koa();
  // Koa's own handler prints a stack trace for each client that leaves before its response.
  app.on('error', () => {});

  const router = new Router({strict: true, sensitive: true});
  const takeToken = (ctx: Koa.Context): number => {
    const request = identified(ctx);
    return limiter.take(authenticate(request), request);
  };

  const showLimit = (ctx: Koa.Context, remaining: number): void => {
    ctx.set({[names.rateLimit]: String(limiter.limit), [names.rateLimitRemaining]: String(remaining)});
  };

  app.use(respondToErrors(log));

  router.get(
    paths.root,
    respondWith({service: 'MCP Metrics Collection Service', version, status: 'running', endpoints: paths}),
  );

  router.get(paths.openapi, respondWith(openapi));

  const healthy = respondWith(healthyBody);
  router.get(paths.health, ctx => {
    checkHealth(lifecycle);
    healthy(ctx);
  });

  // server.ts takes this path ahead of Koa when it is asked for as clients do; what else means it comes here.
  router.post(paths.metrics, ctx => {
    ctx.respond = false;
    ingest(ctx.req, ctx.res, requestIdOf(ctx.res));
  });

  router.post(paths.otlpMetrics, ctx => {
    ctx.respond = false;
    otlp(ctx.req, ctx.res, requestIdOf(ctx.res));
  });
  for (const path of [paths.otlpTraces, paths.otlpLogs])
    router.post(path, ctx => {
      ctx.respond = false;
      otherSignals(path, ctx.req, ctx.res, requestIdOf(ctx.res));
    });

  router.post(paths.flush, async ctx => {
    if (lifecycle.phase === 'draining') throw drainingError();
    showLimit(ctx, takeToken(ctx));
    lifecycle.begin(ctx.res);
    try {
      await history?.flush();
    } catch (cause) {
      throw new HttpError('ERR_INTERNAL', 'The history cannot be written', {cause});
    }
    ctx.body = {status: 'success', message: 'Metrics flushed to storage'};
  });

  router.get(paths.rateLimit, ctx => {
    const service = authenticate(identified(ctx));
    const {available, resetSeconds} = limiter.peek(service);
    showLimit(ctx, available);
    ctx.body = {
      service,
      rate_limit: limiter.limit,
      available_tokens: available,
      reset_time_seconds: resetSeconds,
    };
  });

  app.use(router.routes());
  app.use(rejectUnknown(router));
  return app;
};
