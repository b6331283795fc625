import { expect, test } from 'vitest';
import { describeEntries, describeList } from '../../src/cli/quarantine.js';

test('refused records are listed by export and rule', () => {
  const found = [{ table: 'users', export: 'users/users_2026-03-01.csv', rule: 'user_id_missing', records: 1200 }];
  expect(describeList(found)).toBe(`table                      export             rule  records
users  users/users_2026-03-01.csv  user_id_missing    1,200
`);
  expect(describeList([])).toBe('No refused records.\n');
});

test('the text of a record is quoted, so that nothing in it acts on a terminal', () => {
  const entries = [
    {
      line: 3,
      rule: 'user_id_not_an_integer',
      column: 'user_id',
      value: '\u001b[31mx',
      raw: '1,\u001b[31mx,\u202e\n2',
    },
    { line: 4, rule: 'discarded', column: null, value: 'a test of ours', raw: 'torn' },
  ];
  expect(
    describeEntries(entries, { counts: { quarantined: { user_id_not_an_integer: 1, discarded: 1 } } }),
  ).toBe(`line 3: user_id_not_an_integer (user_id: "\\u001b[31mx")
  "1,\\u001b[31mx,\\u202e\\n2"
line 4: discarded, for "a test of ours"
  "torn"
2 of 2 refused records
`);
});
