import * as fs from 'node:fs/promises';
import path from 'node:path';
import { JSDOM } from 'jsdom';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Section } from '../../src/model/section.js';
import type { Deployment, Row } from '../night/nights.js';
import { query, useDeployments } from '../night/nights.js';
import { AS_OF, NAUGHTY, writeNaughty } from './proof.js';
import { SAID } from './said.js';
import { holds, shows, strangers } from './shown.js';

const { deploy } = useDeployments('all');
let deployment: Deployment;
let page: Document;
const folder = () => path.join(deployment.output.folder, 'latest/reports', AS_OF);
const rowsOf = (name: string): Promise<Row[]> =>
  query(`from '${path.join(folder(), `${name}.parquet`)}'`);
const names: string[] = [];

beforeAll(async () => {
  deployment = await deploy({
    tables: { sessions: { columns: { session_id: { type: 'text' } } } },
  });
  await writeNaughty(deployment.exports.folder);
  // one row refused, and one that is there twice
  await fs.appendFile(
    path.join(deployment.exports.folder, `activity_log/activity_log_${AS_OF}.csv`),
    `7,login,never\n8,login,${AS_OF} 09:00:00\n8,login,${AS_OF} 09:00:00\n`,
  );
  await deployment.night(['2026-11-19', AS_OF]);
  const text = await fs.readFile(path.join(folder(), 'report.html'), 'utf8');
  const { window } = new JSDOM(text, { runScripts: 'outside-only' });
  page = window.document;
  // the script shows all rows that the page holds; jsdom runs no modules, and inflates nothing
  Object.assign(window, { Blob, Response, DecompressionStream });
  await window.eval(`(async () => {${page.querySelector('script[type=module]')?.textContent}})()`);
  names.push(...[...page.querySelectorAll('section.card[id]')].map(({ id }) => id));
});

test('the page has all of its sections', () => {
  expect(names).toHaveLength(22);
});

test("every number of every section's table is the Parquet's, and so is the number of rows", async () => {
  for (const name of names) {
    const rows = await rowsOf(name);
    const table = page.querySelector(`[id="${name}"] > .scroll table`);
    const said =
      page.querySelector(`[id="${name}"] > .more:has([href="${name}.csv"])`)?.textContent ?? '';
    const other = page.querySelector(`[id="${name}"] > .more > a[href^="#segment_"]`);
    if (other !== null) {
      const keys = async (of: string) => (await rowsOf(of)).map((row) => row.user_id).sort();
      expect([name, await keys(name)]).toEqual([
        name,
        await keys((other.getAttribute('href') ?? '').slice(1)),
      ]);
      continue;
    }
    if (table === null) {
      expect([name, rows.length, said]).toEqual([
        name,
        0,
        'No rows. The empty table as CSV, Parquet or Arrow.',
      ]);
      continue;
    }
    const shown = table.querySelectorAll('tbody tr').length;
    expect([name, strangers(table, rows)]).toEqual([name, { rows: shown, strangers: [] }]);
    const counts =
      rows.length > shown
        ? `${shown} of ${rows.length} rows here; all`
        : `${rows.length} row${rows.length === 1 ? '' : 's'}; also`;
    expect(said).toBe(`${counts} as CSV, Parquet or Arrow.`);
  }
});

interface Chart {
  readonly name: string;
  readonly figure: Element;
  readonly spec: Extract<Section['chart'], object>;
  /** those that it shows */
  readonly rows: readonly Row[];
}

async function charts(): Promise<Chart[]> {
  const found: Chart[] = [];
  for (const name of names) {
    const figure = page.querySelector(`[id="${name}"] figure`);
    if (figure === null) continue;
    const { chart: spec } = parse(await fs.readFile(`jobs/report/${name}.yaml`, 'utf8')) as {
      chart: Chart['spec'];
    };
    const chosen: Row = { window_days: 30, has_data: true };
    const rows = await rowsOf(spec.data ?? name);
    const where = Object.keys(spec.where ?? {});
    found.push({
      name,
      figure,
      spec,
      rows: rows.filter((row) => where.every((key) => row[key] === chosen[key])),
    });
  }
  return found;
}

test("every number of every chart's table is the Parquet's, and no row is missing", async () => {
  const tables = (await charts()).flatMap(({ name, figure, rows }) => {
    const table = figure.querySelector('details table');
    return table === null ? [] : [{ name, rows, table }];
  });
  expect(tables.length).toBeGreaterThan(2);
  for (const { name, rows, table } of tables) {
    expect([name, strangers(table, rows)]).toEqual([name, { rows: rows.length, strangers: [] }]);
  }
});

/** The columns that are told on hovering, for each thing drawn of a row. */
function titled(spec: Chart['spec']): string[][] {
  switch (spec.kind) {
    case 'histogram':
      return [[spec.from, spec.to, spec.y]];
    case 'lines':
      return [[spec.x, ...Object.values(spec.y)]];
    case 'stack':
      return Object.values({ ...spec.up, ...spec.down }).map((part) => [spec.x, part]);
    case 'trend':
    case 'calendar':
      return [[spec.x, spec.y]];
    default:
      return [];
  }
}

test("every number drawn beside a bar or a dot, or told on hovering, is the Parquet's", async () => {
  for (const { name, figure, spec, rows } of await charts()) {
    const titles = [...figure.querySelectorAll('svg title')].map(({ textContent }) =>
      (textContent ?? '').split(' – '),
    );
    const columns = titled(spec);
    const is = (text: string, value: Row[string] | undefined) =>
      typeof value === 'number' ? shows(text, value) : text === (value ?? '–');
    const unknown = titles.filter(
      (parts) =>
        !columns.some((names) =>
          rows.some((row) => parts.every((part, i) => is(part, row[names[i] ?? '']))),
        ),
    );
    expect([name, unknown]).toEqual([name, []]);
    const parts = rows.flatMap((row) => columns.filter(([, part = '']) => Number(row[part]) > 0));
    expect([name, titles.length]).toEqual([
      name,
      spec.kind === 'stack' ? parts.length : columns.length * rows.length,
    ]);
    if (spec.kind !== 'bars') continue;
    const [wide] = figure.querySelectorAll('svg');
    const texts = [...(wide?.querySelectorAll('text') ?? [])].map(
      ({ textContent }) => textContent ?? '',
    );
    const { before = '' } = spec;
    expect(texts).toEqual([
      ...rows.map((row) => String(row[spec.label])),
      ...rows.map(
        (row) => `${row[spec.y]}${row[before] === null ? '' : ` · ${row[before]} before`}`,
      ),
    ]);
  }
});

test("what a chart says to those who do not see it is the Parquet's", async () => {
  for (const { name, figure, spec, rows } of await charts()) {
    const words = figure.querySelector('[role=img]')?.getAttribute('aria-label') ?? '';
    if (spec.kind === 'cohorts') continue;
    const told = (pattern: RegExp) => pattern.exec(words)?.slice(1) ?? [];
    const most = (column: string, sign = 1) =>
      Math.max(...rows.map((row) => sign * Number(row[column]))) * sign;
    if (spec.kind === 'trend' || spec.kind === 'calendar') {
      const byDate = rows.toSorted((one, other) =>
        String(one[spec.x]) < String(other[spec.x]) ? -1 : 1,
      );
      const on = (y: number) => byDate.find((row) => row[spec.y] === y)?.[spec.x];
      const [high, low] = [most(spec.y), most(spec.y, -1)];
      const expected = [
        byDate[0]?.[spec.x],
        byDate.at(-1)?.[spec.x],
        high,
        on(high),
        low,
        on(low),
        byDate.at(-1)?.[spec.y],
      ];
      const pattern =
        /, (.*) to (.*)\. Highest: (.*) on (.*)\. Lowest: (.*) on (.*)\. Latest: (.*)\.$/;
      expect([name, ...told(pattern)]).toEqual([name, ...expected.map(String)]);
    } else if (spec.kind === 'lines' || spec.kind === 'stack') {
      const parts = Object.entries(spec.kind === 'lines' ? spec.y : { ...spec.up, ...spec.down });
      for (const [label, column] of parts) {
        const newest = rows.findLast((row) => row[column] !== null);
        const [value = '', date] = told(new RegExp(`${label} (.*?)(?: on (\\S+?))?[;.]`));
        if (newest === undefined) expect([label, value]).toEqual([label, 'none']);
        else
          expect([label, shows(value, Number(newest[column])), date]).toEqual([
            label,
            true,
            newest[spec.x],
          ]);
      }
    } else if (spec.kind === 'bars') {
      const bars = rows.map((row) => {
        const earlier = row[spec.before ?? ''] ?? null;
        return `${row[spec.label]} ${row[spec.y]}${earlier === null ? '' : ` (before: ${earlier})`}`;
      });
      expect(words).toBe(`Bars, the first ${rows.length} of ${rows.length}: ${bars.join('; ')}.`);
    } else {
      const isHistogram = spec.kind === 'histogram';
      const columns = isHistogram
        ? [spec.y, spec.from, spec.to]
        : [spec.size, ...spec.x, ...spec.y];
      const largest = rows.find((row) => row[columns[0] ?? ''] === most(columns[0] ?? ''));
      const values = columns.map((column) => Number(largest?.[column]));
      const texts = isHistogram
        ? told(/Most, (.*), lie at (.*?) to (.*?)\./)
        : told(/Most, (.*), lie at (.*) to (.*), and (.*) to (.*)\.$/);
      const [steps, first] = [...told(/ in (\d+) /), ...told(/steps, from (.*) on\./)];
      expect([name, texts.map((text, i) => shows(text, values[i] as number))]).toEqual([
        name,
        values.map(() => true),
      ]);
      expect(Number(steps)).toBe(rows.length);
      if (isHistogram) expect(shows(first ?? '', Number(rows[0]?.[spec.from]))).toBe(true);
    }
  }
});

test.each(Object.entries(SAID))(
  "the sentence of %s says the Parquet's numbers and names",
  async (name, select) => {
    const answer = page.querySelector(`[id="${name}"] .answer`);
    const facts = [...(answer?.querySelectorAll<HTMLDataElement>('data, time, bdi') ?? [])];
    const [row] = await query(
      `with report as (from '${path.join(folder(), `${name}.parquet`)}') ${select}`,
    );
    const values = JSON.parse(String(row?.said)) as (string | number)[];
    expect(facts).toHaveLength(values.length);
    for (const [i, fact] of facts.entries()) {
      const value = values[i] ?? null;
      const text = fact.textContent ?? '';
      if (fact.tagName !== 'DATA') expect(text).toBe(String(value));
      else {
        expect(Number(fact.value)).toBeCloseTo(Number(value), 6);
        expect([text, value, shows(text, Number(value))]).toEqual([text, value, true]);
      }
    }
    expect(page.querySelector(`.contents a[href="#${name}"] + span`)?.innerHTML).toBe(
      answer?.innerHTML,
    );
  },
);

test("the headline numbers, their changes and what they are compared with are the Parquet's", async () => {
  const today = (await rowsOf('headline')).filter((row) => row.event_date === AS_OF);
  const tiles = [...page.querySelectorAll('.tile')];
  expect(tiles).toHaveLength(5);
  for (const [i, tile] of tiles.entries()) {
    const row = today[i] ?? {};
    const data = tile.querySelector('data');
    expect([data?.dataset.metric, Number(data?.value)]).toEqual([row.metric, row.value]);
    const [week, level] = [...tile.querySelectorAll('.change')].map((line) => [
      line.querySelector('strong')?.lastChild?.textContent?.trim() ?? '',
      line.lastElementChild?.textContent ?? '',
    ]);
    const [, before = ''] = /^against (.*) on the .* before$/.exec(week?.[1] ?? '') ?? [];
    // forty days of data are too few for four weeks against four
    const [, mean, since] = /^(.*) on average; data since (.*)$/.exec(level?.[1] ?? '') ?? [];
    expect([row.level_change_percent, row.previous_level, since]).toEqual([
      null,
      null,
      row.data_begin_date,
    ]);
    const texts = [data?.textContent, week?.[0], before, mean];
    const values = [row.value, row.week_change_percent, row.week_before, row.level];
    expect(texts.map((text, at) => [text, shows(text ?? '', Number(values[at]))])).toEqual(
      texts.map((text) => [text, true]),
    );
  }
});

test("the headline numbers day by day are the Parquet's", async () => {
  const rows = await rowsOf('headline');
  const metrics = [
    'active_users',
    'activities',
    'sessions',
    'average_session_seconds',
    'tickets_created',
  ];
  const days = [...page.querySelectorAll('.headline tbody tr')];
  expect(days.length).toBe(30);
  for (const day of days) {
    const [date, ...cells] = [...day.querySelectorAll('td')];
    for (const [i, metric] of metrics.entries()) {
      const row = rows.find(
        (each) =>
          each.metric === metric && each.event_date === date?.firstChild?.textContent?.trim(),
      );
      expect([metric, date?.textContent, holds(cells[i] as HTMLElement, row?.value)]).toEqual([
        metric,
        date?.textContent,
        true,
      ]);
    }
  }
});

const isDated = (table: string) => table !== 'support_tickets' && table !== 'users';

/** Rows of the main files, and the strays that count. */
async function countStaged(table: string): Promise<number> {
  const of = (await deployment.release()).of(`staged/${table}`);
  let rows = 0;
  for (const { objects, slices = [] } of of) {
    for (const { key, sha256, rows: all } of objects) {
      const isMain = !isDated(table) || slices.some(({ main }) => main === sha256);
      const [found] = isMain
        ? [{ rows: all }]
        : await deployment.read([key], 'count(*) as rows', 'where counts');
      rows += Number(found?.rows ?? 0);
    }
  }
  return rows;
}

async function countRows(table: string): Promise<number> {
  return Number((await deployment.rows(table, 'count(*) as rows'))[0]?.rows ?? 0);
}

test('the ledger is what is in the exports, the staged, clean and quarantined Parquet', async () => {
  const totals = [0, 0, 0, 0, 0];
  const undated: string[] = [];
  for (const line of page.querySelectorAll('.quality tbody tr')) {
    const table = line.querySelector('th')?.textContent ?? '';
    const cells = [...line.querySelectorAll('td')].map(({ textContent }) =>
      textContent === '–' ? null : (textContent ?? '').replaceAll(',', ''),
    );
    const [newest, rules] = cells.splice(6);
    let lines = 0;
    for await (const { key } of deployment.exports.list(`${table}/`))
      lines +=
        ((await deployment.exports.read(key))?.toString().trimEnd().split('\n').length ?? 1) - 1;
    const refused = (await deployment.quarantined(table)).length;
    const [staged, kept] = [await countStaged(table), await countRows(`clean/${table}`)];
    const repeated = lines - refused - staged;
    const ofDates = isDated(table) ? [kept, staged - kept] : [null, null];
    const expected = [lines, ...ofDates, repeated, refused].map((value) =>
      value === null ? null : String(value),
    );
    expect([table, ...cells.slice(0, 5)]).toEqual([table, ...expected]);
    expect(newest).toBe(lines === 0 ? null : AS_OF);
    expect(rules).toBe(refused === 0 ? null : `activity_at_not_a_timestamp ${refused}`);
    if (!isDated(table) && lines > 0) undated.push(table);
    const summed = isDated(table) ? [lines, kept, staged - kept, repeated, refused] : [];
    for (const [i, amount] of summed.entries()) totals[i] = (totals[i] ?? 0) + amount;
  }
  const [read = 0, kept = 0, duplicates = 0, repeated = 0, quarantined = 0] = totals;
  expect(kept + duplicates + repeated + quarantined).toBe(read);
  expect([duplicates, repeated, quarantined]).toEqual([0, 1, 1]);
  const others = undated.length === 0 ? '' : ` (without ${undated.join(' and ')})`;
  const json = await deployment.output.read(`latest/reports/${AS_OF}/report.json`);
  const { checks } = JSON.parse(String(json));
  expect(page.querySelector('.quality summary')?.textContent?.replace(/\s+/g, ' ')).toBe(
    `Data quality: ${read} records read = ${kept} kept + ${duplicates} duplicates + ${repeated} repeated + ${quarantined} quarantined${others}; newest exports ${AS_OF}; all ${checks.length} checks hold`,
  );
});

test("how many are new in a segment, and how many are gone, is the files'", async () => {
  const segments = names.filter((name) => name.startsWith('segment_'));
  expect(segments).toHaveLength(4);
  for (const name of segments) {
    const file = path.join(folder(), `${name}_changes.csv`);
    const changes = await query(`from read_csv('${file}', all_varchar = true, header = true)`);
    const count = (change: string) => changes.filter((row) => row.change === change).length;
    const words =
      changes.length === 0
        ? 'The same as on 2026-11-19 (CSV).'
        : `Since 2026-11-19: ${count('added')} added, ${count('removed')} removed (CSV).`;
    expect(page.querySelector(`[id="${name}"] > .more`)?.textContent).toBe(words);
  }
});

test('no number is anywhere else', () => {
  const rest = page.body.cloneNode(true) as HTMLElement;
  const compared = [
    '.scroll',
    '.answer',
    '.contents li span',
    '.tiles',
    '.quality',
    '.more',
    '[role=img]',
    'figcaption',
    '.tools',
    '.legend',
  ];
  const written = ['header', '.notes', 'noscript', 'pre', 'dl', 'script', 'footer'];
  for (const each of rest.querySelectorAll([...compared, ...written].join(', '))) each.remove();
  expect(rest.textContent).toContain('Which features are used most');
  expect(rest.textContent?.match(/\S*\d\S*/g)).toBeNull();
});

test('naughty names are text, shortened where they are long', () => {
  const text = page.querySelector('#top_features .scroll')?.textContent ?? '';
  expect(
    NAUGHTY.some(
      (name) =>
        text.includes(name.toLowerCase().slice(0, 100)) || text.includes(name.slice(0, 100)),
    ),
  ).toBe(true);
  expect(page.querySelectorAll('script[type=module]')).toHaveLength(1);
  expect(page.querySelector('img')).toBeNull();
});

test('a missing date is said', () => {
  expect(page.querySelector('.notes')?.textContent).toContain('no export for 2026-11-01');
});

describe('a table for a spreadsheet', () => {
  test('has no text that begins a formula, while its Parquet keeps the text', async () => {
    const isFormula = (value: unknown) => typeof value === 'string' && /^[=+\-@\t\r\n]/.test(value);
    const guarded: string[] = [];
    for (const name of names) {
      const file = path.join(folder(), name);
      const csv = await query(`from read_csv('${file}.csv', all_varchar = true, header = true)`);
      const kept = await rowsOf(name);
      const texts = await query(
        `select column_name from (describe from '${file}.parquet') where column_type = 'VARCHAR' order by all`,
      );
      for (const column of texts.map((row) => String(row.column_name))) {
        expect([name, csv.filter((row) => isFormula(row[column]))]).toEqual([name, []]);
        const expected = kept.map((row) =>
          isFormula(row[column]) ? `'${row[column]}` : row[column],
        );
        expect([name, csv.map((row) => row[column])]).toEqual([name, expected]);
        if (kept.some((row) => isFormula(row[column]))) guarded.push(name);
      }
    }
    expect(guarded).toEqual(['top_features', 'segment_invest_features']);
  });
});

describe('a segment', () => {
  test('tells who was added and removed since the day before', async () => {
    for (const name of names.filter((each) => each.startsWith('segment_'))) {
      const key = name === 'segment_invest_features' ? 'feature_name' : 'user_id';
      const keys = async (date: string) => {
        const file = path.join(folder(), '..', date, `${name}.parquet`);
        return new Set((await query(`from '${file}'`)).map((row) => String(row[key])));
      };
      const [before, now] = [await keys('2026-11-19'), await keys(AS_OF)];
      const changes = await query(
        `from read_csv('${path.join(folder(), `${name}_changes.csv`)}', all_varchar = true, header = true)`,
      );
      const changed = (change: string) =>
        changes
          .filter((row) => row.change === change)
          .map((row) => String(row[key]).replace(/^'/, ''));
      expect(new Set(changed('added'))).toEqual(
        new Set([...now].filter((each) => !before.has(each))),
      );
      expect(new Set(changed('removed'))).toEqual(
        new Set([...before].filter((each) => !now.has(each))),
      );
    }
  });
});
