import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { configJsonSchema } from '../../src/config/json_schema.js';

const UPDATE = 'npx vitest run test/config/json_schema.test.ts --update';
const DEFAULTS = await readFile('config/default.yaml', 'utf8');
const schema = () => JSON.parse(JSON.stringify(configJsonSchema(DEFAULTS)));

test(`docs/schema/config.json says what a configuration may hold; when it does not: ${UPDATE}`, async () => {
  const text = `${JSON.stringify(schema(), null, 2)}\n`;
  await expect(text, `docs/schema/config.json is out of date: ${UPDATE}`).toMatchFileSnapshot(
    '../../docs/schema/config.json',
  );
});

test.each(['config/default.yaml', 'config/s3.yaml', 'test/fixtures/pandas_lab/dayfold.yaml'])(
  'it accepts %s',
  async (file) => {
    const result = z.fromJSONSchema(schema()).safeParse(parse(await readFile(file, 'utf8')));
    expect(result.error?.issues).toBeUndefined();
  },
);

describe('it refuses', () => {
  test.each([
    ['tme_zone: UTC'],
    ['engine: { threads: two }'],
    ['checks: { unique: never }'],
    ['parquet: { compression: lz4 }'],
  ])('%s', (text) => {
    expect(z.fromJSONSchema(schema()).safeParse(parse(text)).success).toBe(false);
  });
});

type Described = { properties?: Record<string, Described>; description?: string };

/** Keys that say nothing, and neither does the key they are under. */
function bare({ properties = {}, description }: Described, path = ''): string[] {
  return Object.entries(properties).flatMap(([key, child]) => [
    ...(child.description === undefined && (path === '' || description === undefined)
      ? [path + key]
      : []),
    ...bare(child, `${path + key}.`),
  ]);
}

test('every key says what it means, as the file of the defaults does', () => {
  // said once, of the store that the exports are in
  expect(bare(schema()).filter((key) => !key.startsWith('output'))).toEqual([]);
  expect(schema().properties.retention.properties.keep_releases.description).toBe(
    'this many releases stay readable, including the live one',
  );
});
