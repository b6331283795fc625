import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Dialect } from '../../src/ingest/csv/dialect.js';
import { LIMITS, type Limits } from '../../src/ingest/limits.js';
import { prepare } from '../../src/ingest/prepare.js';
import type { Prepared } from '../../src/ingest/prepared.js';
import { QuarantineFile } from '../../src/ingest/quarantine.js';

export const CSV: Dialect = {
  format: 'csv',
  encoding: null,
  delimiter: null,
  quote: null,
  escape: null,
  header: null,
  header_rows: 1,
  rows_at: null,
  totals: 0,
  columns: [],
  rows: null,
};
export const JSONL: Dialect = { ...CSV, format: 'jsonl' };
export const JSON_ARRAY: Dialect = { ...CSV, format: 'json' };

/** A table whose header is known by these names. */
export const withColumns = (...names: string[]): Dialect => ({
  ...CSV,
  columns: names.map((name) => ({ name, type: 'text', from: [name], required: true })),
});

/** Canonical CSV read back by other means than our own: null for an empty field without quotes. */
export function parseCanonical(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let rest = text;
  let row: (string | null)[] = [];
  while (rest !== '') {
    const quoted = /^"((?:[^"]|"")*)"/.exec(rest);
    row.push(quoted ? (quoted[1] as string).replaceAll('""', '"') : null);
    rest = rest.slice(quoted ? quoted[0].length : 0);
    if (rest[0] === '\n') {
      rows.push(row);
      row = [];
    } else if (rest[0] !== ',')
      throw new Error(`not canonical: ${JSON.stringify(rest.slice(0, 40))}`);
    rest = rest.slice(1);
  }
  if (row.length > 0) throw new Error('not canonical: the last line has no end');
  return rows;
}

export interface Reading {
  readonly prepared: Prepared;
  /** Rows of a rewritten file; empty for a simple one. */
  readonly rows: (string | null)[][];
  /** [line, rule, value, raw] of each refused record. */
  readonly refused: (string | null)[][];
}

/** A folder for the tests of one file, and how to prepare a content in it. */
export function useScratch() {
  let folder = '';
  let count = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dayfold-ingest-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const read = async (
    content: string | Uint8Array,
    dialect = CSV,
    limits: Partial<Limits> = {},
  ): Promise<Reading> => {
    const scratch = mkdtempSync(join(folder, `${count++}-`));
    const file = { path: join(scratch, 'export'), name: 'the export' };
    writeFileSync(file.path, content);
    const quarantine = new QuarantineFile(join(scratch, 'quarantine.csv'));
    const prepared = await prepare(
      file,
      dialect,
      { scratch, quarantine },
      { ...LIMITS, ...limits },
    );
    quarantine.close();
    const rows = prepared.rewritten ? parseCanonical(readFileSync(prepared.path, 'utf8')) : [];
    const refused = parseCanonical(readFileSync(quarantine.path, 'utf8'));
    return { prepared, rows, refused: refused.map((entry) => entry.filter((_, at) => at !== 2)) };
  };
  return { read, folder: () => folder };
}
