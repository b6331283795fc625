import { describe, expect, test } from 'vitest';
import {
  addDays,
  dateIn,
  datesBetween,
  daysBetween,
  isDate,
  isTimeZone,
  monthOf,
} from '../src/dates.js';

describe('a date', () => {
  test.each(['2026-11-20', '2024-02-29', '2000-02-29', '0999-12-31', '9999-12-31'])(
    '%s is one',
    (text) => {
      expect(isDate(text)).toBe(true);
    },
  );

  test.each([
    '2026-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-11-00',
    '2026-1-2',
    '20261120',
    '2026-11-20T00:00:00Z',
    ' 2026-11-20',
    '2026-11-20\n',
    '',
  ])('%j is none', (text) => {
    expect(isDate(text)).toBe(false);
  });

  test('has a month', () => {
    expect(monthOf('2026-11-20')).toBe('2026-11');
  });
});

test.each([
  ['2026-11-20', 0, '2026-11-20'],
  ['2026-02-28', 1, '2026-03-01'],
  ['2024-02-28', 1, '2024-02-29'],
  ['2026-01-01', -1, '2025-12-31'],
  ['2026-11-20', -59, '2026-09-22'],
  ['2026-03-28', 2, '2026-03-30'],
])('%s and %i days is %s', (date, days, expected) => {
  expect(addDays(date, days)).toBe(expected);
});

describe('the dates between two', () => {
  test('hold both', () => {
    expect(datesBetween('2026-02-27', '2026-03-01')).toEqual([
      '2026-02-27',
      '2026-02-28',
      '2026-03-01',
    ]);
  });

  test('are one when they are the same', () => {
    expect(datesBetween('2026-11-20', '2026-11-20')).toEqual(['2026-11-20']);
  });

  test('are none when the last is before the first', () => {
    expect(datesBetween('2026-11-20', '2026-11-19')).toEqual([]);
  });

  test('end where dates do', () => {
    expect(datesBetween('9999-12-30', '9999-12-31')).toEqual(['9999-12-30', '9999-12-31']);
  });
});

describe('the business date of an instant', () => {
  test.each([
    ['UTC', '2026-11-20T23:59:59.999Z', '2026-11-20'],
    ['UTC', '2026-11-21T00:00:00Z', '2026-11-21'],
    ['Europe/Berlin', '2026-11-20T22:59:59Z', '2026-11-20'],
    ['Europe/Berlin', '2026-11-20T23:00:00Z', '2026-11-21'],
    ['America/Los_Angeles', '2026-11-21T07:59:59Z', '2026-11-20'],
    ['Asia/Kathmandu', '2026-11-20T18:15:00Z', '2026-11-21'],
    ['Pacific/Kiritimati', '2026-11-20T10:00:00Z', '2026-11-21'],
    // the night in which the clock is set back
    ['Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25'],
    ['Europe/Berlin', '2026-10-25T22:59:59Z', '2026-10-25'],
  ])('in %s at %s is %s', (zone, instant, date) => {
    expect(dateIn(zone, new Date(instant))).toBe(date);
  });
});

test('time zones are known by their IANA names', () => {
  expect(['UTC', 'Europe/Berlin', 'America/New_York'].map(isTimeZone)).toEqual([true, true, true]);
  expect(['', 'Mars/Base', 'Europe/'].map(isTimeZone)).toEqual([false, false, false]);
});

test('days between dates, either way', () => {
  expect(daysBetween('2026-02-27', '2026-03-01')).toBe(2);
  expect(daysBetween('2026-03-01', '2026-02-27')).toBe(-2);
});
