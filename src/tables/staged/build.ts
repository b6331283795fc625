import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { type Content, inBatches } from '../../build/update.js';
import { counted } from '../../counts.js';
import type { Session } from '../../engine/engine.js';
import { DataError } from '../../errors.js';
import { mapColumns } from '../../ingest/sql/columns.js';
import { describeUnused, type Raw } from '../../ingest/sql/raw.js';
import { digestOfObjects } from '../../release/digest.js';
import type { DataObject } from '../../release/schema.js';
import { Tombstones } from '../../release/tombstones.js';
import { type Coerced, countCoerced } from './coercions.js';
import { carry, takeDifferences } from './counters.js';
import { orderNotes } from './date_order.js';
import { firstDifference } from './difference.js';
import { eraseRows } from './erase.js';
import type { Loaded } from './load.js';
import { addKept, type Parsed, parseExports, type Unparsed } from './parse.js';
import { type Pieces, writePieces } from './pieces/pieces.js';
import { quarantineRows, writeQuarantines } from './quarantine.js';
import { type Difference, differences, requireBalance, requireRecords } from './reconcile.js';
import { findRepeated, type Repeated } from './repeated.js';
import { findUnreadDifferences, spellingNotes } from './unread_columns.js';

/**
 * Exports pass through the engine together as long as it has no more bytes of them to parse than
 * this.
 */
export const BYTES_TOGETHER = 4 << 20;

/** What the engine made of one export. */
interface Staged {
  /** places its files */
  place(): Promise<Pieces>;
  readonly repeated: Repeated;
  readonly coerced: Coerced;
  readonly difference: Difference | undefined;
  /** lines of the rows that were erased */
  readonly erased: readonly number[];
}

const NOTHING: Staged = {
  place: async () => ({ objects: [], slices: [], rows: 0, unchanged: 0, lines: undefined }),
  ...{ repeated: { rows: 0, conflicts: 0 }, coerced: {}, difference: undefined, erased: [] },
};

/**
 * Stages exports of one table. Each is parsed once, from its file into one typed table; what keeps
 * to the contract is written once, in the order of the file; what does not goes to the quarantine.
 * Of each export records = staged + repeated + quarantined, where no SELECT makes rows of them.
 * @param model the clean model of a dated table, which each row passes before it is written
 * @param before counters, of which one is staged at a time: the key of the export before it
 * @returns what places the files, which takes no session
 * @throws DataError when a single record is unexplained
 */
export async function stageExports(
  night: Night,
  session: Session,
  exports: readonly Loaded[],
  {
    model,
    before,
  }: { readonly model: PreparedModel | undefined; readonly before: string | undefined },
): Promise<() => Promise<Content[]>> {
  const staged = new Map<Loaded, Staged>();
  for (const group of byShape(night, exports)) {
    const made = await parseGroup(night, session, group, { model, before });
    for (const [i, { loaded }] of group.entries()) staged.set(loaded, made[i] ?? NOTHING);
  }
  for (const { quarantine } of exports) quarantine.close();
  const quarantines = await writeQuarantines(night, session, exports);
  const [first] = exports;
  if (first?.source.delivery === 'counter') {
    const pieces = await (staged.get(first) ?? NOTHING).place();
    const carried = await carry(night, session, first, { staged: pieces, before });
    return async () => [
      contentOf(first, staged.get(first) ?? NOTHING, pieces, {
        carried,
        quarantined: quarantines[0],
      }),
    ];
  }
  return () =>
    Promise.all(
      exports.map(async (loaded, i) => {
        const own = staged.get(loaded) ?? NOTHING;
        return contentOf(loaded, own, await own.place(), {
          carried: undefined,
          quarantined: quarantines[i],
        });
      }),
    );
}

/** Objects that are beside the rows of an export. */
interface SideObjects {
  readonly carried: DataObject | undefined;
  readonly quarantined: DataObject | undefined;
}

function contentOf(
  loaded: Loaded,
  { repeated, coerced, difference, erased: rowsErased }: Staged,
  { objects, slices, rows, unchanged, lines }: Pieces,
  { carried, quarantined }: SideObjects,
): Content {
  const { prepared, quarantine, discards, source, regularFrom } = loaded;
  const isDated = source.partition === 'event_date';
  const erased = [...(loaded.erased ?? []), ...quarantine.erased, ...rowsErased].sort(
    (a, b) => a - b,
  );
  requireBalance(loaded, {
    staged: rows,
    repeated: repeated.rows,
    erased: erased.length,
    ...difference,
  });
  return {
    digest: digestOfObjects([...objects, ...(carried ? [carried] : [])]),
    objects,
    ...(carried ? { carried } : {}),
    ...(prepared.header.length > 0
      ? { header: prepared.header, csv: prepared.csv }
      : keysOf(prepared)),
    ...(isDated && regularFrom !== undefined && erased.length === 0
      ? { first_line: regularFrom }
      : {}),
    ...(lines ? { lines } : {}),
    ...(quarantined ? { quarantine: quarantined } : {}),
    ...(discards.length > 0 ? { discards } : {}),
    ...(erased.length > 0 ? { erased } : {}),
    slices,
    counts: {
      records: prepared.records,
      staged: rows,
      ...(repeated.rows > 0 ? { repeated: repeated.rows } : {}),
      ...(repeated.conflicts > 0 ? { conflicts: repeated.conflicts } : {}),
      ...difference,
      ...(erased.length > 0 ? { erased: erased.length } : {}),
      quarantined: Object.fromEntries([...quarantine.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
      ...(Object.keys(coerced).length > 0 ? { mended: coerced } : {}),
      ...(source.delivery === 'counter' ? { unchanged } : {}),
    },
  };
}

/** What stands for the header of an export without one. */
function keysOf({ keys = [] }: Loaded['prepared']): { header?: readonly string[] } {
  return keys.length > 0 ? { header: keys } : {};
}

interface Mapped {
  readonly loaded: Loaded;
  readonly raw: Raw;
}

/** The exports that have rows, those together whose columns are in the same places. */
function byShape(night: Night, exports: readonly Loaded[]): Mapped[][] {
  const groups = new Map<string, Mapped[]>();
  for (const loaded of exports) {
    const raw = mapExport(night, loaded);
    if (raw === undefined) continue;
    // a SELECT over the records must see those of one export alone
    const shape = JSON.stringify([
      raw.width,
      ...raw.texts,
      raw.isSelected ? loaded.export.key : loaded.plain === undefined,
    ]);
    const group = groups.get(shape);
    if (group === undefined) groups.set(shape, [{ loaded, raw }]);
    else group.push({ loaded, raw });
  }
  const bytesOf = ({ loaded }: Mapped) => (loaded.plain === undefined ? loaded.export.bytes : 0);
  return [...groups.values()].flatMap((group) =>
    inBatches(group, 1, bytesOf, { size: BYTES_TOGETHER }),
  );
}

/** How the columns of the table are found in an export; undefined when there is nothing to read. */
function mapExport(night: Night, loaded: Loaded): Raw | undefined {
  const { source, export: each, prepared, kept } = loaded;
  if (kept !== undefined) return mapColumns(source, prepared, each.key);
  const matters =
    source.delivery === 'snapshot' || (source.required && night.asked.includes(each.date));
  if (prepared.bytes === 0 && matters) {
    throw new DataError(
      `${each.key}: expected rows of ${source.table}, found an empty file: deliver it again, ` +
        'or take it away',
    );
  }
  if (prepared.records === 0) {
    const { bytes, header } = prepared;
    const isEmpty = bytes === 0 || (source.format === 'csv' && header.length === 0);
    const hasHeader = header.length > 0 && source.header === null;
    const found = isEmpty ? 'an empty file' : `${hasHeader ? 'a header and ' : ''}no records`;
    if (source.delivery === 'snapshot' && !source.allow_empty) {
      throw new DataError(
        `${each.key}: expected rows of ${source.table}, found ${found}, which would empty the ` +
          `table: deliver it again, or set tables.${source.table}.allow_empty to true if it has ` +
          'no rows',
      );
    }
    night.notes.push(`${each.key}: ${found}: deliver it again if it should hold rows`);
  }
  for (const said of prepared.reading) night.notes.push(`${source.table}: read with ${said}`);
  if (prepared.readable === 0 && (source.format !== 'csv' || prepared.header.length === 0))
    return undefined;
  const raw = mapColumns(source, prepared, each.key);
  night.notes.push(...spellingNotes(loaded));
  if (raw.unused.length > 0)
    night.notes.push(`${each.key}: columns left out: ${describeUnused(raw.unused)}`);
  return prepared.readable === 0 ? undefined : raw;
}

/** Parses exports of one shape, and writes what keeps to the contract. */
async function parseGroup(
  night: Night,
  session: Session,
  group: readonly Mapped[],
  {
    model,
    before,
  }: { readonly model: PreparedModel | undefined; readonly before: string | undefined },
): Promise<Staged[]> {
  const [first] = group;
  if (first === undefined) return [];
  const { source } = first.loaded;
  const { earliest, time_zone: timeZone } = night.config;
  const unparsed = group.map(({ loaded, raw }) => unparsedOf(loaded, raw));
  const input = { source, raw: first.raw, earliest, timeZone };
  const parsed = await parseExports(session, input, unparsed, night.config.limits.seconds);
  await requireRows(session, group, unparsed, parsed);
  const { reads, orders } = parsed;
  // whether the engine parsed any record
  const seen = unparsed.some(({ read }) => read !== undefined);
  const erased = seen
    ? await eraseRows(session, source, Tombstones.of(night.live.release), group.length)
    : [];
  const loaded = group.map((each, i) => withGaps(each.loaded, erased[i] ?? []));
  const coerced = seen ? await countCoerced(session, input, reads) : [];
  for (const [place, found] of orders) {
    night.notes.push(...orderNotes(source.table, loaded[place]?.export.key ?? '', found));
  }
  if (seen) await quarantineRows(session, loaded);
  await addKept(session, loaded);
  const { mains, repeated: read } = await findRepeated(session, source, loaded, parsed.accepted);
  const repeated: Repeated[] = [];
  for (const [place, { loaded, raw }] of group.entries()) {
    const { rows, conflicts } = read[place] ?? NOTHING.repeated;
    const marked = { loaded, raw, place, main: mains[place], repeated: { rows, conflicts } };
    const differing = await findUnreadDifferences(night, session, marked);
    if (differing.note !== undefined) night.notes.push(differing.note);
    if (differing.example !== undefined)
      night.unreadDifferences.set(source.table, differing.example);
    repeated.push({ rows, conflicts: conflicts + differing.rows });
  }
  if (source.delivery === 'counter') await takeDifferences(night, session, source, before);
  const found = await differences(session, loaded);
  const exports = loaded.map((each, i) => ({ ...each, main: mains[i] }));
  const pieces = await writePieces(night, session, { source, model, exports });
  return pieces.map((place, i) => ({
    place,
    repeated: repeated[i] ?? NOTHING.repeated,
    coerced: coerced[i] ?? {},
    difference: found[i],
    erased: erased[i] ?? [],
  }));
}

/** Where records were erased, the lines of the others do not follow from those that are left. */
function withGaps(loaded: Loaded, erased: readonly number[]): Loaded {
  const { regularFrom: _, ...rest } = loaded;
  return erased.length + rest.quarantine.erased.length + (rest.erased ?? []).length === 0
    ? loaded
    : rest;
}

/** Of an export, the records that the engine is to parse: all, or those that are not plain. */
function unparsedOf(
  { source, export: each, prepared, discards, plain }: Loaded,
  raw: Raw,
): Unparsed {
  const { key, date } = each;
  const discarded = discards.flatMap(({ lines }) => lines);
  if (plain === undefined)
    return { key, date, read: raw.read, rows: prepared.readable, plain, discarded };
  const { others } = plain;
  const read =
    others && mapColumns(source, { ...prepared, path: others.path, rewritten: true }, key).read;
  return { key, date, read, rows: others?.rows ?? 0, plain, discarded };
}

/** The engine must have read as many rows as there are records for it. */
async function requireRows(
  session: Session,
  group: readonly Mapped[],
  unparsed: readonly Unparsed[],
  { reads, rows }: Parsed,
): Promise<void> {
  for (const [i, { loaded, raw }] of group.entries()) {
    if (raw.isSelected) {
      await requireRecords(session, loaded);
      continue;
    }
    const expected = unparsed[i]?.rows ?? 0;
    const found = rows[i] ?? 0;
    if (found === expected) continue;
    const where = loaded.plain
      ? ''
      : `; ${await firstDifference(session, raw, reads[i] ?? '', loaded)}`;
    throw new DataError(
      `${loaded.export.key}: expected ${counted(expected, 'row')} from the engine, one for ` +
        `each record, found ${found}${where}. Nothing was published; please report this export`,
    );
  }
}
