import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { fileError } from '../file_error.js';
import type { StoreSettings } from '../settings.js';
import { failureOf } from './errors.js';
import type { S3Requests } from './requests.js';

/** Larger files go up in parts of this size. */
const PART = 8 << 20;
const MOST_PARTS = 10_000;

/** So often the creation of an object is tried while another one is under way. */
const CONFLICTS = 5;

/** An object of a bucket: its whole key, and how messages call it. */
export interface Place {
  readonly Bucket: string;
  readonly Key: string;
  readonly location: string;
}

type Upload = Omit<Place, 'location'> & { readonly UploadId: string | undefined };

/** What a new object is given beside its content. */
export function attributesOf({ sse, kms_key, storage_class, request_payer }: StoreSettings) {
  return {
    ...(sse === null ? {} : { ServerSideEncryption: sse }),
    ...(kms_key === null ? {} : { SSEKMSKeyId: kms_key }),
    ...(storage_class === null ? {} : { StorageClass: storage_class as 'STANDARD' }),
    ...payer(request_payer),
  };
}

/**
 * The content type of an object, so that reports can be read from a bucket that serves static
 * pages.
 */
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.file',
};

function typeOf(key: string): { ContentType?: string } {
  const type = TYPES[key.slice(key.lastIndexOf('.') + 1)];
  return type === undefined ? {} : { ContentType: type };
}

/** What a request on somebody else's bucket says. */
export function payer(isPaying: boolean) {
  return isPaying ? { RequestPayer: 'requester' as const } : {};
}

/**
 * Writes objects to a bucket, each from memory or from a file in parts, and lets the server check
 * what it gets.
 */
export class S3Upload {
  readonly #requests: S3Requests;
  readonly #settings: StoreSettings;

  constructor(requests: S3Requests, settings: StoreSettings) {
    this.#requests = requests;
    this.#settings = settings;
  }

  /** Puts bytes; an earlier object is replaced. */
  bytes(place: Place, body: Buffer): Promise<void> {
    return this.#whole(place, body.length, async () => body);
  }

  /** @param read gives the bytes when it is their turn: those that wait hold no memory */
  async #whole(
    { location, ...place }: Place,
    bytes: number,
    read: () => Promise<Buffer>,
  ): Promise<void> {
    const input = { ...place, ...typeOf(place.Key), ...attributesOf(this.#settings) };
    await this.#requests.call(
      { kind: 'PUT', action: 'write', location, bytes },
      async (client, options) => {
        const Body = await read();
        await client.send(new PutObjectCommand({ ...input, ...this.#digest(Body), Body }), options);
      },
    );
  }

  /**
   * Puts bytes where nothing is. An answer that is lost must be settled by who knows what was
   * written, so only the server's word that nothing was (409: another creation was under way) leads
   * to a second attempt.
   * @returns false when something is there
   */
  async create({ location, ...place }: Place, body: Buffer): Promise<boolean> {
    const type = typeOf(place.Key);
    const input = {
      ...place,
      ...type,
      ...attributesOf(this.#settings),
      ...this.#digest(body),
      Body: body,
      IfNoneMatch: '*',
    };
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#requests.call(
          { kind: 'PUT', action: 'create', location, bytes: body.length },
          (client, options) => client.send(new PutObjectCommand(input), options),
          1,
        );
        return true;
      } catch (error) {
        const { status } = failureOf((error as Error).cause);
        if (status === 412) return false;
        if (status !== 409 || attempt === CONFLICTS) throw error;
        await delay(Math.random() * 100 * attempt);
      }
    }
  }

  /** Puts a local file, which stays. */
  async file(place: Place, file: string): Promise<void> {
    const failed = (error: unknown) => {
      throw fileError('read', file, error);
    };
    const { size } = await stat(file).catch(failed);
    if (size <= PART) return this.#whole(place, size, () => readFile(file).catch(failed));
    return this.#inParts(place, file, size);
  }

  async #inParts({ location, ...place }: Place, file: string, size: number): Promise<void> {
    const crc32 =
      this.#settings.checksums === 'crc32' ? { ChecksumAlgorithm: 'CRC32' as const } : {};
    const input = { ...place, ...typeOf(place.Key), ...attributesOf(this.#settings), ...crc32 };
    const { UploadId } = await this.#requests.call(
      { kind: 'PUT', action: 'write', location },
      (client, options) => client.send(new CreateMultipartUploadCommand(input), options),
    );
    const upload = { ...place, ...payer(this.#settings.request_payer), UploadId };
    try {
      const parts = await this.#parts(upload, location, file, size);
      await this.#complete(upload, location, parts, size);
    } catch (error) {
      await this.#requests
        .call({ kind: 'ABORT', action: 'give up the upload of', location }, (client, options) =>
          client.send(new AbortMultipartUploadCommand(upload), options),
        )
        .catch(() => {}); // the next run finds it; the first failure says more
      throw error;
    }
  }

  async #parts(
    upload: Upload,
    location: string,
    file: string,
    size: number,
  ): Promise<CompletedPart[]> {
    const length = Math.max(PART, Math.ceil(size / MOST_PARTS));
    const numbers = Array.from({ length: Math.ceil(size / length) }, (_, i) => i + 1);
    const handle = await open(file);
    const send = (PartNumber: number) => {
      const from = (PartNumber - 1) * length;
      const bytes = Math.min(length, size - from);
      return this.#requests.call(
        { kind: 'PUT', action: 'write', location, bytes },
        async (client, options) => {
          const Body = Buffer.alloc(bytes); // only now: parts that wait hold no memory
          await handle.read(Body, 0, bytes, from);
          const input = { ...upload, PartNumber, Body, ...this.#digest(Body) };
          const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand(input), options);
          return { PartNumber, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) };
        },
      );
    };
    try {
      // none goes on when the file is closed
      const sent = await Promise.allSettled(numbers.map(send));
      return sent.map((part) => {
        if (part.status === 'rejected') throw part.reason;
        return part.value;
      });
    } finally {
      await handle.close();
    }
  }

  async #complete(
    upload: Upload,
    location: string,
    Parts: CompletedPart[],
    size: number,
  ): Promise<void> {
    try {
      await this.#requests.call({ kind: 'PUT', action: 'write', location }, (client, options) =>
        client.send(
          new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }),
          options,
        ),
      );
    } catch (error) {
      if (failureOf((error as Error).cause).name !== 'NoSuchUpload') throw error;
      // completed by an attempt whose answer was lost, if the object is there
      const { UploadId: _, ...place } = upload;
      const { ContentLength } = await this.#requests.call(
        { kind: 'HEAD', action: 'read', location },
        (client, options) => client.send(new HeadObjectCommand(place), options),
      );
      if (ContentLength !== size) throw error;
    }
  }

  #digest(body: Buffer): { ContentMD5?: string } {
    return this.#settings.checksums === 'md5'
      ? { ContentMD5: createHash('md5').update(body).digest('base64') }
      : {};
  }
}
