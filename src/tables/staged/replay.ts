import path from 'node:path';
import type { Night } from '../../build/night.js';
import { readParquet } from '../../build/objects.js';
import type { Recipe } from '../../build/recipe.js';
import type { Source } from '../../config/source.js';
import { identifier, type Session } from '../../engine/engine.js';
import { DataError } from '../../errors.js';
import { CsvFile } from '../../ingest/csv/canonical.js';
import {
  type Csv,
  csvGrammar,
  type Grammar,
  jsonGrammar,
  LINE_FEED,
} from '../../ingest/csv/dialect.js';
import { writeRecord } from '../../ingest/csv/rewrite.js';
import { RecordSplitter } from '../../ingest/csv/split.js';
import type { Export } from '../../ingest/exports.js';
import { limitsOf } from '../../ingest/limits.js';
import type { QuarantineFile } from '../../ingest/quarantine.js';
import { recheckStatement } from '../../ingest/sql/parse.js';
import type { Partition } from '../../release/schema.js';
import { Tombstones } from '../../release/tombstones.js';
import { isErased } from './erase.js';
import { stagedRows } from './lines.js';
import { type Loaded, openScratch, unload } from './load.js';

/**
 * A refused record is read again when a rule of the table broke on a value of it; whole records
 * have no other reading.
 */
const OF_A_VALUE = '"column" is not null';

/** An export that is gone, and what the release has of it. */
export interface GoneExport {
  readonly source: Source;
  readonly export: Export;
  readonly last: Partition;
}

/** How a file was read, where its dialect was not kept. */
const UNSAID: Csv = { delimiter: ',', quote: '"', escape: 'doubled' };

/**
 * Why an export that is gone cannot be staged again from what the release has of it, for a person;
 * undefined when it can. Its refused records are there as text; those that kept to the rules only
 * as what was read from them.
 * @param recipe what it would be staged by now
 */
export async function obstacleTo(
  night: Night,
  session: Session,
  { source, last }: GoneExport,
  recipe: Recipe,
): Promise<string | undefined> {
  const refused = Object.values(last.counts?.quarantined ?? {}).reduce(
    (sum, count) => sum + count,
    0,
  );
  if (refused > 0 && last.quarantine === undefined) return 'its refused records are lost';
  if (last.header === undefined && source.format === 'csv')
    return 'its header was not kept by the version that read it';
  if (last.inputs.reading !== recipe.reading) {
    return (
      'what its columns are mapped from, their types or formats, or the words for missing are ' +
      'not those it was read with'
    );
  }
  if (last.inputs.model !== recipe.model)
    return 'its clean model is not the one that its rows passed';
  if (last.objects.length === 0) return undefined;
  const { earliest, time_zone: timeZone } = night.config;
  const rows = await session.rows(
    recheckStatement(
      { source, earliest, timeZone },
      last.date,
      await keptRows(night, source, last),
    ),
  );
  const broken = rows.map(({ rule, rows }) => `${rule} ${rows}`);
  return broken.length === 0
    ? undefined
    : `rows of it that were good break rules now: ${broken.join(', ')}`;
}

/**
 * Prepares an export that is gone: the records that broke a rule on a value, to be read again
 * beside the rows that are kept.
 */
export async function reload(
  night: Night,
  session: Session,
  { source, export: each, last }: GoneExport,
): Promise<Loaded> {
  const discards = last.discards ?? [];
  const { scratch, quarantine } = await openScratch(night, discards);
  try {
    const read = last.quarantine && (await readParquet(night, [last.quarantine]));
    const target = path.join(scratch, 'records.csv');
    const isCsv = source.format === 'csv';
    const names = last.header ?? [];
    const header = isCsv ? names : [];
    const limits = limitsOf(night.config);
    const { csv = UNSAID } = last;
    const grammar = isCsv ? csvGrammar(csv, LINE_FEED) : jsonGrammar(LINE_FEED);
    const record = new RecordSplitter(grammar, limits);
    record.columns = isCsv ? header.length : undefined;
    const refused = refusedRecords(session, read, quarantine);
    const readable = await writeRecords(refused, { record, grammar }, target, each.key);
    const records = last.counts?.records ?? 0;
    const prepared: Loaded['prepared'] = {
      ...{
        path: target,
        rewritten: true,
        header,
        firstLine: 1,
        records,
        readable,
        refused: records - readable,
      },
      ...{
        sha256: last.inputs.export ?? '',
        bytes: each.bytes,
        csv,
        longest: limits.record,
        reading: [],
      },
      ...(isCsv ? {} : { keys: names }),
    };
    const again =
      read === undefined ? '' : `where line not in (select line from ${read} where ${OF_A_VALUE})`;
    const rows = last.objects.length === 0 ? undefined : await keptRows(night, source, last);
    const gone = isErased(source, Tombstones.of(night.live.release));
    const left =
      rows !== undefined && gone !== undefined
        ? `(select * from (${rows}) where not ${gone})`
        : `(${rows})`;
    const kept = rows === undefined ? undefined : `select * from ${left} ${again}`;
    const erased = [
      ...(last.erased ?? []),
      ...(rows === undefined || gone === undefined
        ? []
        : await linesOf(session, `(${rows}) where ${gone}`)),
    ];
    return {
      ...{ source, export: each, prepared, quarantine, discards, scratch },
      raws: (lines) => rawsOf(session, read, lines),
      ...(last.first_line === undefined ? {} : { regularFrom: last.first_line }),
      ...(kept === undefined ? {} : { kept }),
      ...(erased.length === 0 ? {} : { erased }),
    };
  } catch (error) {
    await unload({ quarantine, scratch });
    throw error;
  }
}

async function linesOf(session: Session, from: string): Promise<number[]> {
  return (await session.rows(`select line from ${from} order by line`)).map(({ line }) =>
    Number(line),
  );
}

/**
 * SQL of the rows of an export as they were read: columns of the contract, `event_date` of dated
 * tables, and `line`.
 */
async function keptRows(night: Night, source: Source, last: Partition): Promise<string> {
  const names = source.columns.map(({ name }) => name);
  if (source.partition === 'all')
    return (
      `select ${[...names.map(identifier), 'line'].join(', ')} from ` +
      `${await readParquet(night, last.objects)}`
    );
  // before differences of counters were taken
  const counted = source.delivery === 'counter' ? source.counter?.value : undefined;
  const columns = names.map((name) =>
    name === counted ? `counter as ${identifier(name)}` : identifier(name),
  );
  return (
    `select ${[...columns, 'event_date', 'line'].join(', ')} from ` +
    `(${await stagedRows(night, last, names)})`
  );
}

/** The records that are to be read again; the others stay in the quarantine. */
async function* refusedRecords(
  session: Session,
  read: string | undefined,
  quarantine: QuarantineFile,
): AsyncGenerator<readonly [line: number, raw: string]> {
  if (read === undefined) return;
  let before = 0;
  const select = `select line, rule, value, raw, ${OF_A_VALUE} as is_of_a_value from ${read}
    order by line`;
  for await (const rows of session.batches(select)) {
    for (const row of rows) {
      const [line, raw] = [Number(row.line), String(row.raw)];
      if (row.is_of_a_value !== true) {
        quarantine.add({
          line,
          rule: String(row.rule),
          column: null,
          value: row.value as string | null,
          raw,
        });
        continue;
      }
      if (line === before) continue; // one of several rows of the record
      before = line;
      yield [line, raw];
    }
  }
}

/** Writes records as a file for the engine. */
async function writeRecords(
  records: AsyncIterable<readonly [line: number, raw: string]>,
  { record, grammar }: { readonly record: RecordSplitter; readonly grammar: Grammar },
  target: string,
  name: string,
): Promise<number> {
  const out = new CsvFile(target);
  let written = 0;
  try {
    for await (const [line, raw] of records) {
      const bytes = Buffer.from(raw);
      record.split({ bytes, end: bytes.length, last: true, ascii: false }, 0);
      if (record.rule !== undefined) {
        throw new DataError(
          `${name}: line ${line}: expected a record that can be read again, as it was ` +
            `before, found ${record.rule}. Nothing was published; please report this`,
        );
      }
      writeRecord(out, { line, bytes, record, grammar }, record.columns ?? 1);
      written++;
    }
  } finally {
    out.close();
  }
  return written;
}

async function* rawsOf(
  session: Session,
  read: string | undefined,
  lines: readonly number[],
): AsyncGenerator<readonly [line: number, raw: string]> {
  if (read === undefined || lines.length === 0) return;
  const rows = await session.rows(
    `select line, min(raw) as raw from ${read} where line in ` +
      `(${[...new Set(lines)].join(', ')}) group by line`,
  );
  const found = new Map(rows.map(({ line, raw }) => [Number(line), String(raw)]));
  for (const line of lines) yield [line, found.get(line) ?? ''];
}
