import { expect, test } from 'vitest';
import { catalogue, withMeans } from '../../src/report/catalogue.js';
import { LOOK } from './tables.js';

const TREND = [
  { event_date: '2026-11-19', activities: 1200n, week_average: null },
  { event_date: '2026-11-20', activities: 300n, week_average: 750.5 },
];

test('dates are linked once each, the newest month first, with relative links', () => {
  const page = catalogue(['2026-10-31', '2026-11-20', '2026-11-01', '2026-11-20'], [], LOOK);
  const links = [...page.matchAll(/<li[^>]*><a href="([^"]*)"/g)].map((match) => match[1]);
  expect(links).toEqual([
    '2026-11-01/report.html',
    '2026-11-20/report.html',
    '2026-10-31/report.html',
  ]);
  expect(page).toContain('The latest is as of <a href="2026-11-20/report.html">2026-11-20</a>.');
  expect(page).toMatch(/November 2026[\s\S]*October 2026/);
});

test('dates between the first and the latest that have no report are named and struck through', () => {
  const page = catalogue(['2026-11-18', '2026-11-20'], [], LOOK);
  expect(page).toContain('There is no report for 2026-11-19.');
  expect(page.match(/<s title="no report">/g)).toHaveLength(1);
  expect(catalogue(['2026-11-19', '2026-11-20'], [], LOOK)).not.toContain('no report for');
});

test('the first day of a month is below its weekday', () => {
  expect(catalogue(['2026-11-20'], [], LOOK)).toContain('<li class="from7"><i>1</i>'); // a Sunday
});

test('the trend of the last year is drawn, told in words, and given as a table', () => {
  const page = catalogue(['2026-11-20'], TREND, LOOK);
  expect(page).toContain('Highest: 1,200 on 2026-11-19. Lowest: 300 on 2026-11-20. Latest: 300.');
  expect(page.match(/<svg/g)).toHaveLength(2);
  expect(page).toContain('<td class="n" data-v="1200">1,200<');
});

test('without dates it says that there are none', () => {
  expect(catalogue([], [], LOOK)).toContain('There are none yet.');
});

test('the mean of a week is that of seven days with an export, of which some may have no activity', () => {
  const day = (of: number, activities: number) => ({
    event_date: `2026-11-${String(of).padStart(2, '0')}`,
    activities: BigInt(activities),
  });
  const means = (absent: string[]) =>
    withMeans([day(1, 7), day(2, 7), day(7, 7), day(8, 0), day(9, 7), day(16, 14)], absent).map(
      ({ event_date, week_average }) => [String(event_date).slice(-2), week_average],
    );
  expect(means([])).toEqual([
    ['01', null],
    ['02', null],
    ['07', 3],
    ['08', 2],
    ['09', 2],
    ['16', 2],
  ]);
  expect(means(['2026-11-08', '2026-11-09'])).toEqual([
    ['01', null],
    ['02', null],
    ['07', 3],
    ['09', null],
    ['16', 2],
  ]);
});
