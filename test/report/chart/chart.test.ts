import { expect, test } from 'vitest';
import type { ChartSpec } from '../../../src/model/section.js';
import { drawings } from '../../../src/report/chart/chart.js';
import { legend } from '../../../src/report/chart/series.js';
import { Numbers } from '../../../src/report/figure.js';
import type { ReportColumn, Row } from '../../../src/report/report.js';

const numbers = new Numbers('en-US');
const column = (name: string, type: ReportColumn['type'], unit = ''): ReportColumn => ({
  name,
  type,
  unit,
  description: name,
});

/** The texts of a chart as a desk's screen shows it. */
function textsOf(spec: ChartSpec, columns: readonly ReportColumn[], rows: readonly Row[]) {
  const drawn = drawings({ spec, title: '', columns, rows, marks: [] }, numbers, null).toString();
  const [wide = ''] = drawn.split('<div class="narrow">');
  return [...wide.matchAll(/>([^<>\n]+)</g)].map(([, text]) => text);
}

test('weeks are named by their first day, the month where it is another', () => {
  const spec: ChartSpec = {
    ...{ kind: 'stack', title: '', where: {}, x: 'week', days: 7 },
    ...{ up: { New: 'new', Old: 'old' }, down: {} },
  };
  const weeks = ['2026-10-19', '2026-10-26', '2026-11-02'];
  const rows = weeks.map((week) => ({ week, new: 1, old: 2 }));
  const texts = textsOf(
    spec,
    [column('week', 'date'), column('new', 'integer'), column('old', 'integer')],
    rows,
  );
  expect(texts.filter((text) => /^(\d\d?|[A-Z]..)$/.test(text ?? '')).join(' ')).toContain(
    '19 Oct 26 2 Nov',
  );
});

test('percentages beside bars have their sign', () => {
  const spec: ChartSpec = { kind: 'bars', title: '', where: {}, label: 'name', y: 'share' };
  const columns = [column('name', 'text'), column('share', 'double', 'percent')];
  const rows = [
    { name: 'pro', share: 12.88 },
    { name: 'free', share: 2.649 },
  ];
  expect(textsOf(spec, columns, rows)).toEqual(['pro', 'free', '13%', '2.6%']);
});

test('several lines have a legend, one has none', () => {
  const lines = { kind: 'lines' as const, title: '', where: {}, x: 'date' };
  expect(legend({ ...lines, y: { Open: 'open' } })).toBe('');
  expect(legend({ ...lines, y: { Open: 'open', New: 'new' } }).toString()).toContain(
    '<li>Open</li><li>New</li>',
  );
});

test('where all amounts are 0, the scale begins there', () => {
  const columns = [column('date', 'date'), column('open', 'integer')];
  const rows = ['2026-11-19', '2026-11-20'].map((date) => ({ date, open: 0 }));
  const place = { title: '', where: {}, x: 'date' };
  const lines: ChartSpec = { kind: 'lines', ...place, y: { Open: 'open' } };
  const trend: ChartSpec = { kind: 'trend', ...place, y: 'open' };
  for (const spec of [lines, trend]) {
    const data = { spec, title: '', columns, rows, marks: [] };
    const zero = /y="([\d.]+)"[^>]*>0</.exec(drawings(data, numbers, null).toString());
    expect(Number(zero?.[1])).toBeGreaterThan(200); // of 250 pixels, downwards
  }
});
