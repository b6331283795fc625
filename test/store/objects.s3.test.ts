import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { S3Store } from '../../src/store/s3/store.js';
import type { Store } from '../../src/store/store.js';
import { FaultProxy } from './fault_proxy.js';
import { freshPlace, freshStore, QUICK, testBucket } from './s3_server.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dayfold-objects-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const keysOf = async (store: Store, prefix: string | readonly string[]) => {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
};
const name = (i: number) => String(i).padStart(5, '0');

test('listings go on past a thousand keys, and skip what lies between the prefixes', async () => {
  const store = await freshStore();
  const keys = [
    ...Array.from({ length: 1_100 }, (_, i) => `a/${name(i)}`),
    ...Array.from({ length: 2_300 }, (_, i) => `b/${name(i)}`),
    ...Array.from({ length: 30 }, (_, i) => `c/${name(i)}`),
  ];
  for (let i = 0; i < keys.length; i += 100) {
    await Promise.all(keys.slice(i, i + 100).map((key) => store.write(key, Buffer.alloc(0))));
  }
  const requestsFor = async (prefix: string | readonly string[], expected: readonly string[]) => {
    const before = store.requests.get('LIST') ?? 0;
    expect(await keysOf(store, prefix)).toEqual(expected);
    return (store.requests.get('LIST') ?? 0) - before;
  };
  expect(await requestsFor('', keys)).toBe(4);
  expect(await requestsFor('b/', keys.slice(1_100, 3_400))).toBe(3);
  expect(await requestsFor('b/000', keys.slice(1_100, 1_200))).toBe(1);
  // two pages of a/, then past the 2,300 keys of b/ at once
  expect(await requestsFor(['c/', 'a/'], [...keys.slice(0, 1_100), ...keys.slice(3_400)])).toBe(3);
  expect(await requestsFor(['a/0000', 'a/0001'], keys.slice(0, 20))).toBe(1);
});

test.each([8 << 20, (8 << 20) + 1, 17 << 20])(
  '%i bytes go up in parts and come back in ranges',
  async (bytes) => {
    const store = await freshStore();
    const content = randomBytes(bytes);
    const file = path.join(folder, 'content');
    await writeFile(file, content);
    await store.write('large.bin', { file });
    expect(content.equals(await readFile(await store.fetch('large.bin', folder)))).toBe(true);
    expect([store.requests.get('PUT'), store.requests.get('GET')]).toEqual(
      bytes === 8 << 20 ? [1, 1] : [2 + Math.ceil(bytes / (8 << 20)), Math.ceil(bytes / (8 << 20))],
    );
  },
);

test('an object that is replaced while it comes is one of the two, never a mixture', async () => {
  const place = await freshPlace();
  const direct = new S3Store(place, { patience: QUICK });
  const proxy = await FaultProxy.open(String(process.env.AWS_ENDPOINT_URL_S3));
  try {
    const put = async (byte: number) => {
      const file = path.join(folder, 'replaced');
      await writeFile(file, Buffer.alloc(20 << 20, byte));
      await direct.write('x.bin', { file });
    };
    await put(1);
    let replacing: Promise<void> | undefined;
    proxy.harm = ({ method, headers }) => {
      if (method !== 'GET' || headers.range?.startsWith('bytes=0-') || replacing) return undefined;
      replacing = put(2);
      return { kind: 'late', milliseconds: 4_000 };
    };
    const store = new S3Store(
      { ...place, endpoint: proxy.url },
      { patience: { ...QUICK, idle: 20_000 } },
    );
    const got = await readFile(await store.fetch('x.bin', folder));
    expect(replacing).toBeDefined();
    expect(got.equals(Buffer.alloc(20 << 20, 2))).toBe(true);
  } finally {
    await proxy.close();
  }
});

test('pending uploads of killed runs are removed: those below the own prefix, and not the latest', async () => {
  const place = await freshPlace();
  const store = new S3Store(place, { patience: QUICK });
  const client = new S3Client({ forcePathStyle: true });
  const Bucket = await testBucket();
  const prefix = place.store.split('/').at(-1);
  const pending = async () => {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    return Uploads.map(({ Key }) => Key).filter((key) => key?.includes(String(prefix)));
  };
  for (const Key of [`${prefix}/objects/x`, `other-${prefix}/objects/x`]) {
    await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  }
  expect(await store.sweep(new Date((await store.time()).getTime() - 60_000))).toBe(0);
  expect(await store.sweep(new Date((await store.time()).getTime() + 2_000))).toBe(1);
  expect(await pending()).toEqual([`other-${prefix}/objects/x`]);
});

test.each(['md5', 'crc32', 'none'] as const)('with checksums %s', async (checksums) => {
  const store = await freshStore({ checksums });
  const content = randomBytes(9 << 20);
  const file = path.join(folder, 'content');
  await writeFile(file, content);
  await store.write('large.bin', { file });
  await store.write('small', Buffer.from('small'));
  expect(await store.create('created', Buffer.from('created'))).toBe(true);
  expect(content.equals((await store.read('large.bin')) ?? Buffer.alloc(0))).toBe(true);
  expect([String(await store.read('small')), String(await store.read('created'))]).toEqual([
    'small',
    'created',
  ]);
});

test('a page has its content type, and so does its copy', async () => {
  const place = await freshPlace();
  const store = new S3Store(place, { patience: QUICK });
  await store.write('objects/x.html', Buffer.from('<p>'));
  await store.copy('objects/x.html', 'latest/report.html');
  const client = new S3Client({ forcePathStyle: true });
  const Key = `${place.store.split('/').at(-1)}/latest/report.html`;
  const { ContentType } = await client.send(
    new HeadObjectCommand({ Bucket: await testBucket(), Key }),
  );
  expect(ContentType).toBe('text/html; charset=utf-8');
});
