import { expect, test } from 'vitest';
import { mentions } from '../../../src/ingest/csv/names.js';

test.each([
  ["record ->> '$.id'", 'id', true],
  ['"Created at" || x', 'created at', true],
  ['user_id + 1', 'user', false],
  ['a_b, b', 'b', true],
  ['a', '', false],
])('SQL has a name as a whole word: %s, %s', (sql, name, expected) => {
  expect(mentions(sql, name)).toBe(expected);
});
