import { describe, expect, test } from 'vitest';
import { type DateOfNumbers, decideOrder, orderNotes } from '../../src/tables/staged/date_order.js';

const EARLIEST = '2020-01-01';

function dates(...texts: readonly string[]): DateOfNumbers[] {
  return texts.map((text) => {
    const [one = '', two = '', three = ''] = text.split(/[-/.]/);
    return { one, two, three, hasPoints: text.includes('.'), count: 1 };
  });
}

const decided = (exported: string, ...texts: string[]) =>
  decideOrder(dates(...texts), EARLIEST, exported).order;

describe('the order of day and month', () => {
  test('is that of the dates that can be read in one order only', () => {
    expect(decided('2026-11-20', '03/02/2026', '28/02/2026')).toBe('day_first');
    expect(decided('2026-11-20', '03/02/2026', '02/28/2026')).toBe('month_first');
  });

  test('is the one in which dates are accepted', () => {
    expect(decided('2026-03-04', '04/03/2026')).toBe('day_first'); // April 3 is after the export
    expect(decided('2026-06-30', '01/12/2026')).toBe('month_first'); // December 1 is, too
  });

  test('is the one in which dates are near that of the export', () => {
    expect(decided('2026-04-03', '04/03/2026', '04/02/2026')).toBe('month_first');
    expect(decided('2026-04-03', '03/04/2026', '02/04/2026')).toBe('day_first');
  });

  test('is not turned by one typo', () => {
    const found = decideOrder(
      dates('04/01/2026', '04/02/2026', '04/03/2026', '13/02/2026'),
      EARLIEST,
      '2026-04-03',
    );
    expect(found).toEqual({ order: 'month_first', agreeing: 3, contrary: 1 });
    expect(orderNotes('t', 't.csv', found)).toEqual([
      't: read with dates of numbers month first, found',
      't.csv: dates of numbers are read month first, as 3 of them say; 1 can only be read otherwise: correct it, or set tables.t.date_order',
    ]);
  });

  test('is not decided by a few dates against each other', () => {
    const found = decideOrder(
      dates('28/02/2026', '02/28/2026', '03/02/2026'),
      EARLIEST,
      '2026-11-20',
    );
    expect(found.order).toBeUndefined();
    expect(orderNotes('t', 't.csv', found)).toEqual([
      expect.stringMatching(/do not agree.*set tables.t.date_order$/),
    ]);
  });

  test('is not decided by one date for many that leave it open', () => {
    const many = Array.from({ length: 12 }, (_, day) => `04/${day + 1}/2026`).filter(
      (text) => text !== '04/4/2026',
    );
    expect(decided('2026-12-31', ...many, '13/02/2026')).toBeUndefined();
    expect(decided('2026-12-31', ...many)).toBeUndefined();
  });

  test('is not decided where few dates show it, which a note says', () => {
    const found = decideOrder(
      dates('13/02/2026', ...Array.from({ length: 5 }, () => '03/02/2026')),
      EARLIEST,
      '2026-11-20',
    );
    expect(found.order).toBeUndefined();
    expect(orderNotes('t', 't.csv', found)).toEqual([
      expect.stringMatching(/too few of its dates of numbers.*set tables.t.date_order$/),
    ]);
  });

  test('does not matter where both orders name the same date', () => {
    expect(decided('2026-11-20', '03/03/2026', '11/11/2026')).toBe('day_first');
  });

  test('counts each date as often as it occurs', () => {
    const [typo, usual] = dates('13/02/2026', '02/28/2026') as [DateOfNumbers, DateOfNumbers];
    expect(decideOrder([typo, { ...usual, count: 5 }], EARLIEST, '2026-11-20').order).toBe(
      'month_first',
    );
  });
});

describe('a year of two digits', () => {
  test('is last where that is the likely reading', () => {
    expect(decided('2026-02-25', '25/02/26')).toBe('day_first');
    expect(decided('2026-02-25', '25.02.26')).toBe('day_first');
    expect(decided('2026-02-25', '2/25/26')).toBe('month_first');
  });

  test('decides nothing where it is likely first, or could be', () => {
    expect(decided('2026-02-25', '26/02/25')).toBeUndefined();
    expect(decided('2026-02-25', '26.02.25')).toBeUndefined();
    expect(decided('2026-11-20', '24/01/25')).toBeUndefined();
  });
});
