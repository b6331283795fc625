import { createHash } from 'node:crypto';
import {
  chmod,
  mkdir,
  mkdtemp,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChangedObject } from '../../src/errors.js';
import { FileStore } from '../../src/store/folder.js';
import { storeContract } from './contract.js';

storeContract('FileStore', async (folder) => new FileStore(folder));

describe('FileStore', () => {
  let folder = '';
  let store: FileStore;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'dayfold-store-'));
    store = new FileStore(folder);
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const list = async () => {
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    return keys;
  };

  test('half-written files and the scratch folder are never listed', async () => {
    await mkdir(path.join(folder, '.dayfold-run'));
    await writeFile(path.join(folder, '.dayfold-run', 'x'), '');
    await writeFile(path.join(folder, '.dayfold-0123'), '');
    await writeFile(path.join(folder, 'object'), '');
    expect(await list()).toEqual(['object']);
  });

  test('what others changed is not read where it is known how it was', async () => {
    const sha256 = createHash('sha256').update('right').digest('hex');
    const expected = { bytes: 5, sha256 };
    await writeFile(path.join(folder, 'object'), 'right');
    expect(await store.fetch('object', folder, expected)).toBe(path.join(folder, 'object'));
    for (const [content, message] of [
      ['wrong', /expected bytes with the SHA-256 [0-9a-f]{64}, found/],
      ['right one', /expected 5 bytes, found 9/],
    ] as const) {
      await writeFile(path.join(folder, 'object'), content);
      const later = new FileStore(folder);
      await expect(later.fetch('object', folder, expected)).rejects.toThrow(message);
      await expect(later.fetch('object', folder, expected)).rejects.toThrow(ChangedObject);
    }
    expect(await new FileStore(folder).fetch('object', folder)).toBe(path.join(folder, 'object'));
  });

  test('links to nowhere are listed, and reading one says so', async () => {
    await symlink(path.join(folder, 'nowhere'), path.join(folder, 'link'));
    expect(await list()).toEqual(['link']);
    await expect(store.fetch('link', folder)).rejects.toThrow(
      /link that leads nowhere: correct it/,
    );
  });

  test('a file in place of a folder is not taken for an empty one', async () => {
    await writeFile(path.join(folder, 'a'), '');
    await writeFile(path.join(folder, 'b'), '');
    const listing = async () => {
      for await (const _ of store.keys(['a/', 'c/'])) expect.unreachable();
    };
    await expect(listing()).rejects.toThrow(/Could not list the folder .*a\/ \(ENOTDIR\)/);
  });

  test('links to folders are followed, but not in circles', async () => {
    await mkdir(path.join(folder, 'a', 'deep'), { recursive: true });
    await mkdir(path.join(folder, 'b'));
    await writeFile(path.join(folder, 'a', 'deep', 'x'), '');
    await writeFile(path.join(folder, 'b', 'y'), '');
    await symlink(folder, path.join(folder, 'a', 'deep', 'up'));
    await symlink(path.join(folder, 'b'), path.join(folder, 'a', 'to-b'));
    await symlink(path.join(folder, 'a'), path.join(folder, 'b', 'to-a'));
    const keys = await list();
    expect(keys).toEqual(expect.arrayContaining(['a/deep/x', 'a/to-b/y', 'b/y', 'b/to-a/deep/x']));
    expect(keys.length).toBeLessThan(20);
    expect(await store.read('a/to-b/y')).toBeDefined();
  });

  test('what is in a folder outside is fetched as a copy', async () => {
    const outside = await mkdtemp(path.join(tmpdir(), 'dayfold-outside-'));
    const copies = await mkdtemp(path.join(tmpdir(), 'dayfold-copies-'));
    try {
      await writeFile(path.join(outside, 'x'), '');
      await symlink(outside, path.join(folder, 'link'));
      expect(await list()).toEqual(['link/x']);
      expect(path.dirname(await store.fetch('link/x', copies))).toBe(copies);
    } finally {
      for (const each of [outside, copies]) await rm(each, { recursive: true, force: true });
    }
  });

  describe('a file that is replaced by one of the same size and time has another version', () => {
    const version = async () => {
      for await (const entry of store.list('x')) return entry.version;
      return undefined;
    };
    const file = () => path.join(folder, 'x');
    const keepTimes = async (change: () => Promise<void>) => {
      const { atime, mtime } = await stat(file());
      await change();
      await utimes(file(), atime, mtime);
    };

    test.each<[string, () => Promise<void>]>([
      ['written over', () => writeFile(file(), '2')],
      [
        'moved over',
        async () => writeFile(`${file()}.new`, '2').then(() => rename(`${file()}.new`, file())),
      ],
    ])('%s', async (_, change) => {
      await writeFile(file(), '1');
      await utimes(file(), 1, 1);
      const before = await version();
      expect(await version()).toBe(before);
      await keepTimes(change);
      expect(await version()).not.toBe(before);
    });
  });

  test('a key leads to the path of its file', () => {
    expect(store.locate('a b/c%d')).toBe(path.join(folder, 'a b', 'c%d'));
  });

  describe('a file where a folder is needed is a StoreError with the path and what to do', () => {
    beforeEach(() => writeFile(path.join(folder, 'file'), ''));

    test.each<[string, string, () => Promise<unknown>]>([
      ['write below', 'file', () => store.write('file/x', Buffer.from(''))],
      ['write further below', 'file/y', () => store.write('file/y/x', Buffer.from(''))],
      ['create below', 'file', () => store.create('file/x', Buffer.from(''))],
      ['create further below', 'file/y', () => store.create('file/y/x', Buffer.from(''))],
      ['copy', 'file', () => store.copy('file', 'file/x')],
      ['read', 'file/x', () => store.read('file/x')],
      ['fetch', 'file/x', () => store.fetch('file/x', tmpdir())],
    ])('%s', async (_, at, act) => {
      await expect(act()).rejects.toMatchObject({
        name: 'StoreError',
        message: expect.stringContaining(path.join(folder, at)),
      });
      await expect(act()).rejects.toThrow('a part of the path is a file: choose another folder');
    });

    test('list', async () => {
      store = new FileStore(path.join(folder, 'file'));
      await expect(list()).rejects.toThrow(
        /Could not list the folder .*file.*: a part of the path is a file/,
      );
    });
  });

  test('a folder where a file is expected is a StoreError, and leaves no half-written file', async () => {
    await mkdir(path.join(folder, 'x', 'y'), { recursive: true });
    await expect(store.write('x', Buffer.from(''))).rejects.toThrow(
      /Could not write .*x.*EISDIR.*: there is a folder in place of a file/,
    );
    await expect(store.read('x')).rejects.toMatchObject({ name: 'StoreError' });
    expect(await list()).toEqual([]);
  });

  test.skipIf(process.getuid?.() === 0)(
    'a folder that may not be written to is a StoreError',
    async () => {
      await chmod(folder, 0o500);
      try {
        await expect(store.write('x', Buffer.from(''))).rejects.toThrow(
          'grant this user access to it',
        );
      } finally {
        await chmod(folder, 0o700);
      }
    },
  );
});
