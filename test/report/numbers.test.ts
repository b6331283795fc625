import * as fs from 'node:fs/promises';
import path from 'node:path';
import { JSDOM } from 'jsdom';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Deployment, Row } from '../pipeline/nights.js';
import { query, useDeployments } from '../pipeline/nights.js';
import { AS_OF, NAUGHTY, writeNaughty } from './proof.js';

const { deploy } = useDeployments();
let deployment: Deployment;
let page: Document;
const folder = () => path.join(deployment.output.folder, 'latest/reports', AS_OF);
const rowsOf = (name: string): Promise<Row[]> => query(`from '${path.join(folder(), `${name}.parquet`)}'`);
const names: string[] = [];

beforeAll(async () => {
  deployment = await deploy({ tables: { sessions: { columns: { session_id: { type: 'text' } } } } });
  await writeNaughty(deployment.exports.folder);
  await deployment.night(['2026-11-19', AS_OF]);
  page = new JSDOM(await fs.readFile(path.join(folder(), 'report.html'), 'utf8')).window.document;
  names.push(...[...page.querySelectorAll('section.card[id]')].map(({ id }) => id));
});

/** Rows of a table of the page by the names of their columns, each cell as the exact value it stands for. */
function parsed(table: Element, columns: readonly string[]): Row[] {
  return [...table.querySelectorAll('tbody tr')].map((row) => {
    const cells = [...row.querySelectorAll('td')].map((cell, i): [string, Row[string]] => {
      const exact = (cell as HTMLElement).dataset.v;
      const text = exact ?? cell.firstChild?.textContent?.trim() ?? '';
      const isNumber = cell.className === 'n' || /^\d{1,15}$/.test(text);
      const missing = text === '–' || exact === '';
      return [columns[i] ?? '', missing ? null : isNumber ? Number(text.replace('−', '-')) : text];
    });
    return Object.fromEntries(cells);
  });
}

function headings(table: Element, id: string): string[] {
  const all = [...page.querySelectorAll(`[id="${id}"] dl code`)].map((code) => code.textContent ?? '');
  const shown = [...table.querySelectorAll('thead th')].map((heading) => heading.childNodes[0]?.textContent);
  return shown.map((words) => all.find((name) => label(name) === words) ?? `? ${words}`);
}

function label(name: string): string {
  const words = name
    .replace(/_seconds(?=_|$)/, '')
    .replace(/_id$/, ' ID')
    .replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const shortened = (value: Row[string] | undefined) =>
  typeof value === 'string' && value.length > 120
    ? `${value.slice(0, 120)}…`
    : typeof value === 'boolean'
      ? value
        ? 'yes'
        : 'no'
      : value;

test('the page has its sixteen sections', () => {
  expect(names).toHaveLength(16);
});

test("every number of every section's table is the Parquet's", async () => {
  let compared = 0;
  for (const name of names) {
    const table = page.querySelector(`[id="${name}"] > .scroll table`);
    if (table === null) continue;
    const columns = headings(table, name);
    const rows = await rowsOf(name);
    for (const row of parsed(table, columns)) {
      const found = rows.find((each) =>
        columns.every((column) => String(shortened(each[column] ?? null)) === String(row[column])),
      );
      expect(found, `${name}: ${JSON.stringify(row).slice(0, 500)}`).toBeDefined();
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(100);
});

test("the headline numbers are the Parquet's", async () => {
  const today = (await rowsOf('headline')).filter((row) => row.event_date === AS_OF);
  const shown = [...page.querySelectorAll<HTMLDataElement>('.tile data')];
  expect(shown.map((data) => [data.dataset.metric, Number(data.value)])).toEqual(
    today.map((row) => [row.metric, row.value]),
  );
});

test('naughty names are text, shortened where they are long', () => {
  const text = page.querySelector('#top_features .scroll')?.textContent ?? '';
  expect(
    NAUGHTY.some((name) => text.includes(name.toLowerCase().slice(0, 100)) || text.includes(name.slice(0, 100))),
  ).toBe(true);
  expect(page.querySelectorAll('script')).toHaveLength(1);
  expect(page.querySelector('img')).toBeNull();
});

test('a missing date is said', () => {
  expect(page.querySelector('.notes')?.textContent).toContain('no export for 2026-11-01');
});

describe('a segment for a spreadsheet', () => {
  test('has no cell that begins a formula, while its Parquet keeps the text', async () => {
    const csv = await query(
      `from read_csv('${path.join(folder(), 'segment_invest_features.csv')}', all_varchar = true, header = true)`,
    );
    const texts = csv.map((row) => String(row.feature_name));
    const kept = (await rowsOf('segment_invest_features')).map((row) => String(row.feature_name));
    expect(texts.filter((text) => /^[=+\-@\t\r]/.test(text))).toEqual([]);
    expect(texts.map((text) => text.replace(/^'(?=[=+\-@\t\r])/, ''))).toEqual(kept);
  });

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
        changes.filter((row) => row.change === change).map((row) => String(row[key]).replace(/^'/, ''));
      expect(new Set(changed('added'))).toEqual(new Set([...now].filter((each) => !before.has(each))));
      expect(new Set(changed('removed'))).toEqual(new Set([...before].filter((each) => !now.has(each))));
    }
  });
});
