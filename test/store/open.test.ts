import path from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError } from '../../src/errors.js';
import { openStore } from '../../src/store/open.js';
import { settingsOf } from './s3_server.js';

const base = path.resolve('/base');

test('a relative folder starts from the configuration', async () => {
  expect((await openStore(settingsOf('./exports'), base)).folder).toBe(path.join(base, 'exports'));
});

test('an absolute folder is taken as it is', async () => {
  expect((await openStore(settingsOf('/data/exports'), base)).folder).toBe(
    path.resolve('/data/exports'),
  );
});

test('a folder may have a colon in its name', async () => {
  expect((await openStore(settingsOf('a:b'), base)).folder).toBe(path.join(base, 'a:b'));
});

test.each(['s3:/bucket', 's3:bucket/prefix', 'gs:/bucket'])(
  '%s lacks a slash',
  async (location) => {
    await expect(openStore(settingsOf(location), base)).rejects.toThrow(
      `${location}: expected a folder or s3://bucket/prefix with two slashes after the colon (a folder of this name is ./${location})`,
    );
  },
);

test.each(['GS://bucket', 'file:///exports'])('%s is refused by its scheme', async (location) => {
  const opened = openStore(settingsOf(location), base);
  await expect(opened).rejects.toThrow(ConfigError);
  await expect(opened).rejects.toThrow(`${location}: expected a folder or s3://bucket/prefix`);
});

test.each([
  ['s3://bucket', 's3://bucket/'],
  ['s3://bucket/', 's3://bucket/'],
  ['s3://bucket/a/b', 's3://bucket/a/b/'],
  ['s3://bucket/a b/', 's3://bucket/a b/'],
])('%s is object storage', async (location, url) => {
  const store = await openStore({ ...settingsOf(location), region: 'us-east-1' }, base);
  expect([store.folder, store.url, store.locate('x/y')]).toEqual([undefined, url, `${url}x/y`]);
});

test.each(['s3://', 's3:///prefix', 's3://-/x'])('%s names no bucket', async (location) => {
  await expect(openStore(settingsOf(location), base)).rejects.toThrow(
    'Expected a store as s3://bucket/prefix',
  );
});
