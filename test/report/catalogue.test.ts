import { expect, test } from 'vitest';
import { catalogue } from '../../src/report/catalogue.js';

test('dates are listed once each, the newest first, with relative links', () => {
  const page = catalogue(['2026-10-31', '2026-11-20', '2026-11-01', '2026-11-20']);
  const links = [...page.matchAll(/<li><a href="([^"]*)">/g)].map((match) => match[1]);
  expect(links).toEqual(['2026-11-20/report.html', '2026-11-01/report.html', '2026-10-31/report.html']);
  expect(page).toContain('The latest is as of <a href="2026-11-20/report.html">2026-11-20</a>.');
  expect(page).toMatch(/November 2026[\s\S]*October 2026/);
});

test('without dates it says that there are none', () => {
  expect(catalogue([])).toContain('There are none yet.');
});
