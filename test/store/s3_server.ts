import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Patience } from '../../src/store/s3/requests.js';
import { S3Store } from '../../src/store/s3/store.js';
import type { StoreSettings } from '../../src/store/settings.js';

/** Some servers keep keys as paths: "a" and "a/b" exclude each other there. */
export const KEYS_ARE_PATHS = process.env.DAYFOLD_S3_KEYS_ARE_PATHS === '1';

/** Short times, for servers on this machine. */
export const QUICK: Patience = {
  connect: 2_000,
  idle: 1_000,
  attempt: 10_000,
  attempts: 4,
  pause: 10,
};

/** A store with nothing set but its place. */
export function settingsOf(store: string): StoreSettings {
  return {
    store,
    endpoint: null,
    region: null,
    path_style: null,
    checksums: 'md5',
    sse: null,
    kms_key: null,
    storage_class: null,
    request_payer: false,
  };
}

let bucket: Promise<string> | undefined;

/** The bucket of this test process, made on the first call. */
export function testBucket(): Promise<string> {
  bucket ??= (async () => {
    const name = `dayfold-test-${randomBytes(6).toString('hex')}`;
    await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: name }));
    return name;
  })();
  return bucket;
}

/** Settings for an empty place of its own in that bucket. */
export async function freshPlace(change: Partial<StoreSettings> = {}): Promise<StoreSettings> {
  return {
    ...settingsOf(`s3://${await testBucket()}/${randomBytes(6).toString('hex')}`),
    ...change,
  };
}

/** An empty store on the server. */
export async function freshStore(change: Partial<StoreSettings> = {}): Promise<S3Store> {
  return new S3Store(await freshPlace(change), { patience: QUICK });
}
