import type { Source } from '../../config/contracts.js';
import { hasKey } from '../../config/keys.js';
import { identifier, quote, type Row, type Session } from '../../engine/engine.js';
import { namedColumns } from '../../ingest/csv/dialect.js';
import { placeOf } from '../../ingest/csv/names.js';
import type { MainRows } from '../../ingest/plain/plain.js';
import { describeUnused, hasSql, type Raw, readTexts } from '../../ingest/sql/raw.js';
import type { Loaded } from './load.js';
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

/** An export whose rows were told apart. */
export interface ToldApart {
  readonly loaded: Loaded;
  readonly raw: Raw;
  /** its place in `parsed` */
  readonly place: number;
  /** its main rows, unless they are in `parsed` */
  readonly main: MainRows | undefined;
  readonly repeated: Repeated;
}

/** Repeated rows that differ from the row that counts in a column that is not read. */
export interface LeftOut {
  /** of them, those that are equal to it in all columns that are read */
  readonly rows: number;
  /** two rows side by side, for a person */
  readonly example: string | undefined;
  /** what a person should know */
  readonly note: string | undefined;
}

const NOTHING: LeftOut = { rows: 0, example: undefined, note: undefined };

/**
 * Looks at the columns that are not read for what tells repeated rows apart: where exports bring
 * new rows only, such rows are lost. Of an export that is gone nothing is left but what was read.
 */
export async function findLeftOut(session: Session, told: ToldApart): Promise<LeftOut> {
  const { loaded, raw, repeated } = told;
  const { source, prepared } = loaded;
  const { table, delivery, format } = source;
  const names = leftOutOf(source, prepared.keys ?? [], raw);
  if (delivery !== 'append' || names.length === 0 || repeated.rows === 0) return NOTHING;
  const [found] = await session.rows(
    `with pairs as (${pairsSelect(told)}), texts as (${readTexts(source, prepared, names)})
     select count_if(is_equal) over () as rows, pairs.line, other_line,
       cast(to_json(one.texts) as varchar) as texts, cast(to_json(other.texts) as varchar) as other_texts
     from pairs join texts as one on one.line = pairs.line join texts as other on other.line = other_line
     where one.texts is distinct from other.texts order by is_equal desc, pairs.line limit 1`,
  );
  const rows = Number(found?.rows ?? 0);
  const example = found && describePair(names, loaded.export.key, found);
  const cure = `if one of them tells rows apart, add it to tables.${table}.columns and tables.${table}.key (docs/contracts.md)`;
  if (rows > 0) {
    const note = `${loaded.export.key}: ${rows} of ${prepared.readable} rows repeat another one in all columns that are read, and differ from it in columns left out: ${example}; they count once; ${cure}`;
    return { rows, example, note };
  }
  const equal = repeated.rows - repeated.conflicts;
  const isUnseen = format === 'parquet' && !hasSql(source); // what is not read is not decoded
  if (!isUnseen || equal < ROWS_NEEDED || equal <= SHARE_NEEDED * prepared.readable)
    return { ...NOTHING, example };
  const note = `${loaded.export.key}: ${equal} of ${prepared.readable} rows repeat another one in all columns that are read, and count once; columns left out: ${describeUnused(names)}; ${cure}`;
  return { rows, example, note };
}

/**
 * Says that an export has a key in two spellings, which differ by their case alone. One of them is
 * read, so that records with the other one lack the value. Of CSV both are in the header, where
 * a note names the one that is left out.
 */
export function spellingNotes({ source, export: each, prepared }: Loaded): string[] {
  const { keys = [] } = prepared;
  if (source.format === 'csv') return [];
  return namedColumns(source).flatMap(({ name, from }) => {
    const folded = from.map((one) => one.toLowerCase());
    const spellings = keys.filter((key) => folded.includes(key.toLowerCase()));
    const read = keys[placeOf(keys, from) ?? -1];
    if (spellings.length < 2 || spellings.every((key) => from.includes(key))) return [];
    const told = read === undefined ? 'none of them is read' : `only ${read} is read`;
    return `${each.key}: keys differ by their case alone: ${spellings.join(', ')}; ${told}, and other records lack ${name}: correct the export, or list all spellings in tables.${source.table}.columns.${name}.from`;
  });
}

/**
 * The columns of an export that are not read; of JSON its keys, also those that are read in part.
 */
function leftOutOf(source: Source, keys: readonly string[], { unused }: Raw): readonly string[] {
  if (source.format === 'csv' || hasSql(source)) return unused;
  const read = namedColumns(source).flatMap(({ from }) => from);
  return keys.filter((key) => placeOf([key], read) === undefined);
}

/**
 * A SELECT of the lines of each repeated row and of the one that counts in its place, and whether
 * both read the same.
 */
function pairsSelect({ loaded: { source }, place, main }: ToldApart): string {
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
      return `select one.line, other.line as other_line, ${hash('one')} = ${hash('other')} as is_equal
        from (select * from (${rows}) where rule = ${quote(REPEATED)} and ${keyed}) as one
        join (select * from (${rows}${mains}) where rule is null and ${keyed}) as other using (${columns})`;
    })
    .join(' union all ');
}

/** Two rows side by side, by the columns in which they differ. */
function describePair(names: readonly string[], key: string, found: Row): string {
  const [one, other] = [found.texts, found.other_texts].map(
    (texts) => JSON.parse(String(texts)) as unknown[],
  );
  const differing = names.flatMap((_, i) =>
    JSON.stringify(one?.[i]) === JSON.stringify(other?.[i]) ? [] : [i],
  );
  const shown = differing.slice(0, COLUMNS_SHOWN);
  const valuesOf = (texts: unknown[] = []) =>
    shown.map((i) => `${names[i]} ${wordOf(texts[i])}`).join(', ');
  return `line ${found.line} of ${key} has ${valuesOf(one)}; line ${found.other_line} has ${valuesOf(other)}`;
}

function wordOf(value: unknown): string {
  if (value === null || value === undefined) return 'missing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}...` : text;
}
