/** Calls of the AWS API: the reason of a rejection in one line, and whether the same call can succeed later. */
import {InfraError} from '../../infra-error.ts';

/** AWS rejected a call, or could not be reached. */
export class AwsCallError extends InfraError {
  override readonly name = 'AwsCallError';
  readonly code = 'ERR_AWS_CALL';
  /** Whether the same call may succeed later: AWS was away, failed itself, or throttled the call. */
  readonly isTransient: boolean;

  constructor(message: string, {isTransient, ...options}: ErrorOptions & {readonly isTransient: boolean}) {
    super(message, options);
    this.isTransient = isTransient;
  }
}

/** Name and message of AWS's error, in one line. */
export const awsReasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message.split('\n', 1)[0]}` : String(error);

const throttling = /throttl|toomanyrequests|requestlimit|limitexceeded/i;
/** Node's errors of a connection that can be established or used again later. */
const lostConnection = /^(?:ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|UND_ERR)/;

/**
 * Only what is known to pass is transient: a missing permission, expired or missing credentials, and a wrong parameter
 * stay, and waiting would hide them.
 */
const isTransient = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const field = (holder: object, name: string): unknown => Reflect.get(holder, name);
  const metadata = field(error, '$metadata');
  const status = typeof metadata === 'object' && metadata !== null ? field(metadata, 'httpStatusCode') : undefined;
  if (typeof status === 'number' && (status >= 500 || status === 429)) return true;
  const code = field(error, 'code');
  return (
    throttling.test(error.name) ||
    error.name === 'TimeoutError' ||
    (typeof code === 'string' && lostConnection.test(code))
  );
};

/**
 * The action that the caller may not perform; undefined unless a permission is missing. A call may need that of another
 * service.
 */
const missingPermission = (action: string, error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  const stated = /not authorized to perform: ([\w-]+:\w+)/.exec(error.message)?.[1];
  return stated ?? (/^(?:AccessDenied|Unauthorized)/.test(error.name) ? action : undefined);
};

/**
 * @param action the call as IAM names it, such as `ecs:RunTask`
 * @throws {AwsCallError} naming the call, the permission if one is missing, and AWS's reason
 */
export const callAws = async <Response>(action: string, response: Promise<Response>): Promise<Response> => {
  try {
    return await response;
  } catch (cause) {
    const permission = missingPermission(action, cause);
    const expected = permission === undefined ? 'a response' : `the permission ${permission}`;
    throw new AwsCallError(`${action}: expected ${expected}, found ${awsReasonOf(cause)}`, {
      cause,
      isTransient: isTransient(cause),
    });
  }
};
