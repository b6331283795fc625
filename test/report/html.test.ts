import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sectionSchema } from '../../src/model/section.js';
import { toHtml } from '../../src/report/html.js';
import { dataIn } from './inflated.js';
import { EMPTY, everyType, FULL, LOOK, PLAIN, reportOf, textTable } from './tables.js';

const ledger = [
  {
    table: 'activity_log',
    read: 1250,
    records: 1250,
    staged: 1240,
    repeated: 0,
    quarantined: { rare: 1, unused: 0, common: 9 },
    unchanged: 0,
    kept: 1200,
    duplicates: 40,
    conflicts: 2,
  },
];

test('the as-of date, the zone and the notes are first', () => {
  const page = toHtml({ ...reportOf(), notes: ['Late rows may follow.'] });
  expect(page).toContain('<h1>Friday, <span class="date">2026-11-20</span></h1>');
  expect(page).toContain('The day ended at midnight, Europe/Berlin.');
  expect(page).toContain('<li>Late rows may follow.</li>');
});

test('data quality adds up the ledger and names the rules, the most frequent first', () => {
  const newest = { activity_log: '2026-11-20', users: '2026-11-18' };
  const page = toHtml({ ...reportOf(), ledger, newest });
  expect(page).toContain(
    '1,250 records read = 1,200 kept + 40 duplicates + 0 repeated + 10 quarantined; newest',
  );
  expect(page).toMatch(
    /newest exports <span[^>]*>2026-11-20<.span>, of users <span[^>]*>2026-11-18</,
  );
  expect(page).toContain('<td class="words">common 9, rare 1</td>');
});

test('data quality names the tables of whose records it is not known how many were kept', () => {
  const undated = {
    staged: 30,
    repeated: 0,
    quarantined: {},
    unchanged: 0,
    kept: null,
    duplicates: null,
    conflicts: null,
  };
  const page = toHtml({
    ...reportOf(),
    ledger: [...ledger, { table: 'users', read: null, records: 30, ...undated }],
  });
  expect(page).toContain('+ 10 quarantined (without users); ');
});

test('the first rows are shown and the rest is counted and linked', () => {
  const page = toHtml(reportOf(everyType(Array.from({ length: 1234 }, () => FULL))));
  expect(page.match(/data-v="3912.25"/g)).toHaveLength(25);
  const [columns = []] = dataIn(page) as unknown[][][];
  expect(columns.map((column) => column.length)).toEqual(Array(7).fill(1209));
  expect(columns[2]?.[0]).toEqual(['1 h 05 min', '3912.25']);
  expect(page).toContain('1,234 rows; also as <a href="every_type.csv">CSV</a>');
  expect(page).toContain('tables show their first 25 rows');
});

test('fewer rows are written where sections are many', () => {
  const tables = Array.from({ length: 70 }, (_, i) => ({
    ...everyType(Array.from({ length: 40 }, () => FULL)),
    name: `t${i}`,
  }));
  const page = toHtml(reportOf(...tables));
  expect(Buffer.byteLength(page)).toBeLessThan(300_000);
  expect(page).toContain('tables show their first 5 rows');
  expect(page.match(/data-v="3912.25"/g)).toHaveLength(5 * tables.length);
});

test('a page stays below 300 kB, however many rows there are, and says how many it holds', () => {
  const tables = Array.from({ length: 20 }, (_, i) => ({
    ...everyType(
      Array.from({ length: 1000 }, (_, row) => ({
        ...FULL,
        user_id: 7919 * row * i,
        sessions: (row ** 3 + i) % 9973,
      })),
    ),
    name: `t${i}`,
  }));
  const page = toHtml(reportOf(...tables));
  expect(Buffer.byteLength(page)).toBeLessThan(300_000);
  const shown = dataIn(page)
    .slice(0, -1) // the SQL
    .map(([column]) => 25 + (column as unknown[]).length);
  expect(Math.min(...shown)).toBeGreaterThan(50);
  for (const rows of shown)
    expect(page).toContain(
      `<span class="here">${rows} of </span>1,000 rows<span class="here"> here</span>; all as`,
    );
});

test('data for the script cannot end it', () => {
  const page = toHtml(reportOf(textTable(Array.from({ length: 29 }, () => '</script><b>'))));
  expect(page.match(/<\/script>/g)).toHaveLength(3);
});

test('values are put for people, exact ones kept beside, and nulls are an en dash', () => {
  const page = toHtml(reportOf(everyType([FULL, EMPTY])));
  expect(page).toContain('<td class="n" data-v="3912.25">1 h 05 min<');
  expect(page).toContain('<td class="n" data-v="1234567">1,234,567<');
  expect(page).toContain('<td class="fixed">1001<');
  expect(page.match(/>–/g)).toHaveLength(7);
});

test('the as-of date is left out of a table where it repeats that of the page, and kept where it differs', () => {
  const table = (date: string) => ({
    ...textTable([]),
    columns: [
      { name: 'as_of_date', type: 'date' as const, unit: '', description: 'the as-of date' },
    ],
    rows: [{ as_of_date: date }],
    rowCount: 1,
  });
  expect(toHtml(reportOf(table('2026-11-20')))).not.toContain('>As of date<');
  expect(toHtml(reportOf(table('2026-11-19')))).toContain('>As of date<');
});

test('a table without rows says so and has no grid', () => {
  const page = toHtml(reportOf(textTable([])));
  expect(page).toContain('No rows.');
  expect(page).not.toContain('<table>');
});

test('segments are listed apart from questions', () => {
  const page = toHtml(reportOf(textTable([]), { ...textTable([]), name: 'segment_win_back' }));
  expect(page).toMatch(
    /<h2>Questions<\/h2>[\s\S]*#texts[\s\S]*<h2>Lists to act on<\/h2>[\s\S]*#segment_win_back/,
  );
});

test('the policy of the page admits its own style and script, and nothing else', () => {
  const page = toHtml(reportOf(everyType([FULL])));
  const hashOf = (tag: string) => {
    const [, content = ''] =
      new RegExp(`<${tag}(?: type="module")?>([\\s\\S]*)</${tag}>`).exec(page) ?? [];
    return createHash('sha256').update(content).digest('base64');
  };
  expect(page).toContain(
    `content="default-src 'none'; style-src 'sha256-${hashOf('style')}'; script-src 'sha256-${hashOf('script')}'; img-src data:; base-uri 'none'; form-action 'none'"`,
  );
  expect(page).not.toMatch(/<img|style="|\bon\w+="|https?:/);
});

test('no text from outside becomes HTML, wherever it is', () => {
  const shape = (page: string) => page.replace(/="[^"]*"/g, '').match(/<[^>]*>/g);
  const build = (text: string) => {
    const table = textTable([text, text]);
    const columns = table.columns.map((column) => ({ ...column, description: text, unit: text }));
    const chart = { kind: 'bars', title: text, label: 'text', y: 'row', where: {} } as const;
    const section = { ...PLAIN, chart, missing: { text } };
    const answer = { sentence: `${text} {one} {some}`, facts: { one: text, some: [text, text] } };
    const named = { ...table, name: text, question: text, columns, sql: text, section, answer };
    const line = {
      table: text,
      read: 2,
      records: 1,
      staged: 0,
      repeated: 0,
      quarantined: { [text]: 1 },
      unchanged: 0,
      kept: 0,
      duplicates: 0,
      conflicts: 0,
    };
    return toHtml({
      ...reportOf(named),
      timeZone: text,
      finalThrough: null,
      ledger: [line],
      newest: { [text]: text },
      notes: [text],
      previous: text,
      restated: [{ table: text, dates: [text] }],
      look: { ...LOOK, title: text },
    });
  };
  const hostile = fc.string({
    unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '<b>', '-->', 'x=', ' '),
  });
  const harmless = shape(build('zz'));
  fc.assert(
    fc.property(hostile, (text) => {
      expect(shape(build(`zz${text}`))).toEqual(harmless);
    }),
  );
});

test('the same report gives the same page', () => {
  const build = () => toHtml({ ...reportOf(everyType([FULL, EMPTY])), ledger });
  expect(build()).toBe(build());
});

test('a date for which rows may still come is marked', () => {
  const page = toHtml({ ...reportOf(everyType([FULL])), finalThrough: '2026-11-13' });
  expect(page).toContain('late rows may still come for dates after 2026-11-13');
  expect(page).toContain('2026-11-20 <small>Fri</small> <small class="open"');
  expect(toHtml(reportOf(everyType([FULL])))).not.toContain('rovisional: ');
});

test('while nothing is known of late rows, all is provisional', () => {
  expect(toHtml({ ...reportOf(), finalThrough: null })).toContain(
    'late rows may still come for any date',
  );
});

test('what came late for dates reported before is said', () => {
  const dates = ['2026-11-10', '2026-11-11', '2026-11-12', '2026-11-13'];
  const page = toHtml({
    ...reportOf(),
    previous: '2026-11-19',
    restated: [{ table: 'sessions', dates: ['2026-11-18'] }],
    restatedSince: [{ table: 'activity_log', dates }],
  });
  expect(page).toContain('Since the report of 2026-11-19, sessions brought rows for 2026-11-18.');
  expect(page).toContain(
    'After 2026-11-20, activity_log brought rows for 4 dates, 2026-11-10 to 2026-11-13',
  );
});

test('a segment tells how many were added and removed since the report before', () => {
  const table = { ...textTable(['x']), name: 'segment_x', changes: { added: 3, removed: 0 } };
  const page = (changes: { added: number; removed: number }) =>
    toHtml({ ...reportOf({ ...table, changes }), previous: '2026-11-19' });
  expect(page({ added: 3, removed: 0 })).toContain('Since 2026-11-19: 3 added, 0 removed');
  expect(page({ added: 0, removed: 0 })).toContain('The same as on 2026-11-19');
});

test('a section has its own columns, words for what is missing, and the newest first', () => {
  const section = {
    ...PLAIN,
    columns: ['event_date', 'feature_name'],
    missing: { feature_name: 'lifetime' },
    newest_first: 'event_date',
  };
  const table = everyType([{ ...EMPTY, event_date: '2026-11-01' }, FULL]);
  const page = toHtml(reportOf({ ...table, section }));
  expect([...page.matchAll(/<td[^>]*>(.*?)(?=<td|\n)/g)].map(([, cell]) => cell)).toEqual([
    '2026-11-20 <small>Fri</small>',
    '<bdi>csv_export</bdi>',
    '2026-11-01 <small>Sun</small>',
    'lifetime',
  ]);
});

test('of the newest first, numbers of any size go by their value, and what is missing comes last', () => {
  const section = { ...PLAIN, columns: ['sessions'], newest_first: 'sessions' };
  const values = [9, null, 10, 2n ** 60n, -1];
  const page = toHtml(
    reportOf({ ...everyType(values.map((sessions) => ({ ...EMPTY, sessions }))), section }),
  );
  expect([...page.matchAll(/<td[^>]*>(.*?)(?=<td|\n)/g)].map(([, cell]) => cell)).toEqual([
    '1,152,921,504,606,846,976',
    '10',
    '9',
    '−1',
    '–',
  ]);
});

test('a logo is in the page itself, and nothing but an image can be one', () => {
  const withLogo = (logo: string) => toHtml({ ...reportOf(), look: { ...LOOK, logo } });
  expect(withLogo('data:image/png;base64,AAAA')).toContain(
    '<img src="data:image/png;base64,AAAA" alt="" height="24">',
  );
  expect(() => withLogo('data:text/html;base64,AAAA')).toThrow('relative address');
});

test('one date makes no line, two dates make one', () => {
  const chart = { kind: 'lines', title: 'Sessions', x: 'event_date', y: { Sessions: 'sessions' } };
  const pageOf = (...dates: string[]) => {
    const table = everyType(dates.map((event_date) => ({ ...FULL, event_date })));
    return toHtml(reportOf({ ...table, section: sectionSchema.parse({ chart }) }));
  };
  expect(pageOf('2026-11-20')).not.toContain('<figure');
  expect(pageOf('2026-11-19', '2026-11-20')).toContain('<figure');
});

test('what columns mean and the SQL are in the page itself', () => {
  const page = toHtml(reportOf(everyType([FULL])));
  expect(page).toContain('<dt>sessions</dt><dd>how many (integer, sessions)</dd>');
  expect(dataIn(page)).toEqual([['select 1 < 2']]);
});
