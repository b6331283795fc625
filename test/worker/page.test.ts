import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { statusPage } from '../../src/worker/page.js';
import type { WorkerStatus } from '../../src/worker/worker.js';

const NIGHT = {
  as_of: '2026-03-01',
  started_at: '2026-03-02T02:00:00.000Z',
  seconds: 64,
  exit_code: 0,
  error: null,
};
const PUBLISHED = { ...NIGHT, result: 'published', release: 4 } as const;
const FAILED = {
  ...NIGHT,
  result: 'failed',
  release: null,
  exit_code: 4,
  error: 'sessions: found <none>',
} as const;
const RELEASE: NonNullable<WorkerStatus['release']> = {
  number: 4,
  published_at: '2026-03-02T02:01:04.000Z',
  as_of: '2026-03-01',
  newest_export: '2026-03-01',
  tables: [
    {
      table: 'sessions',
      newest_export: '2026-02-27',
      records: 2000,
      quarantined: { a_missing: 5, field_count: 45 },
    },
    { table: 'users', newest_export: null, records: 0, quarantined: {} },
  ],
  checks: [],
};
const STATUS: WorkerStatus = {
  started_at: '2026-03-02T00:00:00.000Z',
  schedule: { cron: '0 3 * * *', time_zone: 'Europe/Berlin', next_run: '2026-03-03T02:00:00.000Z' },
  running: null,
  release: RELEASE,
  problem: null,
  nights: [PUBLISHED, FAILED],
};

function shown(status: Partial<WorkerStatus>) {
  const { document } = parseHTML(
    statusPage({ ...STATUS, ...status }, { title: 'Acme', accent: '#134e4a' }),
  );
  const text = (element: { textContent: string | null } | null) =>
    (element?.textContent ?? '').replace(/\s+/g, ' ').trim();
  const terms = [...document.querySelectorAll('dt')].map((dt): [string, string] => [
    text(dt),
    text(dt.nextElementSibling),
  ]);
  return {
    facts: Object.fromEntries(terms),
    rows: (label: string) =>
      [...document.querySelectorAll(`[aria-label="${label}"] tbody tr`)].map((row) =>
        [...row.children].map(text),
      ),
    links: [...document.querySelectorAll('a')].map((a) => a.getAttribute('href')),
    text: text(document.querySelector('main')),
    headings: [...document.querySelectorAll('h2')].map(text),
  };
}

describe('the page of a worker', () => {
  test('says how the last night went and when the next one is, in the zone of the schedule', () => {
    expect(shown({}).facts).toEqual({
      'Last night': 'as of 2026-03-01, 2026-03-02 03:00: published',
      'Running now': 'none',
      'Next night': '2026-03-03 03:00, by the schedule 0 3 * * *',
      Release: '4, live since 2026-03-02 03:01: report of 2026-03-01, all reports',
    });
  });

  test('says why the last night failed, and which one is running', () => {
    const running = { as_of: '2026-03-02', started_at: '2026-03-03T02:00:00.000Z' };
    expect(shown({ nights: [FAILED], running }).facts).toMatchObject({
      'Last night': 'as of 2026-03-01, 2026-03-02 03:00: failed (4): sessions: found <none>',
      'Running now': 'as of 2026-03-02, since 2026-03-03 03:00',
    });
  });

  test('shows of each table how fresh it is, and how much of it was refused', () => {
    expect(shown({}).rows('Tables')).toEqual([
      ['sessions', '2026-02-27', '2,000', '50', '2.5 %', 'field_count'],
      ['users', 'none yet', '0', '0', '', ''],
    ]);
  });

  test('names the checks that do not hold', () => {
    const checks = [
      { check: 'freshness', severity: 'warn', violations: 1, found: ['sessions: too old'] },
    ] as const;
    expect(shown({}).text).toContain('All checks hold.');
    const { headings, text } = shown({
      release: { ...RELEASE, checks: checks.map((each) => ({ ...each, found: [...each.found] })) },
    });
    expect(headings).toContain('Checks that do not hold');
    expect(text).toContain('warn freshness: sessions: too old');
  });

  test('links to the reports of nights that have one', () => {
    expect(shown({}).rows('The last nights')).toEqual([
      ['2026-03-01', '2026-03-02 03:00', '1 min', 'published', '4'],
      ['2026-03-01', '2026-03-02 03:00', '1 min', 'failed (4): sessions: found <none>', ''],
    ]);
    const report = 'reports/2026-03-01/report.html';
    expect(shown({}).links).toEqual([
      report,
      report,
      'reports/index.html',
      report,
      'status',
      'metrics',
    ]);
  });

  test('says what is in the way, and that there is nothing yet', () => {
    const { text, facts } = shown({ problem: 'the bucket is gone', release: null, nights: [] });
    expect(text).toContain('No night can begin: the bucket is gone');
    expect(facts).toMatchObject({ 'Last night': 'none yet', Release: 'none yet' });
    expect(text).toContain('No night has run yet.');
  });
});
