import { setTimeout as delay } from 'node:timers/promises';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { Stopped, StoreError } from '../../errors.js';
import type { StoreSettings } from '../settings.js';
import { Slots } from '../slots.js';
import { type Kind, type Operation, remedyOf, s3Error } from './errors.js';

/** How long to wait for a server, and how often to try; times in milliseconds. */
export interface Patience {
  /** for a connection */
  readonly connect: number;
  /** between two bytes, in either direction */
  readonly idle: number;
  /** for one attempt as a whole */
  readonly attempt: number;
  readonly attempts: number;
  /** the longest first pause; it doubles with each attempt */
  readonly pause: number;
}

export const PATIENCE: Patience = {
  connect: 5_000,
  idle: 20_000,
  attempt: 120_000,
  attempts: 6,
  pause: 200,
};

const LONGEST_PAUSE = 20_000;
/** A server that asks for more time gets this many times the pause. */
const THROTTLED_FACTOR = 5;
/** Requests under way at once: a server that is far away answers many in the time of one. */
const AT_ONCE = 32;
/** Bodies of more bytes count as several requests. With parts of 8 MiB that bounds their memory. */
const LARGE_BYTES = 1 << 20;
const LARGE_AS = 4;

/** What cleans up, and so goes on when a run is stopped. */
const CLEANING: ReadonlySet<Kind> = new Set<Kind>(['ABORT', 'DELETE']);

interface Message {
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request: the client, and what to pass on so that it ends in time. */
type Work<T> = (client: S3Client, options: { readonly abortSignal: AbortSignal }) => Promise<T>;

/**
 * Sends requests to one server: a bounded number at once, each with a limit of time, repeated where
 * that can help. The SDK's own retries are off: they cover no body, and must not repeat the
 * creation of an object.
 */
export class S3Requests {
  /** requests by kind; of them RETRY those that were repeated; bytes of bodies */
  readonly counts = new Map<Kind | 'RETRY' | 'BYTES_READ' | 'BYTES_WRITTEN', number>();
  /** the URL of the server; undefined for AWS */
  readonly endpoint: string | undefined;
  readonly #client: S3Client;
  readonly #patience: Patience;
  readonly #signal: AbortSignal | undefined;
  readonly #slots = new Slots(AT_ONCE);
  /** the server's clock less ours, in milliseconds */
  #offset: number | undefined;

  constructor(settings: StoreSettings, signal: AbortSignal | undefined, patience: Patience) {
    // that the SDK's next versions want a newer Node says nothing to who runs this one, every night
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
    this.#client = new S3Client(clientConfig(settings, patience));
    this.endpoint = endpointOf(settings);
    this.#signal = signal;
    this.#patience = patience;
    this.#client.middlewareStack.add(
      (next) => async (args) => {
        const sent = await next(args);
        const { headers = {} } = sent.response as Message;
        this.#noteTime(headers.date);
        this.#count('BYTES_READ', Number(headers['content-length'] ?? 0));
        this.#count(
          'BYTES_WRITTEN',
          Number((args.request as Message).headers?.['content-length'] ?? 0),
        );
        return sent;
      },
      { step: 'deserialize', priority: 'low', name: 'storeClock' },
    );
  }

  /**
   * Does one kind of request until it succeeds, or fails for good.
   * @param attempts 1 for what must not be repeated blindly
   * @throws StoreError, or Stopped when the run was told to end
   */
  async call<T>(
    operation: Operation,
    work: Work<T>,
    attempts = this.#patience.attempts,
  ): Promise<T> {
    const { action, location, isCleaning = CLEANING.has(operation.kind) } = operation;
    const stop = isCleaning ? undefined : this.#signal;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#inTurn(operation, stop, work);
      } catch (error) {
        if (stop?.aborted) {
          throw new Stopped(`Stopped on request, before it could ${action} ${location}`, {
            cause: error,
            unsure: true,
          });
        }
        if (error instanceof StoreError) throw error; // of a local file, which says what to do
        const remedy = remedyOf(error);
        if (remedy === 'never' || attempt >= attempts)
          throw s3Error(operation, this.endpoint, error);
        this.#count('RETRY', 1);
        const longest =
          this.#patience.pause * 2 ** (attempt - 1) * (remedy === 'wait' ? THROTTLED_FACTOR : 1);
        // a random part of it, so that many clients do not come back together
        await delay(Math.random() * Math.min(longest, LONGEST_PAUSE), undefined, {
          signal: this.#signal,
        }).catch(() => {});
      }
    }
  }

  /** The server's time, by the date of its last answer; undefined before the first. */
  time(): Date | undefined {
    return this.#offset === undefined ? undefined : new Date(Date.now() + this.#offset);
  }

  async #inTurn<T>(
    { kind, bytes = 0 }: Operation,
    stop: AbortSignal | undefined,
    work: Work<T>,
  ): Promise<T> {
    const places = bytes > LARGE_BYTES ? LARGE_AS : 1;
    await this.#slots.take(places);
    const limit = AbortSignal.timeout(this.#patience.attempt);
    try {
      stop?.throwIfAborted();
      this.#count(kind, 1);
      const abortSignal = stop ? AbortSignal.any([limit, stop]) : limit;
      return await work(this.#client, { abortSignal });
    } finally {
      this.#slots.give(places);
    }
  }

  #count(what: Parameters<typeof this.counts.get>[0], amount: number): void {
    if (amount > 0) this.counts.set(what, (this.counts.get(what) ?? 0) + amount);
  }

  #noteTime(header: string | undefined): void {
    const time = Date.parse(header ?? '');
    if (!Number.isNaN(time)) this.#offset = time - Date.now();
  }
}

function endpointOf({ endpoint }: StoreSettings): string | undefined {
  const url = endpoint ?? (process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL);
  // without a user and password
  return url && URL.canParse(url) ? new URL(url).origin : url || undefined;
}

function clientConfig(settings: StoreSettings, patience: Patience): S3ClientConfig {
  const { endpoint, region, path_style, checksums } = settings;
  const hasEndpoint = endpointOf(settings) !== undefined;
  const agent = { keepAlive: true, maxSockets: AT_ONCE * 2 };
  const mode = checksums === 'crc32' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  return {
    ...(endpoint === null ? {} : { endpoint }),
    ...(region === null ? {} : { region }),
    forcePathStyle: path_style ?? hasEndpoint,
    maxAttempts: 1,
    requestChecksumCalculation: mode,
    responseChecksumValidation: mode,
    requestHandler: {
      connectionTimeout: patience.connect,
      socketTimeout: patience.idle,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
}
