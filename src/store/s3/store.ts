import { rm } from 'node:fs/promises';
import path from 'node:path';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { ConfigError } from '../../errors.js';
import { localName, nextPage, startOf } from '../keys.js';
import type { StoreSettings } from '../settings.js';
import type { Content, Entry, Expected, Store } from '../store.js';
import { S3Download } from './download.js';
import { PATIENCE, type Patience, S3Requests } from './requests.js';
import { attributesOf, type Place, payer, S3Upload } from './upload.js';

export interface S3Options {
  /** ends all that is under way */
  readonly signal?: AbortSignal | undefined;
  readonly patience?: Patience;
}

/** A bucket, or what is in it under a prefix, as object storage. */
export class S3Store implements Store {
  readonly url: string;
  readonly folder = undefined;
  readonly #settings: StoreSettings;
  readonly #bucket: string;
  /** empty, or with a slash at its end */
  readonly #prefix: string;
  readonly #requests: S3Requests;
  readonly #download: S3Download;
  readonly #upload: S3Upload;

  /** @throws ConfigError when the place is no s3://bucket/prefix */
  constructor(settings: StoreSettings, { signal, patience = PATIENCE }: S3Options = {}) {
    const [, bucket, prefix = ''] =
      /^s3:\/\/([a-z0-9][a-z0-9._-]+)(?:\/(.*))?$/i.exec(settings.store) ?? [];
    if (bucket === undefined)
      throw new ConfigError(`Expected a store as s3://bucket/prefix, found ${settings.store}`);
    this.#settings = settings;
    this.#bucket = bucket;
    this.#prefix = prefix.replace(/\/*$/, prefix === '' ? '' : '/');
    this.url = `s3://${bucket}/${this.#prefix}`;
    this.#requests = new S3Requests(settings, signal, patience);
    this.#download = new S3Download(this.#requests, settings);
    this.#upload = new S3Upload(this.#requests, settings);
  }

  get requests(): ReadonlyMap<string, number> {
    return this.#requests.counts;
  }

  locate(key: string): string {
    return this.url + key;
  }

  list(prefix: string | readonly string[]): AsyncIterable<Entry> {
    return this.#list(prefix, false);
  }

  async *#list(prefix: string | readonly string[], isCleaning: boolean): AsyncIterable<Entry> {
    const wanted = startOf(prefix);
    for (
      let from: string | undefined = wanted.first, token: string | undefined;
      from !== undefined;
    ) {
      const page = await this.#page(wanted.common, from, token, isCleaning);
      let last = '';
      for (const { Key = '', Size = 0, ETag, LastModified = new Date(0) } of page.Contents ?? []) {
        last = (page.EncodingType === 'url' ? decode(Key) : Key).slice(this.#prefix.length);
        if (wanted.has(last))
          yield { key: last, bytes: Size, version: `${ETag}-${Size}`, modified: LastModified };
      }
      from = page.IsTruncated ? nextPage(wanted, last) : undefined;
      token = from === '' ? page.NextContinuationToken : undefined;
    }
  }

  async *keys(
    prefix: string | readonly string[],
    { isCleaning } = { isCleaning: false },
  ): AsyncIterable<string> {
    for await (const { key } of this.#list(prefix, isCleaning)) yield key;
  }

  /**
   * Up to 1,000 objects: those after the last page's, or after a key; an empty one means from the
   * first.
   */
  #page(
    common: string,
    after: string,
    token: string | undefined,
    isCleaning: boolean,
  ): Promise<ListObjectsV2CommandOutput> {
    const input = {
      Bucket: this.#bucket,
      Prefix: this.#prefix + common,
      // XML cannot hold every character of a key; some servers send it plain all the same
      EncodingType: 'url' as const,
      ...payer(this.#settings.request_payer),
      ...(token !== undefined
        ? { ContinuationToken: token }
        : after === ''
          ? {}
          : { StartAfter: this.#prefix + after }),
    };
    return this.#requests.call(
      { kind: 'LIST', action: 'list', location: this.locate(common), isCleaning },
      (client, options) => client.send(new ListObjectsV2Command(input), options),
    );
  }

  read(key: string): Promise<Buffer | undefined> {
    return this.#download.bytes(this.#place(key));
  }

  async fetch(key: string, folder: string, expected?: Expected): Promise<string> {
    const file = path.join(folder, localName(key));
    await this.#download.file(this.#place(key), file, expected);
    return file;
  }

  async write(key: string, content: Content): Promise<void> {
    if (Buffer.isBuffer(content)) return this.#upload.bytes(this.#place(key), content);
    await this.#upload.file(this.#place(key), content.file);
    await rm(content.file, { force: true });
  }

  create(key: string, content: Buffer): Promise<boolean> {
    return this.#upload.create(this.#place(key), content);
  }

  async copy(from: string, to: string): Promise<void> {
    const { location, ...place } = this.#place(to);
    const source = `${this.#bucket}/${this.#prefix}${from}`
      .split('/')
      .map(encodeURIComponent)
      .join('/');
    const input = { ...place, ...attributesOf(this.#settings), CopySource: source };
    await this.#requests.call(
      { kind: 'COPY', action: `copy ${this.locate(from)} to`, location },
      (client, options) => client.send(new CopyObjectCommand(input), options),
    );
  }

  async remove(key: string): Promise<void> {
    const { location, ...place } = this.#place(key);
    const input = { ...place, ...payer(this.#settings.request_payer) };
    await this.#requests.call({ kind: 'DELETE', action: 'remove', location }, (client, options) =>
      client.send(new DeleteObjectCommand(input), options),
    );
  }

  async time(): Promise<Date> {
    if (this.#requests.time() === undefined) {
      const input = {
        Bucket: this.#bucket,
        Prefix: this.#prefix,
        MaxKeys: 1,
        ...payer(this.#settings.request_payer),
      };
      await this.#requests.call(
        { kind: 'LIST', action: 'list', location: this.url },
        (client, options) => client.send(new ListObjectsV2Command(input), options),
      );
    }
    return this.#requests.time() ?? new Date();
  }

  async sweep(before: Date): Promise<number> {
    const { Uploads = [] } = await this.#requests.call(
      { kind: 'UPLOADS', action: 'list the pending uploads of', location: this.url },
      (client, options) =>
        client.send(
          new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: this.#prefix }),
          options,
        ),
    );
    const abandoned = Uploads.filter(
      ({ Initiated }) => Initiated !== undefined && Initiated < before,
    );
    for (const { Key, UploadId } of abandoned) {
      await this.#requests.call(
        {
          kind: 'ABORT',
          action: 'give up the pending upload of',
          location: `s3://${this.#bucket}/${Key}`,
        },
        (client, options) =>
          client.send(
            new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key, UploadId }),
            options,
          ),
      );
    }
    return abandoned.length;
  }

  #place(key: string): Place {
    return { Bucket: this.#bucket, Key: this.#prefix + key, location: this.locate(key) };
  }
}

/** A key of a listing as it is: servers write a blank as a plus sign. */
function decode(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}
