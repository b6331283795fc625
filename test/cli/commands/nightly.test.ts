import { describe, expect, test } from 'vitest';
import { asOfDates, type NightlyOptions } from '../../../src/cli/commands/nightly.js';
import { ConfigError } from '../../../src/errors.js';

const NOON = '2026-11-21T12:00:00Z';

function asked(options: NightlyOptions, time_zone = 'UTC', now = NOON): string[] {
  return asOfDates(options, { time_zone }, new Date(now));
}

describe('the as-of date is yesterday in the business time zone', () => {
  test.each([
    ['UTC', '2026-11-21T00:00:00Z', '2026-11-20'],
    ['UTC', '2026-11-20T23:59:59Z', '2026-11-19'],
    ['Europe/Berlin', '2026-11-20T23:00:00Z', '2026-11-20'],
    ['Europe/Berlin', '2026-11-20T22:59:59Z', '2026-11-19'],
    ['America/New_York', '2026-11-21T04:59:59Z', '2026-11-19'],
    ['America/New_York', '2026-11-21T05:00:00Z', '2026-11-20'],
    ['UTC', '2026-01-01T00:30:00Z', '2025-12-31'],
    // the day after the clock was set forward, and back
    ['Europe/Berlin', '2026-03-29T22:30:00Z', '2026-03-29'],
    ['Europe/Berlin', '2026-10-25T23:30:00Z', '2026-10-25'],
  ])('in %s at %s', (zone, now, date) => {
    expect(asked({}, zone, now)).toEqual([date]);
  });
});

describe('as-of dates that are asked for', () => {
  test('one', () => {
    expect(asked({ date: '2026-10-05' })).toEqual(['2026-10-05']);
  });

  test('several, the first and last among them', () => {
    expect(asked({ from: '2026-10-30', to: '2026-11-01' })).toEqual([
      '2026-10-30',
      '2026-10-31',
      '2026-11-01',
    ]);
  });

  test('several up to yesterday', () => {
    expect(asked({ from: '2026-11-19' })).toEqual(['2026-11-19', '2026-11-20']);
  });

  test('a range of one day', () => {
    expect(asked({ from: '2026-11-19', to: '2026-11-19' })).toEqual(['2026-11-19']);
  });
});

describe('dates that are refused', () => {
  test.each<[NightlyOptions, string]>([
    [{ date: 'yesterday' }, '--date: expected a date as YYYY-MM-DD, found yesterday'],
    [{ date: '2026-02-30' }, '--date: expected a date as YYYY-MM-DD, found 2026-02-30'],
    [{ date: '' }, '--date: expected a date as YYYY-MM-DD, found '],
    [{ from: '20261120' }, '--from: expected a date as YYYY-MM-DD, found 20261120'],
    [{ from: '2026-11-01', to: '1' }, '--to: expected a date as YYYY-MM-DD, found 1'],
    [{ to: '2026-11-20' }, '--to: expected --from with it, found none'],
    [
      { date: '2026-11-20', from: '2026-11-19' },
      'expected either --date, or --from and --to, found both',
    ],
    [
      { date: '2026-11-20', to: '2026-11-20' },
      'expected either --date, or --from and --to, found both',
    ],
    [
      { from: '2026-11-20', to: '2026-11-19' },
      '--to: expected a date not before --from 2026-11-20, found 2026-11-19',
    ],
    [
      { from: '2026-11-21' },
      '--to: expected a date not before --from 2026-11-21, found 2026-11-20',
    ],
  ])('%j', (options, message) => {
    expect(() => asked(options)).toThrow(ConfigError);
    expect(() => asked(options)).toThrow(message);
  });
});
