import path from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError } from '../../src/errors.js';
import { openStore } from '../../src/store/open.js';

const base = path.resolve('/base');

test('a relative folder starts from the configuration', () => {
  expect(openStore('./exports', base).folder).toBe(path.join(base, 'exports'));
});

test('an absolute folder is taken as it is', () => {
  expect(openStore('/data/exports', base).folder).toBe(path.resolve('/data/exports'));
});

test('a folder may have a colon in its name', () => {
  expect(openStore('a:b', base).folder).toBe(path.join(base, 'a:b'));
});

test.each(['s3://bucket/exports', 'GS://bucket', 'file:///exports'])('%s is refused by its scheme', (location) => {
  expect(() => openStore(location, base)).toThrow(ConfigError);
  expect(() => openStore(location, base)).toThrow(
    `found ${location}: ${location.split(':')[0]} stores are not supported`,
  );
});
