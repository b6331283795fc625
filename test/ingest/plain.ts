import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import type { SourceColumn } from '../../src/config/source.js';
import { quote, type Row, type Session } from '../../src/engine/engine.js';
import { dayNumber } from '../../src/ingest/plain/days.js';
import { type PlainExport, PlainReader } from '../../src/ingest/plain/plain.js';
import type { MeaningOf } from '../../src/ingest/plain/table.js';
import { asFound } from '../../src/ingest/sql/names.js';
import { meaningSelect, type StagingInput } from '../../src/ingest/sql/parse.js';

export const EARLIEST = '2026-01-01';
export const EXPORT_DATE = '2026-11-20';

/** A text of a column that is written in the usual way. */
const USUAL: Record<SourceColumn['type'], string> = {
  integer: '7',
  double: '1.5',
  text: 'a',
  category: 'open',
  timestamp: '2026-11-20 10:00:00',
  boolean: 'true',
  duration: '7',
};

/** Usual records for each that is looked at: where too many are not plain, none is. */
const USUAL_EACH = 8;

/**
 * Parses records without the engine, and compares the plain rows with those of the engine.
 * @param folder that the session may read
 * @returns how many of the records are plain
 */
export async function requireSame(
  folder: string,
  session: Session,
  { source, timeZone }: StagingInput,
  records: readonly (string | null)[][],
  rows: readonly Row[],
): Promise<number> {
  const scratch = await mkdtemp(path.join(folder, 'plain-'));
  try {
    const usual = source.columns.map(
      ({ type, accepted, min }) => accepted?.[0] ?? min?.toString() ?? USUAL[type],
    );
    const all = [...records, ...Array.from({ length: USUAL_EACH * records.length }, () => usual)];
    const found = await readPlain(session, { source, timeZone }, all, scratch);
    let plain = 0;
    for (const typed of [found?.main, found?.beside]) {
      if (typed === undefined) continue;
      const read = await session.rows(
        `select * exclude (_repeated, line), cast(line as bigint) as line from read_parquet(${quote(typed.path)}) where line < ${records.length + 2}`,
      );
      for (const row of read) {
        plain++;
        const careful = rows.find(({ line }) => line === row.line) ?? {};
        const names = [...Object.keys(row), 'rule', '_mended'];
        expect({ ...row, rule: null, _mended: null }).toEqual(
          Object.fromEntries(names.map((name) => [name, careful[name]])),
        );
        if (typed === found?.main) expect(careful.event_date).toBe(found.main.date);
      }
    }
    return plain;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function readPlain(
  session: Session,
  { source, timeZone }: Pick<StagingInput, 'source' | 'timeZone'>,
  records: readonly (string | null)[][],
  scratch: string,
): Promise<PlainExport | undefined> {
  const meaningOf: MeaningOf = async (name, spellings) => {
    const of = source.columns.find((each) => each.name === name);
    if (of === undefined) throw new Error(`expected a column ${name}`);
    const list = spellings.map((spelling) => `(${quote(spelling)})`).join(', ');
    const texts = `select spelling, nullif(spelling, '') as ${asFound(of)} from (values ${list}) as t(spelling)`;
    const found = await session.rows(
      meaningSelect(of, { source, earliest: EARLIEST, timeZone }, texts),
    );
    const known = new Map(
      found.map((row) => [row.spelling, row.is_accepted === true ? row.value : undefined]),
    );
    return spellings.map((spelling) => known.get(spelling) as string | null | undefined);
  };
  const [business, local] = [
    await startsOf(session, timeZone),
    await startsOf(session, source.times_in),
  ];
  const reader = new PlainReader({ source, earliest: EARLIEST, business, local }, meaningOf);
  const file = path.join(scratch, 'records.csv');
  const field = (text: string | null) => (text === null ? '' : `"${text.replaceAll('"', '""')}"`);
  const lines = records.map((record, i) => `${[String(i + 2), ...record].map(field).join(',')}\n`);
  await writeFile(file, lines.join(''));
  return reader.read({
    ...{ name: 'x', date: EXPORT_DATE, scratch, hasMain: source.partition === 'event_date' },
    ranges: new Map(),
    prepared: {
      ...{
        path: file,
        rewritten: true,
        header: source.columns.map(({ name }) => name),
        longest: 1 << 20,
      },
      ...{
        csv: { delimiter: ',', quote: '"', escape: 'doubled' },
        firstLine: 1,
        records: records.length,
      },
      ...{ readable: records.length, refused: 0, sha256: '', bytes: 1, reading: [] },
    },
  });
}

async function startsOf(session: Session, zone: string) {
  if (zone === 'UTC') return undefined;
  const rows = await session.rows(
    `select epoch_us(utc_from_local(cast(DATE '2025-12-31' + cast(i as integer) as timestamp), ${quote(zone)})) as start
     from range(400) as days(i) order by i`,
  );
  return {
    first: dayNumber('2025-12-31'),
    instants: Float64Array.from(rows, ({ start }) => Number(start)),
  };
}
