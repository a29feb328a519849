/** `POST /v1/traces` and `/v1/logs`: the response to an emitter that exports them says how to stop. */
import type {Logger} from 'pino';
import {headers, paths, unknownEmitter} from '../contract.ts';
import type {OccasionalLog} from '../occasional-log.ts';
import {contentTypes, statusResponse} from '../otlp/otlp-messages.ts';
import type {Authenticate, IdentifiedRequest} from './admission.ts';
import {HttpError, sendEarlyError, toErrorResponse} from './errors.ts';
import type {Ingest} from './ingest.ts';
import {announcedEncoding} from './otlp.ts';

const emitterOf = (authenticate: Authenticate, identified: IdentifiedRequest): string => {
  try {
    return authenticate(identified);
  } catch {
    return unknownEmitter;
  }
};

const variablesOf: Readonly<Record<string, readonly [signal: string, variable: string]>> = {
  [paths.otlpTraces]: ['traces', 'OTEL_TRACES_EXPORTER'],
  [paths.otlpLogs]: ['logs', 'OTEL_LOGS_EXPORTER'],
};

export interface OtherSignalsOptions {
  /** One that counts no failures: a request without a valid key gets the same response. */
  readonly authenticate: Authenticate;
  readonly occasionally: OccasionalLog;
  readonly log: Logger;
}

/** Responds to exports of traces and logs with the variable that turns them off. Uses no token and reads no body. */
export type OtherSignals = (path: string, ...request: Parameters<Ingest>) => void;

export const createOtherSignals =
  ({authenticate, occasionally, log}: OtherSignalsOptions): OtherSignals =>
  (path, request, response, requestId) => {
    const [signal = '', variable = ''] = variablesOf[path] ?? [];
    const emitter = emitterOf(authenticate, {request, requestId});
    const encoding = announcedEncoding(request) ?? 'protobuf';
    const message = `Expected metrics only, found ${signal}: set ${variable}=none`;
    occasionally(`${signal} ${emitter}`, () =>
      log.warn({emitter, signal, variable}, `an emitter exports ${signal}, which are not accepted`),
    );
    response.setHeader(headers.requestId, requestId);
    sendEarlyError(request, response, {
      ...toErrorResponse(new HttpError('ERR_NOT_FOUND', message), requestId),
      encoded: {contentType: contentTypes[encoding], bytes: statusResponse(encoding, 404, message)},
    });
  };
