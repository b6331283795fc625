import { stagedColumns } from '../../../build/columns.js';
import type { Night } from '../../../build/night.js';
import { type Columns, type Part, writeFiles } from '../../../build/objects.js';
import type { Source } from '../../../config/source.js';
import { identifier, quote, type Session } from '../../../engine/engine.js';
import type { DataObject, Slice } from '../../../release/schema.js';
import type { Loaded } from '../load.js';
import { REPEATED } from '../typed.js';
import { cleanColumns, makeCleaned, requireAll } from './cleaned.js';
import { mainRows, type Parsed, type Placing, type Writing, writeMains } from './mains.js';
import { countsSql, type Found, type MainSlice, slicesOf } from './slices.js';

/** What was written of one export. */
export interface Pieces {
  /**
   * dated tables: the main file, where there is one, then the strays; others: one object with all
   * rows
   */
  readonly objects: readonly DataObject[];
  readonly slices: readonly Slice[];
  /** rows that keep to the contract, without those that are repeated */
  readonly rows: number;
  /** of the rows of a counter, those that add nothing to the export before */
  readonly unchanged: number;
  /** the line of each row of the main file, where lines and records differ */
  readonly lines: DataObject | undefined;
}

/** Columns that the strays of an export have beside those of the clean table. */
function strayColumns({ delivery }: Source, model: Columns): Columns {
  return new Map([
    ...model,
    ['event_date', 'DATE'],
    ['line', 'BIGINT'],
    ['counts', 'BOOLEAN'],
    ...(delivery === 'counter' ? ([['counter', 'BIGINT']] as const) : []),
  ]);
}

/**
 * Writes what is in `parsed`. Of a dated table the rows of an export's own date, on which most
 * of its rows fall, become the main file of that date, in the order of the export; its strays, the
 * rows of other dates, are beside it by date. So do, marked, the rows that do not count, for each
 * line of an export must be found again.
 * @returns for each export what places its files, which takes no session
 */
export async function writePieces(
  night: Night,
  session: Session,
  parsed: Parsed,
): Promise<(() => Promise<Pieces>)[]> {
  const { source, exports } = parsed;
  const found = await slicesOf(night, session, source, exports);
  const all = exports.map((each, i): Writing => ({ i, each, ...(found[i] as Found) }));
  const pieces = await (source.partition === 'event_date' ? writeDated : writeWhole)(
    night,
    session,
    parsed,
    all,
  );
  return pieces.map((place) => async () => {
    const placed = await place();
    const counted = placed.slices.reduce((sum, slice) => sum + slice.rows, 0);
    return { ...placed, unchanged: source.delivery === 'counter' ? placed.rows - counted : 0 };
  });
}

type Place = () => Promise<Omit<Pieces, 'unchanged'>>;

/** An undated table: all rows of each export, as its contract has them. */
async function writeWhole(
  night: Night,
  session: Session,
  { source }: Parsed,
  exports: readonly Writing[],
): Promise<Place[]> {
  const names = source.columns.map(({ name }) => identifier(name)).join(', ');
  const columns = stagedColumns(source);
  const counter = columns.has('counter') ? ', counter' : '';
  const filled = exports.filter(({ rows }) => rows.staged > 0);
  const parts = filled.map(({ i, each }) => ({
    i,
    select: `select ${names}, line${counter} from parsed where export = ${i} and rule is null`,
    folder: stagedFolder(source, each),
  }));
  const written = await write(night, session, parts, columns);
  return exports.map(({ i, slices, rows }) => async () => ({
    objects: await placed(written.get(i)),
    slices,
    rows: rows.staged,
    lines: undefined,
  }));
}

function stagedFolder(source: Source, { export: { date } }: Pick<Loaded, 'export'>): string {
  return `objects/staged/${source.table}/export_date=${date}`;
}

async function writeDated(
  night: Night,
  session: Session,
  parsed: Parsed,
  exports: readonly Writing[],
): Promise<Place[]> {
  const main = await writeMains(night, session, parsed, exports);
  const strays = await writeStrays(night, session, parsed, exports);
  const irregular = exports.filter(
    ({ main, each }) => main && each.regularFrom === undefined && parsed.source.derivation === null,
  );
  const parts = irregular.map((writing) => {
    const { from, where } = mainRows(writing);
    return {
      i: writing.i,
      select: `select line from ${from} where ${where}`,
      folder: stagedFolder(parsed.source, writing.each),
    };
  });
  const lines = await write(night, session, parts, LINES);
  return exports.map(({ i, slices, main: own, rows }) => async () => {
    const [[object], beside, [ofLines]] = await Promise.all([
      placed(main.get(i)),
      placed(strays.get(i)),
      placed(lines.get(i)),
    ]);
    return {
      objects: [object, ...beside].flatMap((each) => each ?? []),
      slices: own && object ? [withDigest(own, object), ...slices] : slices,
      rows: rows.staged,
      lines: ofLines,
    };
  });
}

function withDigest(main: MainSlice, { sha256 }: DataObject): Slice {
  return { ...main, digest: sha256, main: sha256 };
}

/** Writes the rows of each export that are not in its main file. */
async function writeStrays(
  night: Night,
  session: Session,
  parsed: Parsed,
  exports: readonly Writing[],
): Promise<Map<number, Placing>> {
  const { source, model } = parsed;
  const countOf = ({ rows, main }: Writing) => rows.staged + rows.repeated - (main?.rows ?? 0);
  const filled = exports.filter((writing) => countOf(writing) > 0);
  if (filled.length === 0) return new Map();
  const columns = cleanColumns(source, model);
  const inParsed = exports.filter(
    ({ each, main }) => main !== undefined && each.main === undefined,
  );
  const isMain = ['false', ...inParsed.map((writing) => `(${mainRows(writing).where})`)].join(
    ' or ',
  );
  await session.run(
    `create or replace temp table others as select *, ${countsSql(source)} as counts from parsed
     where (rule is null or rule = ${quote(REPEATED)}) and not (${isMain})`,
  );
  const all = strayColumns(source, columns);
  const beside = ['export', 'line', 'counts', ...(all.has('counter') ? ['counter'] : [])];
  const dated = new Map([...columns, ['event_date', 'DATE']]);
  const cleaning = { from: 'others', into: 'strays', columns: dated, beside };
  await makeCleaned(session, parsed, cleaning);
  const parts = filled.map((writing) => ({
    i: writing.i,
    select: `select * from strays where export = ${writing.i} order by event_date, n`,
    folder: stagedFolder(source, writing.each),
    require: (found: number) => requireAll(model, countOf(writing), found),
  }));
  return write(night, session, parts, all);
}

async function placed(place: Placing | undefined): Promise<DataObject[]> {
  return place === undefined ? [] : [await place()];
}

/** Rows of an export that become one file. */
interface ExportPart extends Part {
  /** the place of the export in `parsed` */
  readonly i: number;
}

/** Writes the parts. @returns by the place of the export, what places its file */
async function write(
  night: Night,
  session: Session,
  parts: readonly ExportPart[],
  columns: Columns,
): Promise<Map<number, Placing>> {
  const places = await writeFiles(night, session, parts, columns);
  return new Map(parts.map(({ i }, at) => [i, places[at] as Placing]));
}

/** Columns of the object that has the lines of a main file. */
const LINES: Columns = new Map([['line', 'BIGINT']]);
