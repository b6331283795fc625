import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { counted } from '../../counts.js';
import { ChangedObject, StoreError } from '../../errors.js';
import { fileError } from '../file_error.js';
import type { StoreSettings } from '../settings.js';
import type { Expected } from '../store.js';
import { DamagedError, failureOf, OtherContent, s3Error } from './errors.js';
import type { S3Requests } from './requests.js';
import { type Place, payer } from './upload.js';

/** Larger objects come in ranges of this size, several at once. */
const RANGE = 8 << 20;

/**
 * So often an object is fetched again as a whole: it was replaced meanwhile, or what came was not
 * what it should be.
 */
const WHOLE_ATTEMPTS = 3;

/** What an answer says of the whole object. */
interface Found {
  readonly bytes: number;
  readonly etag: string;
  /** of the content in hex, where the ETag is one: not for uploads in parts, nor under a KMS key */
  readonly md5: string | undefined;
}

/** Reads objects of a bucket, and believes nothing that it has not counted and hashed. */
export class S3Download {
  readonly #requests: S3Requests;
  readonly #settings: StoreSettings;

  constructor(requests: S3Requests, settings: StoreSettings) {
    this.#requests = requests;
    this.#settings = settings;
  }

  /** A small object, whole; undefined when there is none. */
  async bytes({ location, ...place }: Place): Promise<Buffer | undefined> {
    const input = { ...place, ...payer(this.#settings.request_payer) };
    try {
      return await this.#requests.call(
        { kind: 'GET', action: 'read', location },
        async (client, options) => {
          const answer = await client.send(new GetObjectCommand(input), options);
          const chunks: Buffer[] = [];
          for await (const chunk of bodyOf(answer, options.abortSignal)) chunks.push(chunk);
          const body = Buffer.concat(chunks);
          const { bytes, md5 } = foundIn(answer);
          if (body.length !== bytes)
            throw new DamagedError(`expected ${counted(bytes, 'byte')}, found ${body.length}`);
          if (md5 !== undefined && createHash('md5').update(body).digest('hex') !== md5) {
            throw new DamagedError(`expected bytes with the MD5 ${md5}, found others`);
          }
          return body;
        },
      );
    } catch (error) {
      if (failureOf((error as Error).cause).name === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  /**
   * Brings an object to a local file, by ranges of one version of it. The file is there only when
   * all is right.
   * @param expected size and digest that are known beforehand
   */
  async file(place: Place, file: string, expected: Expected | undefined): Promise<void> {
    const partial = `${file}.partial`;
    for (let attempt = 1; ; attempt++) {
      try {
        const found = await this.#ranges(place, partial, expected);
        await verify(partial, found, expected);
        await rename(partial, file);
        return;
      } catch (error) {
        await rm(partial, { force: true });
        const isReplaced = failureOf((error as Error).cause).status === 412;
        if ((isReplaced || error instanceof DamagedError) && attempt < WHOLE_ATTEMPTS) continue;
        if (isReplaced) {
          throw new StoreError(
            `${place.location}: expected an object that stays the same while it is read, ` +
              'found it replaced each time: run again when nothing writes it',
            { cause: error },
          );
        }
        if (error instanceof OtherContent && expected !== undefined)
          throw new ChangedObject(`${place.location}: ${error.message}`, { cause: error });
        if (error instanceof DamagedError) {
          const { endpoint } = this.#requests;
          throw s3Error({ kind: 'GET', action: 'read', location: place.location }, endpoint, error);
        }
        throw error instanceof StoreError ? error : fileError('write', file, error);
      }
    }
  }

  async #ranges(place: Place, partial: string, expected: Expected | undefined): Promise<Found> {
    const handle = await open(partial, 'w').catch((error) => {
      throw fileError('write', partial, error);
    });
    try {
      const bytes = Math.min(RANGE, expected?.bytes ?? RANGE);
      const found = await this.#range(place, handle, 0, bytes, undefined);
      const starts: number[] = [];
      for (let start = RANGE; start < found.bytes; start += RANGE) starts.push(start);
      const got = await Promise.allSettled(
        starts.map((start) =>
          this.#range(place, handle, start, Math.min(RANGE, found.bytes - start), found),
        ),
      );
      const failed = got.find((range) => range.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      return found;
    } finally {
      await handle.close();
    }
  }

  /**
   * One range of an object, written to its place in the file.
   * @param bytes that it has at most
   * @param whole what the first range said
   */
  async #range(
    place: Place,
    handle: FileHandle,
    start: number,
    bytes: number,
    whole: Found | undefined,
  ): Promise<Found> {
    const { location, ...where } = place;
    const input = {
      ...where,
      ...payer(this.#settings.request_payer),
      Range: `bytes=${start}-${start + RANGE - 1}`,
      ...(whole === undefined ? {} : { IfMatch: whole.etag }),
    };
    try {
      return await this.#requests.call(
        { kind: 'GET', action: 'read', location, bytes },
        async (client, options) => {
          const answer = await client.send(new GetObjectCommand(input), options);
          const found = foundIn(answer);
          const length = Math.min(RANGE, found.bytes - start);
          let at = start;
          for await (const chunk of bodyOf(answer, options.abortSignal)) {
            if (at + chunk.length > start + length)
              throw new DamagedError(`expected ${counted(length, 'byte')}, found more`);
            await handle.write(chunk, 0, chunk.length, at);
            at += chunk.length;
          }
          if (at !== start + length)
            throw new DamagedError(`expected ${counted(length, 'byte')}, found ${at - start}`);
          return found;
        },
      );
    } catch (error) {
      // an object of no bytes has no first range
      if (start === 0 && failureOf((error as Error).cause).status === 416) {
        return { bytes: 0, etag: '', md5: undefined };
      }
      throw error;
    }
  }
}

/**
 * The body of an answer, which ends with an error when the signal says so: it would stall for ever
 * otherwise.
 */
function bodyOf(answer: GetObjectCommandOutput, signal: AbortSignal): AsyncIterable<Buffer> {
  return addAbortSignal(signal, answer.Body as Readable);
}

function foundIn(answer: GetObjectCommandOutput): Found {
  const {
    ContentRange,
    ContentLength,
    ETag = '',
    ServerSideEncryption,
    SSECustomerAlgorithm,
  } = answer;
  const total =
    ContentRange === undefined ? ContentLength : Number(/\/(\d+)$/.exec(ContentRange)?.[1]);
  if (total === undefined || Number.isNaN(total))
    throw new DamagedError('expected its size in the answer, found none');
  const isPlain =
    SSECustomerAlgorithm === undefined && !ServerSideEncryption?.startsWith('aws:kms');
  const md5 = isPlain ? /^"?([0-9a-f]{32})"?$/.exec(ETag)?.[1] : undefined;
  return { bytes: total, etag: ETag, md5 };
}

async function verify(file: string, found: Found, expected: Expected | undefined): Promise<void> {
  if (expected !== undefined && found.bytes !== expected.bytes) {
    throw new OtherContent(
      `expected ${counted(expected.bytes, 'byte')}, as in the release, found ${found.bytes}`,
    );
  }
  const [algorithm, digest] =
    expected === undefined ? ['md5', found.md5] : ['sha256', expected.sha256];
  if (digest === undefined) return;
  const hash = createHash(algorithm as string);
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  const got = hash.digest('hex');
  if (got !== digest)
    throw new OtherContent(`expected bytes with the ${algorithm} ${digest}, found ${got}`);
}
