import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHtml } from '../../src/report/html.js';
import { EMPTY, everyType, FULL, reportOf, textTable } from './tables.js';

const ledger = [
  {
    table: 'activity_log',
    records: 1250,
    staged: 1240,
    quarantined: { rare: 1, unused: 0, common: 9 },
    unchanged: 0,
    kept: 1200,
    duplicates: 40,
    conflicts: 2,
  },
];

test('the as-of date, the zone and the notes stand first', () => {
  const page = toHtml({ ...reportOf(), notes: ['Late rows may follow.'] });
  expect(page).toContain('<h1>Report as of 2026-11-20</h1>');
  expect(page).toContain('Friday. Days run from midnight to midnight, Europe/Berlin.');
  expect(page).toContain('<li>Late rows may follow.</li>');
});

test('data quality adds up the ledger and names the rules, the most frequent first', () => {
  const page = toHtml({ ...reportOf(), ledger });
  expect(page).toContain('1,250 records read in the window, 10 quarantined,\n40 duplicates');
  expect(page).toContain('<td class="words">common 9, rare 1</td>');
});

test('ten rows are shown and the rest is counted and linked', () => {
  const page = toHtml(reportOf(everyType(Array.from({ length: 1234 }, () => FULL))));
  expect(page.match(/data-value="3912.25"/g)).toHaveLength(10);
  expect(page).toContain('10 of 1,234 rows, all in <a href="every_type.csv">CSV</a>');
});

test('values are put for people, exact ones kept beside, and nulls are an en dash', () => {
  const page = toHtml(reportOf(everyType([FULL, EMPTY])));
  expect(page).toContain('<td class="amount" data-value="3912.25" title="3912.25 seconds">1 h 05 min</td>');
  expect(page).toContain('<td class="amount" data-value="1234567" title="1234567 sessions">1,234,567</td>');
  expect(page).toContain('<td class="fixed">1001</td>');
  expect(page.match(/>–</g)).toHaveLength(7);
});

test('the as-of date is left out of a table where it repeats that of the page, and kept where it differs', () => {
  const table = (date: string) => ({
    ...textTable([]),
    columns: [{ name: 'as_of_date', type: 'date' as const, unit: '', description: 'the as-of date' }],
    rows: [{ as_of_date: date }],
  });
  expect(toHtml(reportOf(table('2026-11-20')))).not.toContain('As of date</th>');
  expect(toHtml(reportOf(table('2026-11-19')))).toContain('As of date</th>');
});

test('a table without rows says so and has no grid', () => {
  const page = toHtml(reportOf(textTable([])));
  expect(page).toContain('No rows.');
  expect(page).not.toContain('<table>');
});

test('segments are listed apart from questions', () => {
  const page = toHtml(reportOf(textTable([]), { ...textTable([]), name: 'segment_win_back' }));
  expect(page).toMatch(/<h2>Questions<\/h2>[\s\S]*#texts[\s\S]*<h2>Lists to act on<\/h2>[\s\S]*#segment_win_back/);
});

test('the policy of the page admits its own style and nothing else', () => {
  const page = toHtml(reportOf());
  const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(page) ?? [];
  const hash = createHash('sha256').update(style).digest('base64');
  expect(page).toContain(
    `content="default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'"`,
  );
  expect(page).not.toMatch(/<script|<img|style="|\bon\w+="|https?:/);
});

test('no text from outside becomes HTML, wherever it stands', () => {
  const shape = (page: string) => page.replace(/="[^"]*"/g, '').match(/<[^>]*>/g);
  const build = (text: string) => {
    const table = textTable([text]);
    const columns = table.columns.map((column) => ({ ...column, description: text, unit: text }));
    const named = { ...table, name: text, question: text, columns, sql: text };
    const line = {
      table: text,
      records: 1,
      staged: 0,
      quarantined: { [text]: 1 },
      unchanged: 0,
      kept: 0,
      duplicates: 0,
      conflicts: 0,
    };
    return toHtml({
      asOf: '2026-11-20',
      timeZone: text,
      finalThrough: null,
      tables: [named],
      ledger: [line],
      notes: [text],
    });
  };
  const hostile = fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '<b>', '-->', 'x=', ' ') });
  const harmless = shape(build('zz'));
  fc.assert(
    fc.property(hostile, (text) => {
      expect(shape(build(`zz${text}`))).toEqual(harmless);
    }),
  );
});

test('the same report gives the same page', () => {
  const build = () => toHtml({ ...reportOf(everyType([FULL, EMPTY])), ledger });
  expect(build()).toBe(build());
});

test('a date for which rows may still come is marked', () => {
  const page = toHtml({ ...reportOf(everyType([FULL])), finalThrough: '2026-11-13' });
  expect(page).toContain('late rows may still come for dates after 2026-11-13');
  expect(page).toContain('2026-11-20 <small class="open">provisional</small>');
  expect(toHtml(reportOf(everyType([FULL])))).not.toContain('rovisional');
});

test('while nothing is known of late rows, all is provisional', () => {
  expect(toHtml({ ...reportOf(), finalThrough: null })).toContain('late rows may still come for any date');
});
