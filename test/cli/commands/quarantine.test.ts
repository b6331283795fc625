import { expect, test } from 'vitest';
import { describeEntries, describeList } from '../../../src/cli/commands/quarantine.js';
import { run } from '../command_line.js';

test('refused records are listed by rule, with the dates of the exports and one of them', () => {
  const found = ['01', '02', '05'].map((day) => {
    return {
      table: 'users',
      export: `users/users_2026-03-${day}.csv`,
      rule: 'user_id_missing',
      records: 400,
    };
  });
  const one = {
    table: 'users',
    export: 'users/users_2026-03-01.csv',
    rule: 'field_count',
    records: 1,
  };
  expect(describeList([...found, one])).toBe(`table             rule  records  exports
users  user_id_missing    1,200  3 exports from 2026-03-01 to 2026-03-05, such as users/users_2026-03-01.csv
users      field_count        1  users/users_2026-03-01.csv
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
    describeEntries(entries, {
      counts: { quarantined: { user_id_not_an_integer: 1, discarded: 1 } },
    }),
  ).toBe(`line 3: user_id_not_an_integer (user_id: "\\u001b[31mx")
  "1,\\u001b[31mx,\\u202e\\n2"
line 4: discarded, for "a test of ours"
  "torn"
2 of 2 refused records
`);
});

test('records are not given up without a reason', async () => {
  const { code, err } = await run('quarantine', 'discard', 'x.csv', '--line', '1', '--reason', ' ');
  expect([code, err]).toEqual([
    2,
    '--reason: expected why the records are given up, found nothing\n',
  ]);
});
