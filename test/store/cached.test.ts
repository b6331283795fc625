import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { borrowing, LocalCopies } from '../../src/store/cached.js';
import { FileStore } from '../../src/store/folder.js';
import type { Content } from '../../src/store/store.js';

/**
 * A folder that behaves as if it were far away: it hands out copies, and is as slow as it is told.
 */
class FarStore extends FileStore {
  readonly calls: string[] = [];
  before: (key: string) => Promise<void> = async () => {};

  override async fetch(key: string, folder: string): Promise<string> {
    this.calls.push(`fetch ${key}`);
    const copy = path.join(folder, 'fetched');
    await writeFile(copy, await readFile(this.locate(key)));
    return copy;
  }

  override async write(key: string, content: Content): Promise<void> {
    await this.before(key);
    this.calls.push(`write ${key}`);
    await super.write(key, content);
  }
}

let folder = '';
let far: FarStore;
let copies: LocalCopies;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dayfold-copies-'));
  far = new FarStore(path.join(folder, 'far'));
  copies = new LocalCopies(far, path.join(folder, 'near'), 25);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const known = (content: string) => ({
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
});
const put = (key: string) => far.write(key, Buffer.from('0123456789'));
const fetch = (key: string) => copies.fetch(key, folder, known('0123456789'));
const write = async (key: string, content = '0123456789') => {
  const file = path.join(folder, 'made');
  await writeFile(file, content);
  await copies.write(key, { file });
};
const local = async () => {
  const names = await readdir(path.join(folder, 'near'), { recursive: true }).catch(() => []);
  return names.filter((name) => /\.p$/.test(name)).sort();
};

test('a copy is under its key, and is fetched once', async () => {
  await put('objects/day=1/a.p');
  const file = await fetch('objects/day=1/a.p');
  expect(file.endsWith(path.join('objects', 'day=1', 'a.p'))).toBe(true);
  expect(await readFile(file, 'utf8')).toBe('0123456789');
  await Promise.all([fetch('objects/day=1/a.p'), fetch('objects/day=1/a.p')]);
  expect(far.calls.filter((call) => call.startsWith('fetch'))).toHaveLength(1);
});

test('what may change is fetched each time', async () => {
  await put('a.csv');
  await copies.fetch('a.csv', folder);
  await copies.fetch('a.csv', folder);
  expect(far.calls.filter((call) => call.startsWith('fetch'))).toHaveLength(2);
});

test('a fetch that failed is tried again', async () => {
  await expect(fetch('a.p')).rejects.toThrow();
  await put('a.p');
  expect(await readFile(await fetch('a.p'), 'utf8')).toBe('0123456789');
});

describe('the room for copies', () => {
  test('is kept: those that were used long ago go first', async () => {
    for (const key of ['a.p', 'b.p', 'c.p']) await put(key);
    await borrowing(async () => fetch('a.p'));
    await borrowing(async () => fetch('b.p'));
    await borrowing(async () => fetch('a.p'));
    await borrowing(async () => fetch('c.p'));
    expect(await local()).toEqual(['a.p', 'c.p']);
  });

  test('is exceeded rather than that a copy in use goes', async () => {
    for (const key of ['a.p', 'b.p', 'c.p', 'd.p']) await put(key);
    await borrowing(async () => {
      for (const key of ['a.p', 'b.p', 'c.p']) await fetch(key);
      expect(await local()).toEqual(['a.p', 'b.p', 'c.p']);
    });
    await borrowing(async () => fetch('d.p'));
    expect(await local()).toEqual(['c.p', 'd.p']);
  });

  test('counts what was written', async () => {
    for (const key of ['a.p', 'b.p', 'c.p', 'd.p']) await write(key);
    await copies.settle();
    await write('e.p');
    await copies.settle();
    expect((await local()).length).toBeLessThanOrEqual(3);
    expect(await local()).toContain('e.p');
  });
});

describe('what is written', () => {
  test('can be read at once, before it is uploaded', async () => {
    let upload = () => {};
    far.before = () => new Promise((resolve) => (upload = resolve));
    await write('a.p');
    expect(await readFile(await fetch('a.p'), 'utf8')).toBe('0123456789');
    expect(far.calls).toEqual([]);
    upload();
    await copies.settle();
    expect(far.calls).toEqual(['write a.p']);
    expect(String(await far.read('a.p'))).toBe('0123456789');
  });

  test('is there before anything is created that may name it', async () => {
    far.before = () => new Promise((resolve) => setTimeout(resolve, 20));
    for (const key of ['a.p', 'b.p', 'c.p']) await write(key);
    far.before = async () => {};
    await copies.create('commit', Buffer.from('names them'));
    for (const key of ['a.p', 'b.p', 'c.p']) expect(await far.read(key)).toBeDefined();
  });

  test('and cannot be uploaded fails the creation, and what is written after it', async () => {
    far.before = async () => {
      throw new Error('no room');
    };
    await write('a.p');
    await copies.settle();
    await expect(write('b.p')).rejects.toThrow('no room');
    await expect(copies.create('commit', Buffer.from('names it'))).rejects.toThrow('no room');
    expect(await far.read('commit')).toBeUndefined();
  });

  test('waits while as many uploads are under way as may be', async () => {
    const uploads: (() => void)[] = [];
    far.before = () => new Promise((resolve) => uploads.push(resolve));
    for (let i = 0; i < 64; i++) await write(`${i}.p`);
    let isWritten = false;
    const next = write('next.p').then(() => {
      isWritten = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isWritten).toBe(false);
    far.before = async () => {};
    for (const done of uploads) done();
    await next;
    await copies.settle();
    expect(far.calls).toHaveLength(65);
  });
});

test('of thousands of writers that wait each takes its turn, and none is forgotten', async () => {
  const names = Array.from({ length: 2000 }, (_, i) => `${i}.p`);
  let under = 0;
  let most = 0;
  far.before = async () => {
    most = Math.max(most, ++under);
    await new Promise((done) => setImmediate(done));
    under--;
  };
  const before = process.memoryUsage().heapUsed;
  let peak = 0;
  await Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, `made-${name}`);
      await writeFile(file, name);
      await copies.write(name, { file });
      peak = Math.max(peak, process.memoryUsage().heapUsed - before);
    }),
  );
  await copies.uploaded();
  expect(most).toBeLessThanOrEqual(64);
  expect(new Set(far.calls).size).toBe(2000);
  expect(peak).toBeLessThan(100e6); // a race of all of them took more than a gigabyte
});

test('someone who reads the store itself waits for the uploads before, and hears of one that failed', async () => {
  let finish = () => {};
  far.before = () => new Promise((resolve) => (finish = resolve));
  await write('objects/a.p');
  const waiting = copies.uploaded().then(() => far.calls.slice());
  setTimeout(() => finish(), 20);
  expect(await waiting).toEqual(['write objects/a.p']);
  far.before = async () => {
    throw new Error('the store is full');
  };
  await write('objects/b.p');
  await expect(copies.uploaded()).rejects.toThrow('the store is full');
});
