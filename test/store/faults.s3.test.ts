import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { removeAll } from '../../src/store/remove_all.js';
import { S3Store } from '../../src/store/s3/store.js';
import type { Store } from '../../src/store/store.js';
import { type Fault, FaultProxy, type Passing } from './fault_proxy.js';
import { freshPlace, QUICK } from './s3_server.js';

const LARGE = randomBytes(20 << 20);
let proxy: FaultProxy;
let folder = '';
/** reaches the server through the proxy */
let store: Store;
/** reaches it directly */
let direct: Store;

beforeAll(async () => {
  proxy = await FaultProxy.open(String(process.env.AWS_ENDPOINT_URL_S3));
  folder = await mkdtemp(path.join(tmpdir(), 'dayfold-faults-'));
});
afterAll(async () => {
  await proxy.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  proxy.harm = () => undefined;
  const place = await freshPlace();
  direct = new S3Store(place, { patience: QUICK });
  store = new S3Store({ ...place, endpoint: proxy.url }, { patience: QUICK });
  proxy.passed.length = 0;
});

const PASSING: Fault[] = [
  { kind: 'error', status: 500, code: 'InternalError' },
  { kind: 'error', status: 503, code: 'SlowDown' },
  { kind: 'error', status: 503, code: 'ServiceUnavailable' },
  { kind: 'error', status: 403, code: 'RequestTimeTooSkewed' },
  { kind: 'reset' },
];
const OF_BODIES: Fault[] = [
  { kind: 'stalled body' },
  { kind: 'cut body' },
  { kind: 'wrong length' },
  { kind: 'flipped byte' },
];
const named = (faults: readonly Fault[]) =>
  faults.map((fault): [string, Fault] => [
    fault.kind === 'error' ? `${fault.status} ${fault.code}` : fault.kind,
    fault,
  ]);
const text = async (key: string) => (await direct.read(key))?.toString();
const keys = async () => {
  const found: string[] = [];
  for await (const { key } of store.list('')) found.push(key);
  return found;
};

describe('what passes is tried again, and the content is right', () => {
  test.each(named([...PASSING, ...OF_BODIES]))('reading: %s', async (_, fault) => {
    await direct.write('x', Buffer.from('some content'));
    proxy.harmNext(fault, 2);
    expect(String(await store.read('x'))).toBe('some content');
    expect(proxy.passed).toHaveLength(3);
  });

  test.each(named([...PASSING, ...OF_BODIES]))('fetching in ranges: %s', async (_, fault) => {
    const file = path.join(folder, 'large');
    await writeFile(file, LARGE);
    await direct.write('large.bin', { file });
    const expected = {
      bytes: LARGE.length,
      sha256: createHash('sha256').update(LARGE).digest('hex'),
    };
    // the second range and one of the others
    let count = 0;
    proxy.harm = ({ method }) => (method === 'GET' && [2, 3].includes(++count) ? fault : undefined);
    expect(LARGE.equals(await readFile(await store.fetch('large.bin', folder, expected)))).toBe(
      true,
    );
    expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  test.each(named([...PASSING, { kind: 'lost answer' }, { kind: 'flipped byte in the request' }]))(
    'writing: %s',
    async (_, fault) => {
      proxy.harmNext(fault, 2);
      await store.write('x', Buffer.from('some content'));
      expect(await text('x')).toBe('some content');
    },
  );

  test.each(named([...PASSING, { kind: 'lost answer' }, { kind: 'flipped byte in the request' }]))(
    'writing in parts: %s',
    async (_, fault) => {
      const file = path.join(folder, 'parts');
      await writeFile(file, LARGE);
      // one of the parts, and what completes them
      const isPart = ({ url }: Passing) => url.includes('partNumber=2');
      const isEnd = ({ method, url }: Passing) => method === 'POST' && url.includes('uploadId');
      let left = 2;
      proxy.harm = (request) => {
        if (isPart(request) && left-- > 0) return fault;
        return isEnd(request) && left-- > -1 ? fault : undefined;
      };
      if (fault.kind === 'flipped byte in the request') proxy.harmNext(fault, 2, isPart);
      await store.write('parts.bin', { file });
      expect(LARGE.equals((await direct.read('parts.bin')) ?? Buffer.alloc(0))).toBe(true);
      await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );

  test.each(
    named([...PASSING, { kind: 'stalled body' }, { kind: 'cut body' }, { kind: 'wrong length' }]),
  )('listing: %s', async (_, fault) => {
    for (const key of ['a', 'b', 'c']) await direct.write(key, Buffer.from(key));
    proxy.harmNext(fault, 2);
    expect(await keys()).toEqual(['a', 'b', 'c']);
  });

  test.each(named([...PASSING, { kind: 'lost answer' }]))(
    'copying and removing: %s',
    async (_, fault) => {
      await direct.write('a', Buffer.from('content'));
      proxy.harmNext(fault, 2);
      await store.copy('a', 'b');
      proxy.harmNext(fault, 2);
      await store.remove('a');
      expect([await text('a'), await text('b')]).toEqual([undefined, 'content']);
    },
  );
});

describe('what does not pass ends with a clear error, in time', () => {
  test.each<[string, Fault, RegExp]>([
    [
      '500',
      { kind: 'error', status: 500, code: 'InternalError' },
      /Could not read s3:.*x at http.* \(InternalError 500\): the server or the network failed, again and again/,
    ],
    ['SlowDown', { kind: 'error', status: 503, code: 'SlowDown' }, /overloaded: run again later/],
    ['resets', { kind: 'reset' }, /ECONNRESET/],
    [
      'a clock that is wrong',
      { kind: 'error', status: 403, code: 'RequestTimeTooSkewed' },
      /the clock of this machine/,
    ],
    ['stalled bodies', { kind: 'stalled body' }, /Could not read/],
    ['a proxy that changes bytes', { kind: 'flipped byte' }, /look for a proxy on the way/],
  ])('%s', async (_, fault, message) => {
    await direct.write('x', Buffer.from('some content'));
    proxy.harmNext(fault, Number.POSITIVE_INFINITY);
    await expect(store.read('x')).rejects.toThrow(message);
    expect(proxy.passed).toHaveLength(QUICK.attempts);
  });

  test('403 is not tried again, and names the right to allow', async () => {
    await direct.write('x', Buffer.from('some content'));
    proxy.harmNext({ kind: 'error', status: 403, code: 'AccessDenied' }, Number.POSITIVE_INFINITY);
    await expect(store.read('x')).rejects.toThrow(
      'access is denied: allow s3:GetObject for these credentials',
    );
    await expect(store.write('x', Buffer.from(''))).rejects.toThrow('allow s3:PutObject');
    await expect(keys()).rejects.toThrow('allow s3:ListBucket');
    await expect(store.remove('x')).rejects.toThrow('allow s3:DeleteObject');
    expect(proxy.passed).toHaveLength(4);
  });

  test('403 in the middle of a large object leaves no file', async () => {
    const file = path.join(folder, 'denied');
    await writeFile(file, LARGE);
    await direct.write('denied.bin', { file });
    let count = 0;
    proxy.harm = () =>
      ++count > 1 ? { kind: 'error', status: 403, code: 'AccessDenied' } : undefined;
    const target = await mkdtemp(path.join(folder, 'target-'));
    await expect(store.fetch('denied.bin', target)).rejects.toThrow('allow s3:GetObject');
    expect(await readdir(target)).toEqual([]);
  });

  test('a server whose name cannot be resolved', async () => {
    const lost = new S3Store(
      { ...(await freshPlace()), endpoint: 'http://no-such-host.invalid' },
      { patience: QUICK },
    );
    await expect(lost.read('x')).rejects.toThrow(/cannot be resolved: check the endpoint/);
  });

  test('a server that does not run', async () => {
    const lost = new S3Store(
      { ...(await freshPlace()), endpoint: 'http://127.0.0.1:9' },
      { patience: QUICK },
    );
    await expect(lost.read('x')).rejects.toThrow(/cannot be reached: check the endpoint/);
  });

  test('an object that a listing named and that is other than the release says', async () => {
    await direct.write('x', Buffer.from('other'));
    const expected = { bytes: 5, sha256: createHash('sha256').update('right').digest('hex') };
    await expect(store.fetch('x', folder, expected)).rejects.toThrow(
      /expected bytes with the sha256/,
    );
  });

  test('a run that is stopped', async () => {
    const stop = new AbortController();
    const place = await freshPlace();
    const stopped = new S3Store(
      { ...place, endpoint: proxy.url },
      { patience: QUICK, signal: stop.signal },
    );
    await direct.write('x', Buffer.from('some content'));
    proxy.harmNext({ kind: 'late', milliseconds: 3_000 }, Number.POSITIVE_INFINITY);
    setTimeout(() => stop.abort(), 50);
    const started = performance.now();
    await expect(stopped.read('x')).rejects.toThrow('Stopped on request, before it could read');
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('a run that is stopped, which cleans up all the same', async () => {
    const stop = new AbortController();
    const stopped = new S3Store(await freshPlace(), { patience: QUICK, signal: stop.signal });
    for (const key of ['attempts/1/a', 'attempts/1/b', 'attempts/2/a'])
      await stopped.write(key, Buffer.from('rows'));
    stop.abort();
    const listed = async () => {
      for await (const _ of stopped.keys('attempts/'));
    };
    await expect(listed()).rejects.toThrow('Stopped on request, before it could list');
    expect(await removeAll(stopped, 'attempts/1/')).toBe(2);
    expect(await removeAll(stopped, 'attempts/')).toBe(1);
  });
});

describe('a creation is sent once, and says when its outcome is not known', () => {
  const create = () =>
    store
      .create('x', Buffer.from('mine'))
      .then(String, (error) => (error.unsure ? 'unsure' : 'not done'));

  test.each<[string, Fault, string, string | undefined]>([
    ['500', { kind: 'error', status: 500, code: 'InternalError' }, 'unsure', undefined],
    ['SlowDown', { kind: 'error', status: 503, code: 'SlowDown' }, 'unsure', undefined],
    ['403', { kind: 'error', status: 403, code: 'AccessDenied' }, 'not done', undefined],
    ['a reset', { kind: 'reset' }, 'unsure', undefined],
    ['an answer that is lost', { kind: 'lost answer' }, 'unsure', 'mine'],
    ['an answer that is late', { kind: 'late', milliseconds: 2_000 }, 'unsure', 'mine'],
    ['a byte that was flipped', { kind: 'flipped byte in the request' }, 'not done', undefined],
  ])('%s', async (_, fault, outcome, content) => {
    proxy.harmNext(fault, 1, ({ method }) => method === 'PUT');
    expect(await create()).toBe(outcome);
    expect(proxy.passed).toHaveLength(1);
    if (fault.kind === 'late') await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await text('x')).toBe(content);
  });

  test('409, which says that nothing was written, is tried again', async () => {
    proxy.harmNext({ kind: 'error', status: 409, code: 'ConditionalRequestConflict' }, 2);
    expect(await create()).toBe('true');
    proxy.harmNext({ kind: 'error', status: 409, code: 'ConditionalRequestConflict' }, 2);
    expect(await create()).toBe('false');
  });
});
