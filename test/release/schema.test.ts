import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { outcomeSchema } from '../../src/night/outcome.js';
import { readLive } from '../../src/release/commit.js';
import {
  commitSchema,
  listingSchema,
  manifestSchema,
  restatementSchema,
} from '../../src/release/schema.js';
import { useDeployments } from '../night/nights.js';
import { keysOf } from './partitions.js';

const { deploy } = useDeployments();

const UPDATE = 'npx vitest run test/release/schema.test.ts --update';
const SCHEMAS = {
  commit: commitSchema,
  manifest: manifestSchema,
  listing: listingSchema,
  restatement: restatementSchema,
  outcome: outcomeSchema,
};

test.each(Object.entries(SCHEMAS))(
  `docs/schema/%s.json says what the code reads and writes; when it does not: ${UPDATE}`,
  async (name, schema) => {
    const text = `${JSON.stringify(z.toJSONSchema(schema), null, 2)}\n`;
    await expect(text, `docs/schema/${name}.json is out of date: ${UPDATE}`).toMatchFileSnapshot(
      `../../docs/schema/${name}.json`,
    );
  },
);

describe('a release as it is published', () => {
  /** As it is published: with no room for anything that it does not name. */
  const published = (schema: z.ZodType): z.ZodType =>
    z.fromJSONSchema(JSON.parse(JSON.stringify(z.toJSONSchema(schema))));

  test('keeps to the published schemas', async () => {
    const deployment = await deploy({
      tables: { feature_usage: { files: 'feature_usage/{date}.csv', delivery: 'counter' } },
    });
    await deployment.deliver(
      'feature_usage/2026-03-01.csv',
      'user_id,feature_name,usage_count,used_at\n7,a,1,2026-03-01 09:00:00\nx,a,1,2026-03-01 09:00:00\n',
    );
    await deployment.deliver(
      'users/users_2026-03-01.csv',
      'user_id,created_at\n1,2026-02-01\n2,\n',
    );
    const outcome = await deployment.night('2026-03-01');
    published(outcomeSchema).parse(JSON.parse(JSON.stringify(outcome)));
    const { commit } = await readLive(deployment.output);
    const json = async (key: string) => JSON.parse(String(await deployment.output.read(key)));
    published(commitSchema).parse(await json('_commits/000000000001.json'));
    for (const key of await keysOf(deployment.output, 'manifests/')) {
      published(key.startsWith('manifests/listing/') ? listingSchema : manifestSchema).parse(
        await json(key),
      );
    }
    expect(commit?.release.ledger).toHaveLength(5);
  });
});
