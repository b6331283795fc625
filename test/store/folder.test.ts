import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

  test('links to nowhere are not listed', async () => {
    await symlink(path.join(folder, 'nowhere'), path.join(folder, 'link'));
    expect(await list()).toEqual([]);
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
      await expect(list()).rejects.toThrow(/Could not list the folder .*file.*: a part of the path is a file/);
    });
  });

  test('a folder where a file is expected is a StoreError, and leaves no half-written file', async () => {
    await mkdir(path.join(folder, 'x', 'y'), { recursive: true });
    await expect(store.write('x', Buffer.from(''))).rejects.toThrow(/Could not write .*x.*EISDIR.*: a folder stands/);
    await expect(store.read('x')).rejects.toMatchObject({ name: 'StoreError' });
    expect(await list()).toEqual([]);
  });

  test.skipIf(process.getuid?.() === 0)('a folder that may not be written to is a StoreError', async () => {
    await chmod(folder, 0o500);
    try {
      await expect(store.write('x', Buffer.from(''))).rejects.toThrow('grant this user access to it');
    } finally {
      await chmod(folder, 0o700);
    }
  });
});
