import { type ServiceError, status } from '@grpc/grpc-js';
import { ConfigError, StoreError } from '../../errors.js';
import { QueryError } from '../engine.js';
import { detailsOf } from './server.js';

/**
 * The server lost the session, or was started again: what was set in it is gone, and so may be what
 * it was doing.
 */
export class SessionLost extends StoreError {}

/** Whether it may be otherwise in a moment. */
export function isPassing({ code, details }: ServiceError): boolean {
  if (/certificate/i.test(details)) return false;
  if (code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED) return true;
  return code === status.INTERNAL && /RST_STREAM|CURSOR_DISCONNECTED/.test(details);
}

/**
 * The error that a person can act on.
 *
 * @param of the server, as host:port, and the statement
 * @param fullMessage fetches the whole message of an error, of which the call holds the beginning
 */
export async function failureOf(
  error: ServiceError,
  of: { readonly target: string; readonly text: string },
  fullMessage: (errorId: string) => Promise<string | undefined>,
): Promise<Error> {
  const { target, text } = of;
  const { code, details } = error;
  if (
    /INVALID_HANDLE|SESSION_CHANGED|SparkContext was shut down|stopped SparkContext/.test(details)
  ) {
    return new SessionLost(
      `Spark at ${target} lost the session of this run (${details}): see the server's log ` +
        'for why it ended, and run again',
      { cause: error },
    );
  }
  if (code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED) {
    return new ConfigError(
      `engine.token: expected one that ${target} accepts, found that it refuses this one: ` +
        `${details}`,
      { cause: error },
    );
  }
  const { errorClass, errorId } = detailsOf(error);
  if (errorClass === undefined && code === status.INTERNAL) {
    return new StoreError(`Spark at ${target} failed: ${details}. See its log, and run again`, {
      cause: error,
    });
  }
  if (errorClass === undefined) {
    return new StoreError(
      `Could not reach Spark Connect at ${target} (${status[code]}: ${details}): check ` +
        'engine.remote and engine.tls, and that the server runs',
      { cause: error },
    );
  }
  const message = (errorId === undefined ? undefined : await fullMessage(errorId)) ?? details;
  const named = message.startsWith('[') ? message : `[${errorClass}] ${message}`;
  return new QueryError(named, text, error);
}
