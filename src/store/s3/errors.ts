import { MissingObject, messageOf, StoreError } from '../../errors.js';

/** The kinds of requests, each with the right that it needs. */
const RIGHTS = {
  LIST: 's3:ListBucket',
  GET: 's3:GetObject',
  HEAD: 's3:ListBucket',
  PUT: 's3:PutObject',
  COPY: 's3:GetObject and s3:PutObject',
  DELETE: 's3:DeleteObject',
  UPLOADS: 's3:ListBucketMultipartUploads',
  ABORT: 's3:AbortMultipartUpload',
} as const;
export type Kind = keyof typeof RIGHTS;

/** The body that came is not the object: shorter, longer, or with other bytes. */
export class DamagedError extends Error {
  override readonly name = 'DamagedError';
}

/** The whole body came, and has another digest than is known of the object. */
export class OtherContent extends DamagedError {}

/** What to do about a failed request. */
export type Remedy = 'wait' | 'again' | 'never';

const THROTTLED = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequests',
  'RequestLimitExceeded',
]);
const TRANSIENT = new Set([
  'DamagedError',
  'AbortError', // of an attempt that took too long; a run that was stopped is told apart before
  'TimeoutError',
  'RequestTimeout',
  'InternalError',
  'ServiceUnavailable',
  'BadDigest',
  'IncompleteBody',
  'XAmzContentSHA256Mismatch',
  'XAmzContentChecksumMismatch',
  'RequestTimeTooSkewed', // the SDK has set its offset by the answer
  'OperationAborted',
]);
const NETWORK = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
]);
/** With these nothing has reached the server. */
const NOT_SENT = new Set(['ECONNREFUSED', 'EAI_AGAIN', 'ENOTFOUND', 'ENETUNREACH', 'EHOSTUNREACH']);

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;

interface Failure {
  readonly name: string;
  readonly code: string;
  readonly status: number | undefined;
}

/**
 * The name, system code and HTTP status of what a request failed with; some servers leave out one
 * or the other.
 */
export function failureOf(error: unknown): Failure {
  const { name, code, Code, $metadata, errors } = (error ?? {}) as Record<string, unknown>;
  // one for each address that was tried
  const [first] = (Array.isArray(errors) ? errors : []) as { code?: unknown }[];
  return {
    name: String(typeof Code === 'string' ? Code : name),
    code: String(first?.code ?? code ?? ''),
    status: ($metadata as { httpStatusCode?: number } | undefined)?.httpStatusCode,
  };
}

/** Whether a request is worth repeating, and whether the server asked for more time. */
export function remedyOf(error: unknown): Remedy {
  const { name, code, status = 0 } = failureOf(error);
  if (THROTTLED.has(name) || status === 429 || status === 503) return 'wait';
  if (TRANSIENT.has(name) || NETWORK.has(code) || status >= 500) return 'again';
  // an answer that is not S3's, such as a page of a proxy or a body that ends early
  return status === 200 ||
    /deserialization|unexpected end|parse error|socket hang up|aborted/i.test(messageOf(error))
    ? 'again'
    : 'never';
}

/** Whether the server may have done what it was asked all the same. */
function isUnsure(error: unknown): boolean {
  const { code, status } = failureOf(error);
  if (NOT_SENT.has(code)) return false;
  return status === undefined || status < 400 || status >= 500;
}

function adviceFor(kind: Kind, error: unknown): string {
  const { name, code, status } = failureOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return (
      'the name of the server cannot be resolved: check the endpoint, the region and the DNS ' +
      'of this machine'
    );
  if (code === 'EPROTO' || code.startsWith('ERR_SSL'))
    return (
      'the server does not speak TLS: write the endpoint with http:// instead of https://, or ' +
      'check its port'
    );
  if (code.startsWith('HPE_'))
    return (
      'the server does not speak HTTP: write the endpoint with https:// instead of http://, or ' +
      'check its port'
    );
  if (CERTIFICATE.test(code))
    return (
      'the certificate of the server is not trusted: name its authority in ' + 'NODE_EXTRA_CA_CERTS'
    );
  if (NOT_SENT.has(code))
    return 'the server cannot be reached: check the endpoint, and that it runs';
  switch (name) {
    case 'CredentialsProviderError':
      return (
        'found no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, ' +
        'or give the machine a role'
      );
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'InvalidToken':
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return (
        'the credentials are wrong or have expired, or belong to another server: renew them or ' +
        'correct the endpoint, then run again'
      );
    case 'RequestTimeTooSkewed':
      return "the clock of this machine differs from the server's by more than 15 minutes: set it";
    case 'NoSuchBucket':
      return 'there is no such bucket: create it, or check its name, the endpoint and the region';
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
      return 'the bucket is in another region: set region to that one';
    case 'InvalidObjectState':
      return 'the object is archived: restore it first';
    case 'DamagedError':
      return (
        `${messageOf(error)}: run again; if it stays, look for a proxy on the way that changes ` +
        'what passes'
      );
    case 'AbortError':
    case 'TimeoutError':
      return 'the server did not answer in time: check the network and the server, then run again';
    case 'Region is missing':
      return 'set region, or AWS_REGION';
  }
  if (/region is missing/i.test(messageOf(error))) return 'set region, or AWS_REGION';
  if (status === 403) return `access is denied: allow ${RIGHTS[kind]} for these credentials`;
  if (status === 404)
    return kind === 'LIST'
      ? 'the server does not answer as object storage does: check the endpoint, and that it is ' +
          'the one of S3'
      : 'there is no such object';
  if (remedyOf(error) === 'wait') return 'the server is overloaded: run again later';
  if (remedyOf(error) === 'again')
    return 'the server or the network failed, again and again: run again later';
  return messageOf(error);
}

/** What a request does, and to what. */
export interface Operation {
  readonly kind: Kind;
  /** what is tried, for messages: "read", "write" */
  readonly action: string;
  /** bucket and key, as a URL */
  readonly location: string;
  /** of the body that it sends or brings, at most; none or few unless set */
  readonly bytes?: number;
  /** whether it goes on when a run is stopped; as others of its kind unless set */
  readonly isCleaning?: boolean;
}

/**
 * The StoreError for a failed request: what was tried, on what and where, and what to do.
 * @param endpoint the URL of the server; undefined for AWS
 */
export function s3Error(
  { kind, action, location }: Operation,
  endpoint: string | undefined,
  error: unknown,
): StoreError {
  if (error instanceof StoreError) return error;
  const { name, code, status } = failureOf(error);
  const found = [code || (name === 'Error' ? '' : name), status].filter(Boolean).join(' ');
  const Failed = name === 'NoSuchKey' ? MissingObject : StoreError;
  const where = endpoint === undefined ? location : `${location} at ${endpoint}`;
  return new Failed(
    `Could not ${action} ${where}${found && ` (${found})`}: ${adviceFor(kind, error)}`,
    {
      cause: error,
      unsure: isUnsure(error),
    },
  );
}
