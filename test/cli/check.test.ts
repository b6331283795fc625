import { expect, test } from 'vitest';
import { describe as describeCheck } from '../../src/cli/check.js';

test('objects beside the exports are named, and a table is described by its newest export', () => {
  const table = {
    ...{ table: 'users', key: 'users_2026-03-01.csv', exports: 1, records: 2, reading: [], quarantined: {} },
    columns: [{ name: 'user_id', type: 'integer', from: ['user_id'], values: 2, missing: 0, example: '7' }],
    leftOut: Array.from({ length: 25 }, (_, i) => `c${i}`),
  };
  const ignored = ['expected exports named users_{date}.csv, found 1 object beside them, users.csv: ignored'];
  const lines = describeCheck('dayfold.yaml', { stores: [], models: 3, ignored, tables: [table] }).split('\n');
  expect(lines.slice(0, 3)).toEqual(['dayfold.yaml: ok', '3 models and 1 contracts: ok', ...ignored]);
  expect(lines.at(-2)).toMatch(/^ {2}left out: c0, c1, .*c19, and 5 more$/);
});
