import type { PreparedModel } from '../../../build/models.js';
import type { Night } from '../../../build/night.js';
import { type Part, writeFiles, writeSmallFiles } from '../../../build/objects.js';
import type { Source } from '../../../config/source.js';
import { identifier, quote, type Session } from '../../../engine/engine.js';
import { quotePaths } from '../../../engine/paths.js';
import type { DataObject } from '../../../release/schema.js';
import { readTyped } from '../typed.js';
import { bindStaged, cleanColumns, makeCleaned, requireAll, rowsSql } from './cleaned.js';
import type { Found, MainSlice, StagedExport } from './slices.js';

/** The rows of `parsed`, and what they are of. */
export interface Parsed {
  readonly source: Source;
  /** the clean model of a dated table, which each row passes before it is written */
  readonly model: PreparedModel | undefined;
  readonly exports: readonly StagedExport[];
}

/** An export that is being written. */
export interface Writing extends Found {
  /** the place of the export in `parsed` */
  readonly i: number;
  readonly each: StagedExport;
}

/** The same, with an own date. */
type WithMain = Writing & { readonly main: MainSlice };

/** Places a file that was written. */
export type Placing = () => Promise<DataObject>;

/**
 * Up to this many rows a main file is made together with those of other exports. A file of more may
 * have dictionaries, which files that are written together have not.
 */
const SMALL = 9_999;

/** Where the rows of an export's own date are. */
export function mainRows({ i, each, main }: Writing): {
  readonly from: string;
  readonly where: string;
} {
  const typed = each.main;
  if (typed !== undefined)
    return {
      from: `(select *, DATE ${quote(typed.date)} as event_date from ${readTyped(typed.path)})`,
      where: 'true',
    };
  return {
    from: 'parsed',
    where: `export = ${i} and rule is null and event_date = DATE ${quote(main?.date ?? '')}`,
  };
}

/**
 * Writes the main file of each export that has an own date.
 * @returns by the place of the export, what places its file
 */
export async function writeMains(
  night: Night,
  session: Session,
  parsed: Parsed,
  exports: readonly Writing[],
): Promise<Map<number, Placing>> {
  const withMain = exports.filter((each): each is WithMain => each.main !== undefined);
  const small = withMain.filter(({ main }) => main.rows <= SMALL);
  const together = small.length > 1 ? small : [];
  const alone = withMain.filter((each) => !together.includes(each));
  return new Map([
    ...(await writeAlone(night, session, parsed, alone)),
    ...(await writeTogether(night, session, parsed, together)),
  ]);
}

async function writeAlone(
  night: Night,
  session: Session,
  { source, model }: Parsed,
  exports: readonly WithMain[],
): Promise<[number, Placing][]> {
  const columns = cleanColumns(source, model);
  const parts = exports.map(
    (writing): Part => ({
      bind: () => bindStaged(session, source, mainRows(writing)),
      select: rowsSql(source, model, columns),
      folder: folderOf(source, writing),
      rows: writing.main.rows,
      require: (found) => requireAll(model, writing.main.rows, found),
    }),
  );
  const places = await writeFiles(night, session, parts, columns);
  return exports.map(({ i }, at) => [i, places[at] as Placing]);
}

function folderOf({ table }: Source, { main }: WithMain): string {
  return `objects/clean/${table}/event_date=${main.date}`;
}

/** Has the clean model make the rows of all exports at once, and divides them by their export. */
async function writeTogether(
  night: Night,
  session: Session,
  parsed: Parsed,
  exports: readonly WithMain[],
): Promise<[number, Placing][]> {
  if (exports.length === 0) return [];
  const { source, model } = parsed;
  const columns = cleanColumns(source, model);
  const names = source.columns.map(({ name }) => identifier(name)).join(', ');
  await session.run(
    `create or replace temp table held as select ${names}, event_date, export
      from (${allMainRows(exports, names).join(' union all ')}) order by export, row`,
  );
  const cleaning = { from: 'held', into: 'mains', columns, beside: ['export'] };
  await makeCleaned(session, parsed, cleaning);
  const counts = await session.rows('select export, count(*) as rows from mains group by export');
  const found = new Map(counts.map(({ export: i, rows }) => [Number(i), Number(rows)]));
  const parts = exports.map((writing) => {
    const { i, main } = writing;
    requireAll(model, main.rows, found.get(i) ?? 0);
    const select = `select * from mains where export = ${i} order by n`;
    return { select, folder: folderOf(source, writing), rows: main.rows };
  });
  const places = await writeSmallFiles(night, session, parts, columns);
  await session.run('drop table held; drop table mains'); // up to 64 exports, until the night ends
  return exports.map(({ i }, at) => [i, places[at] as Placing]);
}

/** SELECTs of the main rows of all exports, each with its export and its place in that. */
function allMainRows(exports: readonly WithMain[], names: string): string[] {
  const own = (each: readonly WithMain[], place: (writing: WithMain, at: number) => number) =>
    each
      .map(
        (writing, at) =>
          `(${place(writing, at)}, ${writing.i}, DATE ${quote(writing.main.date ?? '')})`,
      )
      .join(', ');
  const typed = exports.filter(({ each }) => each.main !== undefined);
  const inParsed = exports.filter(({ each }) => each.main === undefined);
  const paths = typed.flatMap(({ each }) => each.main?.path ?? []);
  return [
    ...(typed.length === 0
      ? []
      : [
          `select ${names}, own.event_date, own.export, file_row_number as row
        from read_parquet(${quotePaths(paths)}, hive_partitioning = false) as rows
        join (values ${own(typed, (_, at) => at)}) as own(file, export, event_date)
          on rows.file_index = own.file`,
        ]),
    ...(inParsed.length === 0
      ? []
      : [
          `select ${names}, event_date, export, parsed.rowid as row
        from parsed join (values ${own(inParsed, ({ i }) => i)}) as own(file, export, event_date)
          using (export, event_date)
       where rule is null`,
        ]),
  ];
}
