import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Source } from '../../src/config/source.js';
import { openDuckdb } from '../../src/engine/duckdb/open.js';
import type { Engine } from '../../src/engine/engine.js';
import { DayfoldError } from '../../src/errors.js';
import type { Dialect } from '../../src/ingest/csv/dialect.js';
import type { Prepared } from '../../src/ingest/prepared.js';
import { mapNames } from '../../src/ingest/sql/raw.js';
import { query } from '../night/nights.js';
import { CSV, JSON_ARRAY, JSONL, useScratch } from './scratch.js';

const scratch = useScratch();

/** More of them in .ci/run. */
const RUNS = Number(process.env.DAYFOLD_FUZZ ?? 100);

let engine: Engine;
beforeAll(async () => {
  engine = await openDuckdb({
    threads: 1,
    memoryLimit: '256MB',
    scratch: scratch.folder(),
    readable: [],
  });
});
afterAll(() => engine.close());

/**
 * The records as the engine reads them from what was made ready for it, by line; of JSON, the text
 * of each.
 */
async function rowsOf(
  prepared: Prepared,
  format: Dialect['format'],
): Promise<Map<number, string[]>> {
  if (prepared.readable === 0) return new Map(); // the engine is not asked
  const source = { table: 't', format, columns: [], rows: null } as Partial<Source> as Source;
  const { read } = mapNames(source, prepared, 'the export');
  const rows = (await engine.sessions[0]?.rows(`select * from (${read})`)) ?? [];
  const byLine = rows.map(({ line, ...values }, i): [number, string[]] => [
    line === null ? prepared.firstLine + i : Number(line),
    Object.values(values).map((text) => String(text ?? '')),
  ]);
  expect(byLine.length).toBe(prepared.readable);
  return new Map(byLine);
}

interface Written {
  readonly content: Buffer;
  readonly dialect: Dialect;
  readonly rows: readonly (readonly string[])[];
  /** the text of each row, without the end of its line */
  readonly records: readonly string[];
  /** the file with other records, its dialect told */
  withRecords(records: readonly string[]): { readonly content: Buffer; readonly dialect: Dialect };
  /** lines before the first record */
  readonly before: number;
}

const NAMES = ['user_id', 'note', 'at'];
const value = fc.string({
  unit: fc.constantFrom('a', 'Z', '0', ' ', ',', ';', '|', '"', "'", '\\', '\n', 'é', 'ß'),
  maxLength: 6,
});

/**
 * A table of texts, written in some dialect and encoding of which nothing is told but what cannot
 * be found out.
 */
const written: fc.Arbitrary<Written> = fc
  .record({
    rows: fc.array(fc.tuple(value, value, value), { maxLength: 8 }),
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    quote: fc.constantFrom('"' as const, "'" as const),
    escape: fc.constantFrom('doubled' as const, 'backslash' as const),
    newline: fc.constantFrom('\n', '\r\n'),
    encoding: fc.constantFrom('utf-8', 'utf-16le', 'windows-1252'),
    preamble: fc.constantFrom('', 'a report of ours\n'),
    trailing: fc.boolean(),
  })
  .map(({ rows, delimiter, quote, escape: how, newline, encoding, preamble, trailing }) => {
    const quoted = (text: string) =>
      how === 'doubled'
        ? quote + text.replaceAll(quote, quote + quote) + quote
        : quote + text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`) + quote;
    const record = (values: readonly string[]) =>
      values.map(quoted).join(delimiter) + (trailing ? delimiter : '');
    const header = record(NAMES) + newline;
    const bytesOf = (records: readonly string[]) => {
      const text = preamble + header + records.map((each) => each + newline).join('');
      return encoding === 'utf-16le'
        ? Buffer.from(`\ufeff${text}`, 'utf16le')
        : Buffer.from(text, encoding === 'utf-8' ? 'utf8' : 'latin1');
    };
    const columns = NAMES.map((name) => ({
      name,
      type: 'text' as const,
      from: [name],
      required: true,
    }));
    const dialect = {
      ...CSV,
      columns,
      escape: how,
      encoding: encoding === 'windows-1252' ? encoding : null,
    };
    const records = rows.map(record);
    const withRecords = (others: readonly string[]) => ({
      content: bytesOf(others),
      dialect: { ...dialect, delimiter, quote },
    });
    return {
      content: bytesOf(records),
      rows,
      records,
      dialect,
      withRecords,
      before: preamble === '' ? 1 : 2,
    };
  });

/** Where bytes are changed, and by what: flipped, cut, inserted or doubled. */
const mutations = fc.array(
  fc.record({
    at: fc.nat(),
    change: fc.constantFrom<(bytes: Buffer, at: number) => Buffer>(
      (bytes, at) =>
        Buffer.concat([
          bytes.subarray(0, at),
          Buffer.of((bytes[at] ?? 0) ^ 0x21),
          bytes.subarray(at + 1),
        ]),
      (bytes, at) => bytes.subarray(0, at),
      (bytes, at) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 3)]),
      (bytes, at) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - 9))]),
      ...['"', '\r', '\n', '\0', '\xff', '\\', ',', '"\n"'].map(
        (text) => (bytes: Buffer, at: number) =>
          Buffer.concat([bytes.subarray(0, at), Buffer.from(text, 'latin1'), bytes.subarray(at)]),
      ),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);
type Mutations = typeof mutations extends fc.Arbitrary<infer T> ? T : never;

const mutate = (content: Buffer, changes: Mutations) =>
  changes.reduce((bytes, { at, change }) => change(bytes, at % (bytes.length + 1)), content);

/** Every record is accounted for, or the export is refused with a message. */
async function expectAccounted(content: Buffer, dialect: Dialect): Promise<void> {
  const read = await scratch.read(content, dialect, { chunk: 64 }).catch((error: unknown) => error);
  if (read instanceof Error) {
    expect(read).toBeInstanceOf(DayfoldError);
    return;
  }
  const { prepared, rows, refused } = read as Awaited<ReturnType<typeof scratch.read>>;
  expect(prepared.records).toBe(prepared.readable + prepared.refused);
  expect(refused.length).toBe(prepared.refused);
  if (prepared.rewritten) expect(rows.length).toBe(prepared.readable);
  await rowsOf(prepared, dialect.format);
}

test('a table in any dialect and encoding comes out as it was', async () => {
  await fc.assert(
    fc.asyncProperty(written, async ({ content, dialect, rows }) => {
      const read = await scratch.read(content, dialect, { chunk: 64 });
      expect(read.refused).toEqual([]);
      expect(read.prepared.records).toBe(rows.length);
      const found = await rowsOf(read.prepared, 'csv');
      expect([...found.values()].map((row) => row.slice(0, NAMES.length))).toEqual(rows);
    }),
    { numRuns: RUNS, seed: 6 },
  );
});

/** What of a text is neither a mark nor a blank. */
const letters = (text: string) => text.replace(/[^\p{L}\d]/gu, '');

test('a record that is broken, wherever and however, leaves all others as they were, or in the quarantine with it', async () => {
  const damage = fc.record({
    which: fc.nat(),
    at: fc.nat(),
    text: fc.constantFrom('"', "'", '\\', ',', ';', '|', '\t', '\n', '\r', '\0', 'x', ''),
    cut: fc.nat(2),
  });
  // one record alone, cut in two, is a file whose records all lack a field, which is refused
  const told = fc.tuple(written, damage).filter(([{ records }]) => records.length > 1);
  await fc.assert(
    fc.asyncProperty(
      told,
      async ([{ rows, records, withRecords, before }, { which, at, text, cut }]) => {
        const damaged = which % records.length;
        const whole = records[damaged] ?? '';
        const place = at % (whole.length + 1);
        const broken = whole.slice(0, place) + text + whole.slice(place + cut);
        const all = records.with(damaged, broken);
        const { content, dialect } = withRecords(all);
        const read = await scratch.read(content, dialect, { chunk: 64 });
        expect(read.prepared.records).toBe(read.prepared.readable + read.prepared.refused);
        const found = await rowsOf(read.prepared, 'csv');
        const refused = read.refused.map(([line, , , raw]) => [Number(line), raw ?? ''] as const);
        const taken: string[] = [];
        let line = before + 1;
        let start = line;
        for (const [i, record] of all.entries()) {
          const own = line;
          line += 1 + record.split('\n').length - 1;
          if (i === damaged) {
            start = own;
            continue;
          }
          const row = found.get(own);
          found.delete(own);
          if (row !== undefined) {
            expect(row.slice(0, NAMES.length)).toEqual(rows[i]);
            continue;
          }
          taken.push(record);
        }
        // where a quote stays open nobody can tell whose the next lines are: their text is kept, if
        // in other pieces
        const kept = letters([...refused, ...found].map(([, text]) => text).join(''));
        for (const record of taken) expect(kept).toContain(letters(record));
        for (const at of found.keys()) expect(at).toBeGreaterThanOrEqual(start); // made of the broken one
      },
    ),
    { numRuns: RUNS, seed: 10 },
  );
});

test('a broken table is accounted for, record by record, or refused', async () => {
  await fc.assert(
    fc.asyncProperty(written, mutations, ({ content, dialect }, changes) =>
      expectAccounted(mutate(content, changes), dialect),
    ),
    { numRuns: RUNS, seed: 7 },
  );
});

test('so are broken JSON Lines, and a broken array', async () => {
  const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(objects, mutations, fc.boolean(), (values, changes, isArray) => {
      const text = isArray
        ? JSON.stringify(values, null, 1)
        : values.map((each) => JSON.stringify(each)).join('\n');
      return expectAccounted(mutate(Buffer.from(text), changes), isArray ? JSON_ARRAY : JSONL);
    }),
    { numRuns: RUNS, seed: 8 },
  );
});

test('a broken Parquet file is refused, or has the rows that its footer counts', async () => {
  const file = `${scratch.folder()}/sound.parquet`;
  await query(
    `copy (select i as user_id, 'text ' || i % 7 as note, timestamp '2026-03-01' + to_seconds(i) as at, {'a': [i]} as x from range(300) t(i)) to '${file}' (format parquet, row_group_size 100)`,
  );
  const sound = readFileSync(file);
  await fc.assert(
    fc.asyncProperty(mutations, (changes) =>
      expectAccounted(mutate(sound, changes), { ...CSV, format: 'parquet' }),
    ),
    { numRuns: Math.ceil(RUNS / 4), seed: 9 },
  );
});
