import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { Numbers } from '../../src/report/figure.js';
import { type PublishedReport, sparkline, toText } from '../../src/report/terminal.js';
import { LOOK } from './tables.js';

const numbers = new Numbers('en-US');

function told(
  question: string,
  answer: string,
  changes: PublishedReport['reports'][number]['changes'] = null,
): PublishedReport {
  return {
    as_of: '2026-11-20',
    time_zone: 'UTC',
    provisional: false,
    final_through: '2026-11-20',
    previous: '2026-11-19',
    notes: [],
    cards: LOOK.cards,
    no_data: [],
    reports: [{ name: 'x', question, answer, changes, rows: [] }],
  };
}

test('question, answer and changes, wrapped to the width', () => {
  expect(
    toText(
      told('Who is it?', 'Two users, of whom one is new.', { added: 1, removed: 0 }),
      40,
      numbers,
    ),
  ).toBe(
    `Friday, 2026-11-20, UTC
All numbers are final.


Who is it?
  Two users, of whom one is new. Since
  2026-11-19: 1 added, 0 removed.
`,
  );
});

test('a number has its course and its changes as far as there is room', () => {
  const rows = Array.from({ length: 10 }, (_, i) => ({
    metric: 'active_users',
    event_date: `2026-11-${11 + i}`,
    value: i,
    week_change_percent: 12.5,
    level_days: 28,
    previous_level: 0,
    level_change_percent: null,
  }));
  const headline = { name: 'headline', question: '', answer: null, changes: null, rows };
  const lineAt = (width: number) =>
    toText({ ...told('', ''), reports: [headline] }, width, numbers)
      .split('\n')
      .find((line) => line.startsWith('Active'));
  expect(lineAt(80)).toBe('Active users  9  ▁▂▃▃▄▅▆▆▇█  +13% week, – 28 days');
  expect(lineAt(40)).toBe('Active users  9  +13% week, – 28 days');
  expect(lineAt(24)).toBe('Active users  9');
});

test('a check that does not hold is a sentence', () => {
  const check = { check: 'row_count', severity: 'fail' as const, violations: 1, found: ['2 rows'] };
  expect(toText({ ...told('', ''), checks: [check] }, 80, numbers)).toContain(
    '\nThe check row_count does not hold: 2 rows.\n',
  );
});

test('without the same weekday a week before, there is nothing to compare with', () => {
  const row = {
    ...{ metric: 'sessions', event_date: '2026-11-20', value: 3, week_before: null },
    ...{ week_change_percent: null, previous_level: null, data_begin_date: '2026-11-20' },
  };
  const reports = [{ name: 'headline', question: '', answer: null, changes: null, rows: [row] }];
  expect(toText({ ...told('', ''), reports }, 80, numbers)).toContain(
    'Sessions  3  no week before, data since 2026-11-20\n',
  );
});

test('a course has a blank where there is no number', () => {
  expect(sparkline([0, null, 4, 8])).toBe('▁ ▅█');
  expect(sparkline([0, 0])).toBe('▁▁');
});

test('Chinese and emoji take two columns, and combined characters are not cut in two', () => {
  const lines = toText(
    told('Who?', `${'漢'.repeat(15)} ${'👩‍👩‍👧‍👦'.repeat(12)}`),
    24,
    numbers,
  ).split('\n');
  expect(lines.slice(-5, -1)).toEqual([
    `  ${'漢'.repeat(11)}`,
    `  ${'漢'.repeat(4)}`,
    `  ${'👩‍👩‍👧‍👦'.repeat(11)}`,
    '  👩‍👩‍👧‍👦',
  ]);
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom('漢', '한', '🦊', '👩‍👩‍👧‍👦', '☺️', '🇩🇪', 'e\u0301', 'ش', 'x', ' '),
    maxLength: 300,
  }),
);

test('no line takes more columns than it may, and no control character of a name reaches the terminal', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 24, max: 200 }), (name, width) => {
      const lines = toText(told(name, name), width, numbers).split('\n');
      expect(lines.filter((line) => stringWidth(line) > width)).toEqual([]);
      expect(lines.join('')).not.toMatch(/\p{Cc}/u);
    }),
  );
});
