import { describe, expect, test } from 'vitest';
import { Firings } from '../../src/worker/firings.js';

const firing = (expression: string, zone: string, now: string) => {
  const firings = new Firings(expression, zone);
  return [
    firings.last(new Date(now)).at.toISOString(),
    firings.next(new Date(now)).at.toISOString(),
  ];
};

describe('the last firing and the next', () => {
  test.each([
    [
      '0 3 * * *',
      'UTC',
      '2026-11-22T03:00:00Z',
      '2026-11-22T03:00:00.000Z',
      '2026-11-23T03:00:00.000Z',
    ],
    [
      '0 3 * * *',
      'UTC',
      '2026-11-22T02:59:59Z',
      '2026-11-21T03:00:00.000Z',
      '2026-11-22T03:00:00.000Z',
    ],
    [
      '0 3 * * *',
      'Europe/Berlin',
      '2026-07-01T01:00:00Z',
      '2026-07-01T01:00:00.000Z',
      '2026-07-02T01:00:00.000Z',
    ],
    [
      '15 1 * * *',
      'Asia/Kolkata',
      '2026-07-01T00:00:00Z',
      '2026-06-30T19:45:00.000Z',
      '2026-07-01T19:45:00.000Z',
    ],
    [
      '0 3,6 * * *',
      'UTC',
      '2026-11-22T04:00:00Z',
      '2026-11-22T03:00:00.000Z',
      '2026-11-22T06:00:00.000Z',
    ],
    [
      '0 3 * * 1-5',
      'UTC',
      '2026-11-22T04:00:00Z',
      '2026-11-20T03:00:00.000Z',
      '2026-11-23T03:00:00.000Z',
    ], // a Sunday
    [
      '0 3 1 * *',
      'UTC',
      '2026-11-22T04:00:00Z',
      '2026-11-01T03:00:00.000Z',
      '2026-12-01T03:00:00.000Z',
    ],
    [
      '0 3 1 * 1',
      'UTC',
      '2026-11-22T04:00:00Z',
      '2026-11-16T03:00:00.000Z',
      '2026-11-23T03:00:00.000Z',
    ], // the first, or a Monday
    [
      '0 3 1 * 1',
      'UTC',
      '2026-12-01T02:00:00Z',
      '2026-11-30T03:00:00.000Z',
      '2026-12-01T03:00:00.000Z',
    ],
    [
      '0 3 12 2 1-2',
      'UTC',
      '2026-02-11T02:00:00Z',
      '2026-02-10T03:00:00.000Z',
      '2026-02-12T03:00:00.000Z',
    ],
    [
      '0 3 */10 * 1',
      'UTC',
      '2026-11-22T04:00:00Z',
      '2026-09-21T03:00:00.000Z',
      '2026-12-21T03:00:00.000Z',
    ],
    [
      '0 3 29 2 *',
      'UTC',
      '2026-11-22T04:00:00Z',
      '2024-02-29T03:00:00.000Z',
      '2028-02-29T03:00:00.000Z',
    ],
  ])('of %s in %s at %s', (expression, zone, now, last, next) => {
    expect(firing(expression, zone, now)).toEqual([last, next]);
  });
});

describe('an hour that is skipped fires when the clock jumps', () => {
  test.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-29T01:00:00.000Z'],
    ['30 2 * * *', 'America/New_York', '2026-03-08T12:00:00Z', '2026-03-08T07:00:00.000Z'],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-04T12:00:00Z', '2026-10-03T15:30:00.000Z'], // by half an hour
    ['30 0 * * *', 'Africa/Cairo', '2026-04-24T12:00:00Z', '2026-04-23T22:00:00.000Z'], // the day begins at 01:00
  ])('%s in %s', (expression, zone, now, last) => {
    expect(firing(expression, zone, now)[0]).toBe(last);
  });
});

describe('an hour that comes twice fires the first time only', () => {
  test.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
    ['30 1 * * *', 'America/New_York', '2026-11-01T05:30:00.000Z', '2026-11-02T06:30:00.000Z'],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z', '2026-04-05T15:15:00.000Z'],
    ['30 23 * * *', 'Africa/Cairo', '2026-10-29T20:30:00.000Z', '2026-10-30T21:30:00.000Z'],
  ])('%s in %s', (expression, zone, first, next) => {
    const secondTime = new Date(Date.parse(first) + 90 * 60_000).toISOString();
    expect(firing(expression, zone, secondTime)).toEqual([first, next]);
  });
});

test('the date of a firing is the one its time was asked for', () => {
  const firings = new Firings('30 0 * * *', 'Africa/Cairo');
  expect(firings.last(new Date('2026-04-24T12:00:00Z')).date).toBe('2026-04-24');
});

test('a date ends when the next one begins, also where midnight is skipped', () => {
  expect(new Firings('0 3 * * *', 'Africa/Cairo').endOf('2026-04-23').toISOString()).toBe(
    '2026-04-23T22:00:00.000Z',
  );
  expect(new Firings('0 3 * * *', 'UTC').endOf('2026-04-23').toISOString()).toBe(
    '2026-04-24T00:00:00.000Z',
  );
});
