import { expect, test } from 'vitest';
import { versionKey } from '../../../src/release/delta/log.js';
import { asVacuum, nextVersions } from '../../../src/release/delta/vacuum.js';
import type { Entry } from '../../../src/store/store.js';
import { keysOf, useStore } from '../partitions.js';

const store = useStore();

async function entries(): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const entry of store().list('objects/')) found.push(entry);
  return found;
}

interface Told {
  readonly operation: string;
  readonly operationMetrics: Readonly<Record<string, string>>;
}

const told = async (table: string, version: number): Promise<Told> =>
  (JSON.parse(String(await store().read(versionKey(table, version)))) as { commitInfo: Told })
    .commitInfo;

async function twoTables(): Promise<void> {
  for (const table of ['daily/day', 'daily/other']) {
    await store().write(versionKey(table, 0), Buffer.from('{"commitInfo":{}}\n'));
    for (const name of ['a', 'b'])
      await store().write(`objects/${table}/${name}.parquet`, Buffer.from(name));
  }
  await store().write('objects/staged/users/c.parquet', Buffer.from('ccc'));
}

test('the log of a table says that a VACUUM begins, and how much it removed', async () => {
  await twoTables();
  const all = await entries();
  const collected = all.filter(({ key }) => /day\/[ab]|staged/.test(key));
  await asVacuum(
    store(),
    collected,
    nextVersions(all.filter(({ key }) => key.includes('_delta_log'))),
    async () => {
      expect(await told('daily/day', 1)).toMatchObject({
        operation: 'VACUUM START',
        operationMetrics: { numFilesToDelete: '2', sizeOfDataToDelete: '2' },
      });
      return collected.slice(1); // one was written again
    },
  );
  expect(await told('daily/day', 2)).toMatchObject({
    operation: 'VACUUM END',
    operationMetrics: { numDeletedFiles: '1' },
  });
  expect(await keysOf(store(), 'objects/daily/other/_delta_log/')).toHaveLength(1);
  expect(await keysOf(store(), 'objects/staged/')).toEqual(['objects/staged/users/c.parquet']);
});

test('a version that another program took meanwhile is passed over', async () => {
  await twoTables();
  const [collected] = (await entries()).filter(({ key }) => key.endsWith('day/a.parquet'));
  await store().write(
    versionKey('daily/day', 1),
    Buffer.from('{"txn":{"appId":"dayfold","version":9}}\n'),
  );
  await asVacuum(store(), [collected as Entry], { 'daily/day': 1 }, async () => []);
  expect(await told('daily/day', 2)).toMatchObject({ operation: 'VACUUM START' });
  expect(await told('daily/day', 3)).toMatchObject({ operationMetrics: { numDeletedFiles: '0' } });
});
