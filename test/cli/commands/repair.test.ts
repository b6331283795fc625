import { expect, test } from 'vitest';
import { describe as describeDamage } from '../../../src/cli/commands/repair.js';
import { releaseOf } from '../../release/partitions.js';

const base = { release: releaseOf(4, []), commit: undefined };

test('a whole release has nothing to repair', () => {
  expect(describeDamage({ release: 4, damage: [], lost: [], changed: [], base })).toBe(
    'Release 4 is whole: nothing to repair.\n',
  );
});

test('damage is reported with the partition it belongs to, and what is lost by its export', () => {
  const damage = [
    { key: 'manifests/daily/day/2026-03/1.json', problem: 'changed' },
    { key: 'objects/1.parquet', problem: 'gone', partition: 'staged/users u.csv' },
  ] as const;
  const lost = [{ export: 'u.csv', table: 'staged/users', what: 'rows' }] as const;
  expect(describeDamage({ release: 4, damage, lost, changed: ['a.csv'], base })).toBe(`Of release 4
  manifests/daily/day/2026-03/1.json is not as it was written
  objects/1.parquet is gone (staged/users u.csv)
  a.csv was read with other bytes than it has now
Lost, for the export is gone too:
  u.csv: rows of staged/users
`);
  expect(describeDamage({ release: 4, damage, lost: [], changed: [], base })).toContain(
    'All of it can be built again.\n',
  );
});
