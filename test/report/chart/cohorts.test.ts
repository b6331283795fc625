import { JSDOM } from 'jsdom';
import { expect, test } from 'vitest';
import { cohortTable } from '../../../src/report/chart/cohorts.js';
import { Numbers } from '../../../src/report/figure.js';
import type { ReportColumn } from '../../../src/report/report.js';

const column = (name: string, type: ReportColumn['type']): ReportColumn => ({
  name,
  type,
  unit: '',
  description: name,
});
const spec = {
  ...{ kind: 'cohorts' as const, title: '', where: {}, row: 'week', column: 'number' },
  ...{ y: 'percent', size: 'users', complete: 'over' },
};
const rows = [
  { week: '2026-11-09', number: 0, percent: 44.4, users: 1200, over: true },
  { week: '2026-11-09', number: 1, percent: 7, users: 1200, over: false },
  { week: '2026-11-02', number: 0, percent: 100, users: 3, over: true },
  { week: '2026-11-02', number: 2, percent: 0, users: 3, over: true },
];
const columns = [column('week', 'date'), column('number', 'integer'), column('users', 'integer')];

test('a triangle has a line for each cohort, the oldest first, shaded by its shares; open weeks are outlined', () => {
  const data = { spec, title: '', columns, rows, marks: [] };
  const table = new JSDOM(cohortTable(data, spec, 'Shares', new Numbers('en-US')).toString()).window
    .document;
  const lines = [...table.querySelectorAll('tr')].map((line) =>
    [...line.querySelectorAll('th, td')].map(({ textContent, className }) =>
      [textContent, className].join(' ').trim(),
    ),
  );
  expect(lines).toEqual([
    ['Week from', 'Users n', '0', '1', '2'],
    ['2026-11-02 fixed', '3 n', '100 s10', '', '0 s0'],
    ['2026-11-09 fixed', '1,200 n', '44 s4', '7 so', ''],
  ]);
  expect(table.querySelector('[role=region]')?.getAttribute('aria-label')).toBe('Shares');
});
