import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/errors.js';
import { parseModel } from '../../src/model/header.js';

const LINES = [
  '-- question: Who was there?',
  '-- grain: as_of_date, user_id',
  '-- reads: daily.user_day window, rolling.user_lifetime',
  '-- columns:',
  '--   as_of_date | date    |      | the as-of date',
  '--   user_id    | id      |      | the user',
  '--   visits     | integer | days | days with a visit',
  'select as_of_date, user_id, visits',
  'from final',
];

const parse = (
  lines: readonly string[],
  layer: 'clean' | 'daily' | 'rolling' | 'report' = 'report',
) => parseModel(lines.join('\n'), 'jobs/report/visitors.sql', layer);

function replaced(line: number, by: string): string[] {
  return LINES.map((each, i) => (i === line - 1 ? by : each));
}

describe('a model', () => {
  test('is its header and its SELECT', () => {
    expect(parse([...LINES, ''])).toEqual({
      name: 'visitors',
      layer: 'report',
      file: 'jobs/report/visitors.sql',
      kind: 'question',
      text: 'Who was there?',
      grain: ['as_of_date', 'user_id'],
      reads: [
        { schema: 'daily', table: 'user_day', reach: 'window' },
        { schema: 'rolling', table: 'user_lifetime', reach: 'same' },
      ],
      columns: [
        { name: 'as_of_date', type: 'date', unit: '', description: 'the as-of date' },
        { name: 'user_id', type: 'id', unit: '', description: 'the user' },
        { name: 'visits', type: 'integer', unit: 'days', description: 'days with a visit' },
      ],
      sql: 'select as_of_date, user_id, visits\nfrom final',
    });
  });

  test('of a report may say what it is about: it gives the data of a chart, and is no question', () => {
    expect(parse(replaced(1, '-- about: visitors'))).toMatchObject({
      kind: 'about',
      text: 'visitors',
    });
  });

  test('may have Windows line ends', () => {
    expect(parseModel(LINES.join('\r\n'), 'visitors.sql', 'report').columns).toHaveLength(3);
  });
});

describe('a header that is off is refused with file and line', () => {
  const cases: [what: string, lines: string[], line: number, message: RegExp][] = [
    ['no header', ['select 1'], 1, /`-- question: \.\.\.`, found the end of the header/],
    [
      'neither question nor about',
      replaced(1, '-- title: visitors'),
      1,
      /`-- question: \.\.\.`, found `-- title: visitors`/,
    ],
    ['an empty question', replaced(1, '-- question:'), 1, /`-- question: \.\.\.`/],
    ['lines out of order', replaced(2, '-- reads: daily.user_day'), 2, /`-- grain: \.\.\.`/],
    [
      'no schema',
      replaced(3, '-- reads: user_day'),
      3,
      /`<schema>.<table> \[reach\]`.*found `user_day`/,
    ],
    ['an unknown schema', replaced(3, '-- reads: raw.user_day'), 3, /found `raw.user_day`/],
    [
      'an unknown reach',
      replaced(3, '-- reads: daily.user_day fortnight'),
      3,
      /found `daily.user_day fortnight`/,
    ],
    [
      'a reach the layer has not',
      replaced(3, '-- reads: daily.user_day since'),
      3,
      /in the reads of a report model, found/,
    ],
    [
      'a relation twice',
      replaced(3, '-- reads: daily.day, daily.day window'),
      3,
      /`daily.day` twice/,
    ],
    [
      'an unknown type',
      replaced(5, '--   as_of_date | day | | the date'),
      5,
      /type of id, integer.*found `day`/,
    ],
    ['no description', replaced(6, '--   user_id | id | |'), 6, /description of `user_id`/],
    ['too few cells', replaced(6, '--   user_id | id'), 6, /`name \| type \| unit \| description`/],
    [
      'a column name in capitals',
      replaced(6, '--   User | id | | the user'),
      6,
      /name of a column in lower snake case, .*found `User`/,
    ],
    [
      'a name that DuckDB has for itself',
      replaced(7, '--   file_index | integer | | the place'),
      7,
      /other than file_index and file_row_number, .*found `file_index`/,
    ],
    [
      'another type for a date',
      replaced(7, '--   event_date | integer | | the date'),
      7,
      /`event_date` to be a date, as it is in all tables, found `integer`/,
    ],
    ['a column twice', replaced(7, '--   user_id | id | | again'), 7, /`user_id` twice/],
    [
      'no columns',
      [...LINES.slice(0, 4), ...LINES.slice(7)],
      4,
      /columns below `-- columns:`, found none/,
    ],
    [
      'no partition column',
      [...LINES.slice(0, 4), ...LINES.slice(5)],
      6,
      /`as_of_date`.* as the first column/,
    ],
    [
      'a grain that is no column',
      replaced(2, '-- grain: visitor_id'),
      7,
      /grain column `visitor_id`/,
    ],
    ['no SELECT', LINES.slice(0, 7), 7, /`with` or `select`/],
    ['another statement', replaced(8, 'drop table final'), 8, /`with` or `select`/],
    ['a semicolon', replaced(9, 'from final;'), 9, /found a semicolon/],
  ];

  test.each(cases)('%s', (_, lines, line, message) => {
    expect(() => parse(lines)).toThrow(ConfigError);
    expect(() => parse(lines)).toThrow(message);
    expect(() => parse(lines)).toThrow(`jobs/report/visitors.sql:${line}: `);
  });

  test('a file name with a blank', () => {
    expect(() => parseModel(LINES.join('\n'), 'jobs/report/my model.sql', 'report')).toThrow(
      /my model.sql:1: .*snake/,
    );
  });
});
