import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MissingObject } from '../../src/errors.js';
import type { Store } from '../../src/store/store.js';

/**
 * What every store promises; `open` gives an empty store that may use the folder, which is removed
 * afterwards.
 */
export function storeContract(
  name: string,
  open: (folder: string) => Promise<Store>,
  { keysArePaths = true }: { readonly keysArePaths?: boolean } = {},
): void {
  describe(`${name} keeps the contract of a store`, () => {
    let folder = '';
    let store: Store;

    beforeEach(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'dayfold-store-'));
      store = await open(path.join(folder, 'store'));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    const put = (...keys: string[]) =>
      Promise.all(keys.map((key) => store.write(key, Buffer.from(key))));
    const text = async (key: string) => (await store.read(key))?.toString();
    const list = async (prefix: string) => {
      const listed: string[] = [];
      for await (const { key } of store.list(prefix)) listed.push(key);
      const keys: string[] = [];
      for await (const key of store.keys(prefix)) keys.push(key);
      expect(keys).toEqual(listed);
      return keys;
    };

    describe('list', () => {
      test('an empty store has no objects', async () => {
        expect(await list('')).toEqual([]);
        expect(await list('a/b')).toEqual([]);
      });

      test('keys come in the order of their bytes, whatever folders they are in', async () => {
        await put('a/c', 'a.csv', 'a-b', 'b', 'a/b/d', 'a0', 'B');
        expect(await list('')).toEqual(['B', 'a-b', 'a.csv', 'a/b/d', 'a/c', 'a0', 'b']);
      });

      test('a prefix ends anywhere in a name, and finds names that go on and folders', async () => {
        await put('x/ab', 'x/abc', 'x/ab.d/e', 'x/b', 'y/ab');
        expect(await list('x/ab')).toEqual(['x/ab', 'x/ab.d/e', 'x/abc']);
      });

      test('a prefix with a slash at its end finds what lies below', async () => {
        await put('x/y/1', 'x/y/z/2', 'x/yy/3');
        expect(await list('x/y/')).toEqual(['x/y/1', 'x/y/z/2']);
      });

      test('a prefix that no key begins with finds nothing', async () => {
        await put('x/y');
        expect(await list('x/z')).toEqual([]);
      });

      test('names in any script and with any signs are as they were written', async () => {
        const keys = ['a b.csv', 'a#b', 'a%20b', 'a+b', 'dt=2026-11-20/ü.csv', '日本/😀'];
        await put(...keys);
        expect(await list('')).toEqual(keys);
        for (const key of keys) expect(await text(key)).toBe(key);
      });

      test('several prefixes are found in one listing, without what lies between', async () => {
        await put('a/1', 'ab/1', 'b/2', 'c/3', 'c/4', 'd');
        const keys: string[] = [];
        for await (const { key } of store.list(['c/', 'a/', 'c/4', 'x'])) keys.push(key);
        expect(keys).toEqual(['a/1', 'c/3', 'c/4']);
      });

      test('an entry tells when it was written, by the clock of the store', async () => {
        const before = await store.time();
        await put('x');
        for await (const { modified } of store.list('x')) {
          expect(Math.abs(modified.getTime() - before.getTime())).toBeLessThan(3_000);
        }
      });

      test.skipIf(keysArePaths)('a key may also be the beginning of others', async () => {
        await put('a', 'a/b', 'a//b', 'a/../b', '/a');
        expect(await list('')).toEqual(['/a', 'a', 'a/../b', 'a//b', 'a/b']);
        for (const key of await list('')) expect(await text(key)).toBe(key);
      });

      test('an entry tells the size', async () => {
        await store.write('x', Buffer.from('12345'));
        for await (const entry of store.list(''))
          expect(entry).toMatchObject({ key: 'x', bytes: 5 });
      });

      test('an entry tells when it was written', async () => {
        const before = Date.now();
        await store.write('x', Buffer.from('12345'));
        for await (const { modified } of store.list('')) {
          // clocks of stores and file systems are coarser, and not the same
          expect(Math.abs(modified.getTime() - before)).toBeLessThan(60_000);
        }
      });

      test('the version stays as long as the object, and changes with it', async () => {
        const version = async () => {
          for await (const entry of store.list('x')) return entry.version;
          return undefined;
        };
        await store.write('x', Buffer.from('one'));
        const first = await version();
        expect(await version()).toBe(first);
        await new Promise((resolve) => setTimeout(resolve, 10));
        await store.write('x', Buffer.from('two'));
        expect(await version()).not.toBe(first);
      });
    });

    describe('read and write', () => {
      test('an object that is not there reads as undefined', async () => {
        expect(await store.read('nothing/here')).toBeUndefined();
      });

      test('bytes come back as they were written', async () => {
        const bytes = Buffer.from([0, 255, 13, 10, 0]);
        await store.write('a/b/c', bytes);
        expect(await store.read('a/b/c')).toEqual(bytes);
      });

      test('writing replaces the whole object', async () => {
        await store.write('x', Buffer.from('a long first content'));
        await store.write('x', Buffer.from('short'));
        expect(await text('x')).toBe('short');
      });

      test('an object of no bytes is there', async () => {
        await store.write('empty', Buffer.alloc(0));
        expect(await store.read('empty')).toEqual(Buffer.alloc(0));
        expect(await list('')).toEqual(['empty']);
      });

      test('a file is taken over', async () => {
        const file = path.join(folder, 'prepared');
        await writeFile(file, 'prepared');
        await store.write('x', { file });
        expect(await text('x')).toBe('prepared');
        await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
      });
    });

    describe('create', () => {
      test('a free key is taken', async () => {
        expect(await store.create('a/1', Buffer.from('mine'))).toBe(true);
        expect(await text('a/1')).toBe('mine');
      });

      test('a taken key stays as it is', async () => {
        await store.create('a/1', Buffer.from('theirs'));
        expect(await store.create('a/1', Buffer.from('mine'))).toBe(false);
        expect(await text('a/1')).toBe('theirs');
      });

      test('of many at once exactly one wins, and its content is there', async () => {
        const won = await Promise.all(
          Array.from({ length: 20 }, (_, i) => store.create('a/1', Buffer.from(`writer ${i}`))),
        );
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(await text('a/1')).toBe(`writer ${won.indexOf(true)}`);
        expect(await list('')).toEqual(['a/1']);
      });
    });

    describe('copy', () => {
      test('the content is under both keys', async () => {
        await store.write('a', Buffer.from('content'));
        await store.copy('a', 'b/c');
        expect([await text('a'), await text('b/c')]).toEqual(['content', 'content']);
      });

      test('an earlier object is replaced', async () => {
        await store.write('a', Buffer.from('new'));
        await store.write('b', Buffer.from('a long old content'));
        await store.copy('a', 'b');
        expect(await text('b')).toBe('new');
      });

      test('what is written to one key later does not show in the other', async () => {
        await store.write('a', Buffer.from('old'));
        await store.copy('a', 'b');
        await store.write('a', Buffer.from('new'));
        expect(await text('b')).toBe('old');
      });

      test('of nothing is a StoreError that names both keys, and leaves nothing behind', async () => {
        await expect(store.copy('nothing', 'b')).rejects.toMatchObject({
          name: 'StoreError',
          message: expect.stringMatching(/nothing.*b/),
        });
        expect(await list('')).toEqual([]);
      });
    });

    describe('remove', () => {
      test('the object is gone, and others stay', async () => {
        await put('a/1', 'a/2');
        await store.remove('a/1');
        expect(await list('')).toEqual(['a/2']);
      });

      test('of nothing is no error', async () => {
        await store.remove('nothing/here');
      });
    });

    describe('fetch', () => {
      test('gives a local file with the content', async () => {
        await store.write('a b/ü.csv', Buffer.from('content'));
        expect(await readFile(await store.fetch('a b/ü.csv', folder), 'utf8')).toBe('content');
      });

      test('of an object of no bytes gives an empty file', async () => {
        await store.write('empty', Buffer.alloc(0));
        expect(await readFile(await store.fetch('empty', folder))).toHaveLength(0);
      });

      test('of nothing is a MissingObject that names the key', async () => {
        await expect(store.fetch('no/such.csv', folder)).rejects.toThrow(MissingObject);
        await expect(store.fetch('no/such.csv', folder)).rejects.toMatchObject({
          name: 'StoreError',
          message: expect.stringContaining('no/such.csv'),
        });
      });
    });
  });
}
