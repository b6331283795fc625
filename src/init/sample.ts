import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { openDuckdb } from '../engine/duckdb/open.js';
import { quote, type Session } from '../engine/engine.js';
import { DataError } from '../errors.js';
import { csvGrammar, type Dialect } from '../ingest/csv/dialect.js';
import { fieldTexts } from '../ingest/csv/fields.js';
import { recognise } from '../ingest/csv/recognise.js';
import { RecordReader } from '../ingest/csv/records.js';
import { openingBytes } from '../ingest/export_file.js';
import { linesOfArray } from '../ingest/json/array.js';
import { LIMITS } from '../ingest/limits.js';
import { unpack } from '../ingest/packing/unpack.js';
import { decode, type Text } from '../ingest/text/decode.js';
import { newlineOf } from '../ingest/text/newline.js';

/** The first records of an export as text, and how they are written. */
export interface Sample {
  readonly format: Dialect['format'];
  /** null: UTF-8, or as the byte order mark says */
  readonly encoding: string | null;
  /** of CSV */
  readonly delimiter: string | undefined;
  /** values by column; of JSON the names of values within objects are joined by points */
  readonly columns: ReadonlyMap<string, readonly (string | null)[]>;
  readonly records: number;
}

/** At most this many records are read. */
const RECORDS = 20_000;
const OPENING = 1 << 20;

/**
 * Reads the first records of an export, whatever it is. @throws DataError when it is none that
 * Dayfold reads
 */
export async function sampleOf(file: string, key: string, scratch: string): Promise<Sample> {
  const { files } = await unpack(file, scratch, key, LIMITS);
  const [plain] = files;
  if (plain === undefined)
    throw new DataError(`${key}: expected a file in the archive, found none`);
  const opening = await openingBytes(plain.path, key, OPENING);
  if (Buffer.from(opening.subarray(0, 4)).toString('latin1') === 'PAR1')
    return ofParquet(plain.path, scratch);
  const encoding = isUtf8(opening) ? null : 'windows-1252';
  const target = path.join(scratch, 'sample.utf8');
  const text = await decode({ path: plain.path, name: key }, target, encoding, LIMITS);
  const first = firstCharacter(opening);
  if (first === '{')
    return { ...ofLines(await readFile(text.path, 'utf8')), format: 'jsonl', encoding };
  if (first === '[') {
    const lines = await linesOfArray(text, path.join(scratch, 'sample.jsonl'), null, LIMITS);
    return { ...ofLines(await readFile(lines.path, 'utf8')), format: 'json', encoding };
  }
  return { ...(await ofCsv(text)), format: 'csv', encoding };
}

function isUtf8(opening: Uint8Array): boolean {
  if ((opening[0] === 0xff && opening[1] === 0xfe) || (opening[0] === 0xfe && opening[1] === 0xff))
    return true; // its mark says what it is
  try {
    // its end may be cut
    new TextDecoder('utf-8', { fatal: true }).decode(opening, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function firstCharacter(opening: Uint8Array): string | undefined {
  return new TextDecoder().decode(opening.subarray(0, 1000)).trimStart()[0];
}

type Read = Pick<Sample, 'delimiter' | 'columns' | 'records'>;

async function ofCsv(text: Text): Promise<Read> {
  const asked: Dialect = {
    ...{
      format: 'csv',
      encoding: null,
      delimiter: null,
      quote: null,
      escape: null,
      header: null,
      totals: 0,
    },
    ...{ header_rows: 1, rows_at: null, rows: null },
    columns: [],
  };
  const newline = await newlineOf(text, LIMITS);
  const { csv, header, data } = await recognise({ ...text, newline }, asked, LIMITS);
  const columns = new Map(
    header.filter((name) => name !== '').map((name): [string, (string | null)[]] => [name, []]),
  );
  const reader = RecordReader.open(text, csvGrammar(csv, newline), LIMITS, data);
  let records = 0;
  try {
    do {
      while (records < RECORDS && reader.next()) {
        records += 1;
        const fields = fieldTexts(reader);
        for (const [i, name] of header.entries()) columns.get(name)?.push(fields[i] ?? null);
      }
    } while (records < RECORDS && (await reader.fill()));
  } finally {
    reader.close();
  }
  return { delimiter: csv.delimiter, columns, records };
}

function ofLines(text: string): Read {
  const rows: Record<string, string | null>[] = [];
  for (const line of text.split('\n', RECORDS)) {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === 'object' && value !== null) rows.push(flat(value, ''));
    } catch {
      // what is no JSON is for the night to refuse
    }
  }
  return { delimiter: undefined, columns: columnsOf(rows), records: rows.length };
}

/** Values by the way to them. */
function flat(value: object, before: string): Record<string, string | null> {
  const found: Record<string, string | null> = {};
  for (const [name, each] of Object.entries(value)) {
    if (typeof each === 'object' && each !== null && !Array.isArray(each))
      Object.assign(found, flat(each, `${before}${name}.`));
    else
      found[before + name] =
        each === null ? null : typeof each === 'string' ? each : JSON.stringify(each);
  }
  return found;
}

function columnsOf(rows: readonly Record<string, string | null>[]): Map<string, (string | null)[]> {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  return new Map([...names].map((name) => [name, rows.map((row) => row[name] ?? null)]));
}

async function ofParquet(file: string, scratch: string): Promise<Sample> {
  const engine = await openDuckdb({
    threads: 1,
    memoryLimit: '256MB',
    scratch,
    readable: [path.dirname(file)],
  });
  try {
    const [session] = engine.sessions as [Session];
    const rows = await session.rows(
      `select columns(*)::varchar from read_parquet(${quote(file)}, hive_partitioning = ` +
        `false) limit ${RECORDS}`,
    );
    const columns = columnsOf(rows as Record<string, string | null>[]);
    return {
      format: 'parquet',
      encoding: null,
      delimiter: undefined,
      columns,
      records: rows.length,
    };
  } finally {
    engine.close();
  }
}
