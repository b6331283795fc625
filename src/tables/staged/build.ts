import { stagedColumns } from '../../build/columns.js';
import type { Night } from '../../build/night.js';
import { type Part, placeParquet, writeScratch } from '../../build/objects.js';
import type { Content } from '../../build/update.js';
import { identifier, type Session } from '../../engine/engine.js';
import { DataError } from '../../errors.js';
import { mapColumns } from '../../ingest/sql/columns.js';
import { describeUnused, type Raw } from '../../ingest/sql/raw.js';
import { digestOf } from '../../release/digest.js';
import type { DataObject, Slice } from '../../release/release.js';
import { countMended, type Mended } from './coercions.js';
import { carry, differenceStatement } from './counters.js';
import { orderNotes } from './date_order.js';
import { firstDifference } from './difference.js';
import type { Loaded } from './load.js';
import { parseExports } from './parse.js';
import { lineOf, quarantineRows, writeQuarantines } from './quarantine.js';
import { difference, requireBalance, requireRecords } from './reconcile.js';
import { slicesOf } from './slices.js';

/** What the engine made of one export. */
interface Staged {
  readonly object: DataObject | undefined;
  readonly slices: readonly Slice[];
  readonly mended: Mended;
}

const NOTHING: Staged = { object: undefined, slices: [], mended: {} };

/**
 * Stages exports of one table: text to typed rows, sorted by date, with a digest of each date's rows; the records that
 * break a rule to the quarantine. Of each export records = staged + quarantined, where no SELECT makes rows of them.
 * @param before counters, of which one is staged at a time: the key of the export before it
 * @throws DataError when a single record is unexplained
 */
export async function stageExports(
  night: Night,
  session: Session,
  exports: readonly Loaded[],
  before: string | undefined,
): Promise<Content[]> {
  const staged = new Map<Loaded, Staged>();
  for (const group of byShape(night, exports)) {
    const made = await parseGroup(night, session, group, before);
    for (const [i, { loaded }] of group.entries()) staged.set(loaded, made[i] ?? NOTHING);
  }
  for (const { quarantine } of exports) quarantine.close();
  const quarantines = await writeQuarantines(night, session, exports);
  const differences = await Promise.all(
    exports.map((loaded, i) =>
      difference(
        night,
        session,
        loaded,
        [staged.get(loaded)?.object, quarantines[i]].flatMap((each) => each ?? []),
      ),
    ),
  );
  for (const [i, loaded] of exports.entries()) requireBalance(loaded, staged.get(loaded)?.object, differences[i]);
  const [first] = exports;
  const carried =
    first?.source.delivery === 'counter'
      ? await carry(night, session, first.source, first.export.date, staged.get(first)?.object, before)
      : undefined;
  return exports.map((loaded, i) => {
    const { object, slices, mended } = staged.get(loaded) ?? NOTHING;
    const { prepared, quarantine, discards, source } = loaded;
    const quarantined = quarantines[i];
    const rows = object?.rows ?? 0;
    return {
      digest: digestOf([object, carried].flatMap((each) => each?.sha256 ?? [])),
      objects: object === undefined ? [] : [object],
      ...(carried ? { carried } : {}),
      ...(prepared.header.length > 0 ? { header: prepared.header, csv: prepared.csv } : keysOf(prepared)),
      ...(quarantined ? { quarantine: quarantined } : {}),
      ...(discards.length > 0 ? { discards } : {}),
      slices,
      counts: {
        records: prepared.records,
        staged: rows,
        ...differences[i],
        quarantined: Object.fromEntries([...quarantine.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
        ...(Object.keys(mended).length > 0 ? { mended } : {}),
        ...(source.delivery === 'counter'
          ? { unchanged: rows - slices.reduce((sum, slice) => sum + slice.rows, 0) }
          : {}),
      },
    };
  });
}

/** What stands for the header of an export without one. */
function keysOf({ keys = [] }: Loaded['prepared']): { header?: readonly string[] } {
  return keys.length > 0 ? { header: keys } : {};
}

interface Mapped {
  readonly loaded: Loaded;
  readonly raw: Raw;
}

/** The exports that have rows, those together whose columns stand in the same places. */
function byShape(night: Night, exports: readonly Loaded[]): Mapped[][] {
  const groups = new Map<string, Mapped[]>();
  for (const loaded of exports) {
    const raw = mapExport(night, loaded);
    if (raw === undefined) continue;
    // a SELECT over the records must see those of one export alone
    const shape = JSON.stringify([raw.width, ...raw.texts, raw.isSelected ? loaded.export.key : '']);
    const group = groups.get(shape);
    if (group === undefined) groups.set(shape, [{ loaded, raw }]);
    else group.push({ loaded, raw });
  }
  return [...groups.values()];
}

/** How the columns of the table are found in an export; undefined when there is nothing to read. */
function mapExport(night: Night, { source, export: each, prepared, standing }: Loaded): Raw | undefined {
  if (standing !== undefined) return mapColumns(source, prepared, each.key);
  const matters = source.delivery === 'snapshot' || (source.required && night.asked.includes(each.date));
  if (prepared.bytes === 0 && matters) {
    throw new DataError(
      `${each.key}: expected rows of ${source.table}, found an empty file: deliver it again, or take it away`,
    );
  }
  if (prepared.records === 0) {
    const found = prepared.header.length === 0 ? 'the file is empty' : 'a header and no records';
    night.notes.push(`${each.key}: ${found}: deliver it again if it should hold rows`);
  }
  for (const said of prepared.reading) night.notes.push(`${source.table}: read with ${said}`);
  if (prepared.readable === 0 && (source.format !== 'csv' || prepared.header.length === 0)) return undefined;
  const raw = mapColumns(source, prepared, each.key);
  if (raw.unused.length > 0) night.notes.push(`${each.key}: columns left out: ${describeUnused(raw.unused)}`);
  return prepared.readable === 0 ? undefined : raw;
}

/** Parses exports of one shape, and writes what keeps to the contract. */
async function parseGroup(
  night: Night,
  session: Session,
  group: readonly Mapped[],
  before: string | undefined,
): Promise<Staged[]> {
  const [first] = group;
  if (first === undefined) return [];
  const { source } = first.loaded;
  const { earliest, time_zone: timeZone } = night.config;
  const unparsed = group.map(({ loaded: { export: each, prepared }, raw }) => ({
    key: each.key,
    read: raw.read,
    date: each.date,
    rows: prepared.readable,
  }));
  const input = { source, raw: first.raw, earliest, timeZone };
  const { reads, orders } = await parseExports(session, input, unparsed, night.config.limits.seconds);
  const counted = await session.rows(
    'select export, count(*) as rows, min(rowid) as first from parsed group by export',
  );
  const firstRows: number[] = [];
  for (const [i, { loaded, raw }] of group.entries()) {
    const found = counted.find((row) => row.export === i);
    firstRows.push(Number(found?.first ?? 0));
    const { export: each, prepared } = loaded;
    if (raw.isSelected) {
      await requireRecords(session, loaded);
      continue;
    }
    if (Number(found?.rows ?? 0) === prepared.readable) continue;
    throw new DataError(
      `${each.key}: expected ${prepared.readable} rows from the engine, as many as there are records, found ${found?.rows ?? 0}; ${await firstDifference(session, raw, loaded)}. Nothing was published`,
    );
  }
  const mended = await countMended(session, input, reads);
  const loaded = group.map((each) => each.loaded);
  for (const [place, found] of orders) {
    night.notes.push(...orderNotes(source.table, loaded[place]?.export.key ?? '', found));
  }
  await quarantineRows(session, source, loaded, firstRows);
  const parts = await stagedParts(night, loaded, firstRows, before);
  const files = await writeScratch(night, session, parts, stagedColumns(source));
  const slices = await slicesOf(night, source, session, files);
  return Promise.all(
    files.map(async (file, i) => {
      if (file.rows === 0) return NOTHING;
      return {
        object: await placeParquet(night, file, (parts[i] as Part).folder),
        slices: slices.get(file.file) ?? [],
        mended: mended[i] ?? {},
      };
    }),
  );
}

/** The rows of each export that keep to the contract, by date and line. */
async function stagedParts(
  night: Night,
  exports: readonly Loaded[],
  firstRows: readonly number[],
  before: string | undefined,
): Promise<Part[]> {
  const parts: Part[] = [];
  for (const [i, { source, export: each, prepared, standing }] of exports.entries()) {
    const dated = source.partition === 'event_date' ? ['event_date'] : [];
    const columns = [...source.columns.map(({ name }) => identifier(name)), ...dated];
    const parsed = `select ${columns.join(', ')}, ${lineOf({ source, prepared }, firstRows[i] ?? 0)} as line from parsed where export = ${i} and rule is null`;
    const good =
      standing === undefined ? parsed : `${parsed} union all select ${columns.join(', ')}, line from (${standing})`;
    const rows = source.delivery === 'counter' ? await differenceStatement(night, source, good, before) : good;
    parts.push({
      // several rows of one record stand in the order of their values
      select: `${rows} order by ${[...dated, 'line', ...(source.rows === null ? [] : columns)].join(', ')}`,
      folder: `objects/staged/${source.table}/export_date=${each.date}`,
    });
  }
  return parts;
}
