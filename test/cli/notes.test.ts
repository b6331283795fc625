import { expect, test } from 'vitest';
import { grouped } from '../../src/cli/notes.js';

test('notes that differ in the export, dates and numbers alone become one line', () => {
  const notes = [
    'users/users_2026-03-02.csv: a header and no records: deliver it again if it should hold rows',
    'activity_log: no export for 2026-03-01 (activity_log/activity_log_{date}.csv in /exports)',
    'users/users_20260301.csv: a header and no records: deliver it again if it should hold rows',
    'activity_log: no export for 2026-03-04 (activity_log/activity_log_{date}.csv in /exports)',
    'sessions: no export for 2026-03-04 (sessions/sessions_{date}.csv in /exports)',
    'users/users_2026-03-05.csv: columns left out: plan',
  ];
  expect(grouped(notes)).toEqual([
    `2 times from 2026-03-01 to 2026-03-02, such as ${notes[0]}`,
    `2 times from 2026-03-01 to 2026-03-04, such as ${notes[1]}`,
    notes[4],
    notes[5],
  ]);
});

test('other columns that are left out are another kind', () => {
  const notes = [
    'a_2026-03-01.csv: columns left out: plan',
    'a_2026-03-01.csv: columns left out: country',
  ];
  expect(grouped(notes)).toEqual(notes);
});

test('without dates only the number is reported', () => {
  expect(grouped(['a.csv: is empty', 'b.csv: is empty'])).toEqual([
    '2 times, such as a.csv: is empty',
  ]);
});
