import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromJson, toJson, withEdition } from '../../src/report/json.js';
import { EMPTY, everyType, FULL, LOOK, reportOf, textTable } from './tables.js';

test('a report comes back as it was', () => {
  const line = {
    table: 'sessions',
    read: 5,
    records: 5,
    staged: 4,
    repeated: 0,
    unchanged: 0,
    kept: 3,
    duplicates: 1,
    conflicts: 0,
  };
  const table = everyType([FULL, EMPTY]);
  const report = {
    ...reportOf(table),
    notes: ['One.'],
    ledger: [{ ...line, quarantined: { bad_user_id: 1 } }],
  };
  expect(JSON.parse(toJson(report))).toEqual({
    as_of: '2026-11-20',
    time_zone: 'Europe/Berlin',
    provisional: false,
    final_through: '2026-11-20',
    cards: [...LOOK.cards],
    no_data: [],
    notes: ['One.'],
    ledger: [{ ...line, quarantined: { bad_user_id: 1 } }],
    checks: [],
    drift: [],
    previous: null,
    next: null,
    edition: '0123456789ab',
    restated: [],
    restated_since: [],
    reports: [
      {
        name: table.name,
        question: table.question,
        answer: 'Rows in all: 2.',
        template: null,
        facts: null,
        changes: null,
        columns: table.columns.map(({ name, type, unit, description }) => ({
          name,
          type,
          unit,
          description,
        })),
        row_count: 2,
        rows: [FULL, EMPTY],
        sql: table.sql,
      },
    ],
  });
});

test('an integer is a number as long as a double holds it, and else its digits', () => {
  const json = toJson(
    reportOf(
      everyType([5n, 2n ** 53n - 1n, 2n ** 53n].map((sessions) => ({ ...EMPTY, sessions }))),
    ),
  );
  expect(
    JSON.parse(json).reports[0].rows.map((row: { sessions: unknown }) => row.sessions),
  ).toEqual([5, 2 ** 53 - 1, '9007199254740992']);
});

test('what was read from the rows of a report reads back as it was', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          sessions: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          name: fc.string(),
        }),
      ),
      fc.option(fc.record({ added: fc.nat(), removed: fc.nat() }), { nil: undefined }),
      fc.option(fc.string(), { nil: undefined }),
      fc.dictionary(
        fc.stringMatching(/^[a-z_]+$/),
        fc.oneof(
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.string(),
          fc.constant(null),
        ),
      ),
      (values, changes, sentence, facts) => {
        const rows = values.map(({ sessions, name }) => ({
          ...FULL,
          user_id: null,
          sessions,
          feature_name: name,
        }));
        const answer = { sentence, facts: JSON.parse(JSON.stringify(facts)) };
        const table = { ...everyType(rows), rowCount: 7, changes, answer };
        const told = fromJson(toJson(reportOf(table))).get(table.name);
        expect(told).toEqual({ rows, rowCount: 7, changes, answer });
      },
    ),
  );
});

test('the order in which rules were counted does not show', () => {
  const line = {
    table: 'users',
    read: 3,
    records: 3,
    staged: 0,
    repeated: 0,
    unchanged: 0,
    kept: 0,
    duplicates: 0,
    conflicts: 0,
  };
  const json = (quarantined: Record<string, number>) =>
    toJson({ ...reportOf(), ledger: [{ ...line, quarantined }] });
  expect(json({ b: 1, a: 2 })).toBe(json({ a: 2, b: 1 }));
});

test('a table without rows, and a report without tables', () => {
  expect(JSON.parse(toJson(reportOf(textTable([])))).reports[0].rows).toEqual([]);
  expect(JSON.parse(toJson(reportOf())).reports).toEqual([]);
});

test('any text comes back unchanged', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.string({ unit: 'binary' }))), (texts) => {
      const rows: { text: string | null }[] = JSON.parse(toJson(reportOf(textTable(texts))))
        .reports[0].rows;
      expect(rows.map((row) => row.text)).toEqual(texts);
    }),
  );
});

test('a report for which rows may still come says so', () => {
  const read = (finalThrough: string | null) => JSON.parse(toJson({ ...reportOf(), finalThrough }));
  expect(read('2026-11-20')).toMatchObject({ provisional: false, final_through: '2026-11-20' });
  expect(read('2026-11-13')).toMatchObject({ provisional: true, final_through: '2026-11-13' });
  expect(read(null)).toMatchObject({ provisional: true, final_through: null });
});

test('the edition follows from all else that the JSON says, and is put into it', () => {
  const report = { ...reportOf(textTable(['"edition": "",'])), notes: ['\n"edition": "",\n'] };
  const { edition, json } = withEdition(toJson({ ...report, edition: '' }));
  expect(edition).toMatch(/^[0-9a-f]{12}$/);
  expect(json).toBe(toJson({ ...report, edition }));
  expect(withEdition(toJson({ ...report, edition: '', notes: [] })).edition).not.toBe(edition);
  expect(() => withEdition(json)).toThrow(TypeError);
});
