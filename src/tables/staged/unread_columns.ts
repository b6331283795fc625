import type { Night } from '../../build/night.js';
import { hasKey } from '../../config/keys.js';
import type { Source } from '../../config/source.js';
import { identifier, quote, type Session } from '../../engine/engine.js';
import { namedColumns } from '../../ingest/csv/dialect.js';
import { placeOf, spellingsOf } from '../../ingest/csv/names.js';
import type { MainRows } from '../../ingest/plain/plain.js';
import {
  describeUnused,
  hasSql,
  namesOf,
  type PreparedFile,
  type Raw,
  readTexts,
} from '../../ingest/sql/raw.js';
import { type Loaded, loadAll, unload } from './load.js';
import type { Repeated } from './repeated.js';
import { mainSelect, REPEATED } from './typed.js';

/**
 * Fewer repeated rows than these, or a smaller share of an export, are what exports usually have.
 */
const ROWS_NEEDED = 10;
const SHARE_NEEDED = 0.01;
/** Columns and characters of a value that a message shows. */
const COLUMNS_SHOWN = 5;
const TEXT_SHOWN = 60;

/** An export whose repeated rows are known. */
export interface ExportRows {
  readonly loaded: Loaded;
  readonly raw: Raw;
  /** its place in `parsed` */
  readonly place: number;
  /** its main rows, unless they are in `parsed` */
  readonly main: MainRows | undefined;
  readonly repeated: Repeated;
}

/** Repeated rows that differ from the row that counts in a column that is not read. */
export interface UnreadDifferences {
  /** of them, those that are equal to it in all columns that are read */
  readonly rows: number;
  /** two rows side by side, for a person */
  readonly example: string | undefined;
  /** what a person should know */
  readonly note: string | undefined;
}

const NOTHING: UnreadDifferences = { rows: 0, example: undefined, note: undefined };

/**
 * Looks at the columns that are not read for what tells repeated rows apart: where exports bring
 * new rows only, such rows are lost. Of an export that is gone nothing is left but what was read.
 */
export async function findUnreadDifferences(
  night: Night,
  session: Session,
  marked: ExportRows,
): Promise<UnreadDifferences> {
  const { loaded, raw, repeated } = marked;
  const { source, prepared, export: each } = loaded;
  const names = unreadColumns(source, prepared.keys ?? [], raw);
  if (source.delivery !== 'append' || names.length === 0 || repeated.rows === 0) return NOTHING;
  if (source.format !== 'parquet' || hasSql(source))
    return compare(session, marked, names, prepared);
  const equal = repeated.rows - repeated.conflicts;
  if (!mayBeLost(equal, prepared.readable)) return NOTHING; // what is not read is not decoded
  const all = await loadAll(night, source, each, prepared.sha256);
  if (all === undefined) {
    const note =
      `${each.key}: ${equal} of ${prepared.readable} rows repeat another one in all columns ` +
      `that are read, and count once; columns left out: ${describeUnused(names)}; ` +
      `${cureOf(source)}`;
    return { ...NOTHING, note };
  }
  try {
    return await compare(session, marked, names, all.prepared);
  } finally {
    await unload(all);
  }
}

/** Whether these are more rows that repeat another one than exports usually have. */
export function mayBeLost(equal: number, rows: number): boolean {
  return (equal >= ROWS_NEEDED && equal > SHARE_NEEDED * rows) || 2 * equal > rows;
}

/** What a person can do about rows that differ in columns left out. */
export function cureOf({ table }: Source): string {
  return (
    `if one of them tells rows apart, add it to tables.${table}.columns and ` +
    `tables.${table}.key (docs/contracts.md)`
  );
}

/** Compares each repeated row with the one that counts, by the columns of these names. */
async function compare(
  session: Session,
  marked: ExportRows,
  names: readonly string[],
  file: PreparedFile,
): Promise<UnreadDifferences> {
  const { source, prepared, export: each } = marked.loaded;
  const texts = readTexts(source, file, names);
  const found = await firstPair(session, pairsSelect(marked), [texts, texts]);
  if (found === undefined) return NOTHING;
  const { rows } = found;
  const example = describePair(names, [each.key, each.key], found);
  if (rows === 0) return { ...NOTHING, example };
  const note =
    `${each.key}: ${rows} of ${prepared.readable} rows repeat another one in all columns that ` +
    `are read, and differ from it in columns left out: ${example}; they count once; ` +
    `${cureOf(source)}`;
  return { rows, example, note };
}

/** Two rows that differ in columns left out. */
interface Pair {
  /** how many such pairs there are that are equal in all columns that are read */
  readonly rows: number;
  readonly lines: readonly [number, number];
  readonly texts: readonly [unknown[], unknown[]];
}

/**
 * Finds the first of the pairs whose texts differ.
 * @param pairs a SELECT of `line`, `other_line` and `is_equal`
 * @param texts what `readTexts` gives, of the export of one row and of that of the other
 */
export async function firstPair(
  session: Session,
  pairs: string,
  [texts, others]: readonly [string, string],
): Promise<Pair | undefined> {
  const [found] = await session.rows(
    `with pairs as (${pairs}), one as (${texts}), other as (${others})
     select count_if(is_equal) over () as rows, pairs.line, other_line,
       cast(to_json(one.texts) as varchar) as texts,
         cast(to_json(other.texts) as varchar) as other_texts
     from pairs join one on one.line = pairs.line join other on other.line = other_line
     where one.texts is distinct from other.texts order by is_equal desc, pairs.line limit 1`,
  );
  if (found === undefined) return undefined;
  return {
    rows: Number(found.rows),
    lines: [Number(found.line), Number(found.other_line)],
    texts: [JSON.parse(String(found.texts)), JSON.parse(String(found.other_texts))],
  };
}

/**
 * Says that an export has a key in two spellings, which differ in nothing else. One of them is
 * read, so that records with the other one lack the value. Of CSV both are in the header, where
 * a note names the one that is left out.
 */
export function spellingNotes({ source, export: each, prepared }: Loaded): string[] {
  const { keys = [] } = prepared;
  if (source.format === 'csv') return [];
  return namedColumns(source).flatMap(({ name, from }) => {
    const spellings = spellingsOf(keys, from);
    const read = keys[placeOf(keys, from) ?? -1];
    if (spellings.length < 2 || spellings.every((key) => from.includes(key))) return [];
    const which = read === undefined ? 'from none of them' : `only from ${read}`;
    return (
      `${each.key}: keys differ by their spelling alone: ${spellings.join(', ')}; ${name} is ` +
      `read ${which}: correct the export, or list all spellings in ` +
      `tables.${source.table}.columns.${name}.from`
    );
  });
}

/**
 * The columns of an export that are not read; of JSON its keys, also those that are read in part.
 */
export function unreadColumns(
  source: Source,
  keys: readonly string[],
  { unused }: Raw,
): readonly string[] {
  if (source.format === 'csv' || hasSql(source)) return unused;
  const read = namedColumns(source).flatMap(({ from }) => namesOf(from, keys));
  return keys.filter((key) => !read.includes(key));
}

/**
 * A SELECT of the lines of each repeated row and of the one that counts in its place, and whether
 * both read the same.
 */
function pairsSelect({ loaded: { source }, place, main }: ExportRows): string {
  const names = source.columns.map(({ name }) => identifier(name)).join(', ');
  const rows = `select ${names}, line, rule from parsed where export = ${place}`;
  const mains =
    main === undefined
      ? ''
      : ` union all select ${names}, line, NULL from (${mainSelect(source, main, place)})`;
  const hash = (of: string) =>
    `hash(${source.columns.map(({ name }) => `${of}.${identifier(name)}`).join(', ')})`;
  return source.key
    .map((key) => {
      const columns = key.map(identifier).join(', ');
      const keyed = hasKey(source, key);
      return `select one.line, other.line as other_line,
        ${hash('one')} = ${hash('other')} as is_equal
        from (select * from (${rows}) where rule = ${quote(REPEATED)} and ${keyed}) as one
        join (select * from (${rows}${mains}) where rule is null and ${keyed}) as other
          using (${columns})`;
    })
    .join(' union all ');
}

/** Two rows side by side, by the columns in which they differ. @param exports that of each row */
export function describePair(
  names: readonly string[],
  exports: readonly [string, string],
  { lines, texts: [one, other] }: Pair,
): string {
  const differing = names.flatMap((_, i) =>
    JSON.stringify(one[i]) === JSON.stringify(other[i]) ? [] : [i],
  );
  const shown = differing.slice(0, COLUMNS_SHOWN);
  const valuesOf = (texts: unknown[]) =>
    shown.map((i) => `${names[i]} ${wordOf(texts[i])}`).join(', ');
  const [key, otherKey] = exports;
  const of = otherKey === key ? '' : ` of ${otherKey}`;
  return (
    `line ${lines[0]} of ${key} has ${valuesOf(one)}; line ${lines[1]}${of} has ` +
    `${valuesOf(other)}`
  );
}

function wordOf(value: unknown): string {
  if (value === null || value === undefined) return 'missing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}...` : text;
}
