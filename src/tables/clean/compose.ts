import type { Night } from '../../build/night.js';
import { readParquet, writeParquet } from '../../build/objects.js';
import type { Content } from '../../build/update.js';
import { hasKey } from '../../config/keys.js';
import { counted } from '../../counts.js';
import { identifier, quote, type Session } from '../../engine/engine.js';
import { DataError } from '../../errors.js';
import type { DataObject } from '../../release/schema.js';
import {
  contentOf,
  type DateTarget,
  isOpen,
  type Piece,
  type Settled,
  type Table,
  UNTOUCHED,
} from './date_content.js';
import { countDuplicates, type Lost } from './duplicates.js';
import { keyName, relocatingKeys } from './keys.js';

/**
 * Makes the content of dates. A date consists of its main files, plus at most one more file: the
 * strays whose keys are not in a main file already. Where a row of a main file does not count,
 * because a later row of its key differs or is on another date, the date is written again as one
 * file.
 */
export async function composeDates(
  night: Night,
  session: Session,
  table: Table,
  batch: readonly DateTarget[],
): Promise<Content[]> {
  const open = batch.filter(isOpen);
  if (open.length === 0) return batch.map((target) => contentOf(target));
  const composition = await Composition.of(night, session, table, open);
  const contents = batch.map((target) =>
    contentOf(target, isOpen(target) ? composition.settled(target) : UNTOUCHED),
  );
  await composition.end();
  return contents;
}

/** Dates whose rows are compared with each other, in the table `found` of a session. */
class Composition {
  private constructor(
    readonly night: Night,
    readonly session: Session,
    readonly table: Table,
    readonly targets: readonly DateTarget[],
  ) {}

  /** the dates whose main files are replaced */
  #broken = new Set<string>();
  readonly #lost = new Map<string, Lost>();
  readonly #more = new Map<string, DataObject>();

  static async of(
    night: Night,
    session: Session,
    table: Table,
    targets: readonly DateTarget[],
  ): Promise<Composition> {
    const composition = new Composition(night, session, table, targets);
    await composition.#gatherStrays();
    await composition.#gatherMains();
    await composition.#dropRelocated();
    await composition.#dropDuplicates();
    await composition.#write();
    return composition;
  }

  settled({ name }: DateTarget): Settled {
    const lost = this.#lost.get(name) ?? UNTOUCHED.lost;
    return { lost, isBroken: this.#broken.has(name), more: this.#more.get(name) };
  }

  async end(): Promise<void> {
    await this.session.run(
      'drop table found; drop table if exists lost; drop table if exists left_rows',
    );
  }

  /** The columns of the table, as SQL. */
  get #names(): string {
    return [...this.table.model.columns.keys()].map(identifier).join(', ');
  }

  async #gatherStrays(): Promise<void> {
    const { columns } = this.table.model;
    const typed = [...columns].map(([name, type]) => `${identifier(name)} ${type}`).join(', ');
    await this.session.run(
      `create or replace temp table found (${typed}, event_date DATE, place BIGINT, row ` +
        'BIGINT, main BOOLEAN)',
    );
    const pieces = new Map(
      this.targets.flatMap(({ strays }) => strays.map((piece) => [piece.place, piece])),
    );
    if (pieces.size === 0) return;
    const dates = this.targets.filter(({ strays }) => strays.length > 0).map(({ name }) => name);
    await this.session.run(
      `insert into found select ${this.#names}, event_date, place, row, false
        from (${await this.#read([...pieces.values()])})
       where counts and event_date in (${dates.map((date) => `DATE ${quote(date)}`).join(', ')})`,
    );
    const found = await this.session.rows(
      'select cast(event_date as varchar) as date, count(*) as rows from found group by event_date',
    );
    const rows = new Map(found.map((row) => [String(row.date), Number(row.rows)]));
    for (const { table, name, strays } of this.targets) {
      const expected = strays.reduce((sum, { slice }) => sum + slice.rows, 0);
      if ((rows.get(name) ?? 0) === expected) continue;
      throw new DataError(
        `${table} ${name}: expected ${counted(expected, 'stray')}, as in the ledger, found ` +
          `${rows.get(name) ?? 0}. Nothing was published; please report this`,
      );
    }
  }

  /**
   * SQL of the rows of pieces, each with the place of its export, its row, and of main files the
   * date. With `among`, SQL that follows the files, of fewer rows.
   */
  async #read(pieces: readonly Piece[], among = ''): Promise<string> {
    const isMain = pieces[0]?.slice.main !== undefined;
    const values = pieces.map(
      ({ place, slice }, i) => `(${i}::ubigint, ${place}, DATE ${quote(slice.date ?? '')})`,
    );
    const objects = await readParquet(
      this.night,
      pieces.map(({ object }) => object),
      { isHive: false },
    );
    return `select pieces.*, places.place,
      pieces.file_row_number as row${isMain ? ', places.event_date' : ''}
      from (select *, file_index, file_row_number from ${objects}${among}) as pieces
      join (values ${values.join(', ')}) as places(file_index, place, event_date)
        on pieces.file_index = places.file_index`;
  }

  /**
   * Brings the rows of main files whose key another row of their date has into `found`, and finds
   * the dates whose main files are replaced: of those, all rows.
   */
  async #gatherMains(): Promise<void> {
    const { source } = this.table;
    const mains = this.targets.flatMap((target) => target.mains);
    if (mains.length === 0) return;
    const keys = source.delivery === 'counter' ? [] : source.key;
    for (const key of keys) {
      await this.#breakByMains(key);
      await this.#breakByLeft(key, mains);
      await this.#breakByStrays(key, mains);
    }
    await this.#gatherBroken(mains);
  }

  /** The columns that tell the rows of all dates apart by a key, as SQL. */
  #dated(key: readonly string[]): string {
    return ['event_date', ...key].map(identifier).join(', ');
  }

  /** Finds the dates with a key in several of their main files. */
  async #breakByMains(key: string[]): Promise<void> {
    const mains = this.targets.flatMap((target) => (target.mains.length > 1 ? target.mains : []));
    if (mains.length === 0) return;
    await this.#break(
      `select event_date from (${await this.#read(mains)}) where ${hasKey(this.table.source, key)}
       group by ${this.#dated(key)} having count(*) > 1`,
    );
  }

  /** Finds the dates with a row in a main file that has a later one on another date. */
  async #breakByLeft(key: string[], mains: readonly Piece[]): Promise<void> {
    const left = await this.#leftRows(key);
    if (left === undefined) return;
    await this.#break(
      `select event_date from (${await this.#read(mains)}) semi join (${left}) as gone ` +
        `using (${this.#dated(key)}) where ${hasKey(this.table.source, key)}`,
    );
  }

  /**
   * Brings the rows of main files whose key a stray has, and finds the dates with a later stray
   * that differs from them.
   */
  async #breakByStrays(key: string[], mains: readonly Piece[]): Promise<void> {
    const isKeyed = hasKey(this.table.source, key);
    const strays = `from found where not main and ${isKeyed}`;
    const [some] = await this.session.rows(`select count(*) as rows ${strays}`);
    if (Number(some?.rows) === 0) return;
    const names = key.map(identifier).join(', ');
    // few rows have a key of a stray: the others are left out before they get a date
    const among = ` semi join (select ${names} ${strays}) as keys using (${names})`;
    await this.session.run(
      `insert into found select ${this.#names}, event_date, place, row, true
       from (${await this.#read(mains, among)})
       semi join (select ${this.#dated(key)} ${strays}) as strays using (${this.#dated(key)})
       where ${isKeyed}`,
    );
    await this.#break(
      `select event_date from (
         select event_date, main, place, hash(${this.#names}) as h,
           max(place) over same as newest,
           max_by(hash(${this.#names}), place) over same as newest_h
         from found where ${isKeyed} window same as (partition by ${this.#dated(key)}))
       where main and newest > place and h <> newest_h`,
    );
  }

  async #break(dates: string): Promise<void> {
    const found = await this.session.rows(
      `select distinct cast(event_date as varchar) as date from (${dates})`,
    );
    for (const { date } of found) this.#broken.add(String(date));
  }

  async #gatherBroken(mains: readonly Piece[]): Promise<void> {
    const broken = mains.filter(({ slice }) => this.#broken.has(slice.date ?? ''));
    if (broken.length === 0) return;
    const dates = [...this.#broken].map((date) => `DATE ${quote(date)}`).join(', ');
    await this.session.run(
      `delete from found where main and event_date in (${dates});
       insert into found select ${this.#names}, event_date, place, row, true
         from (${await this.#read(broken)})`,
    );
  }

  /**
   * SQL of the keys of the dates that have a later row on another one; undefined when there are
   * none.
   */
  async #leftRows(key: string[]): Promise<string | undefined> {
    if (!relocatingKeys(this.table.source).includes(key)) return undefined;
    const dates = this.targets
      .filter(({ isLeft }) => isLeft)
      .map(({ name }) => `DATE ${quote(name)}`);
    const moved = this.night.next.get(`moved/${this.table.source.table}`, keyName(key));
    if (moved === undefined || dates.length === 0) return undefined;
    return (
      `select ${this.#dated(key)} from ${await readParquet(this.night, moved.objects)} ` +
      `where event_date <> moved_to and event_date in (${dates.join(', ')})`
    );
  }

  /**
   * Takes out the rows whose key has a later row on another date. All of them differ from the row
   * that counts.
   */
  async #dropRelocated(): Promise<void> {
    for (const key of relocatingKeys(this.table.source)) {
      const left = await this.#leftRows(key);
      if (left === undefined) continue;
      await this.session.run(
        `create or replace temp table left_rows as select found.rowid as id, event_date from found
          semi join (${left}) as gone using (${this.#dated(key)})
         where ${hasKey(this.table.source, key)};
         delete from found where rowid in (select id from left_rows)`,
      );
      const rows = await this.session.rows(
        'select cast(event_date as varchar) as date, count(*) as rows from left_rows group ' +
          'by event_date',
      );
      for (const row of rows) this.#count(String(row.date), Number(row.rows), Number(row.rows));
    }
  }

  async #dropDuplicates(): Promise<void> {
    const lost = await countDuplicates(this.session, this.table.source, {
      names: this.#names,
      by: ['event_date'],
    });
    for (const [date, { duplicates, conflicts }] of lost) this.#count(date, duplicates, conflicts);
    const broken = [...this.#broken].map((date) => `DATE ${quote(date)}`);
    const isKept =
      broken.length === 0 ? 'main' : `main and event_date not in (${broken.join(', ')})`;
    // a row of a main file that is kept stands for all others of its key, the last of which is
    // its equal
    await this.session.run(
      `delete from found where rowid in (
         select id from lost
         union all select last from lost where id in (select rowid from found where ${isKept}));
       delete from found where ${isKept}`,
    );
  }

  #count(date: string, duplicates: number, conflicts: number): void {
    const lost = this.#lost.get(date) ?? { duplicates: 0, conflicts: 0 };
    this.#lost.set(date, {
      duplicates: lost.duplicates + duplicates,
      conflicts: lost.conflicts + conflicts,
    });
  }

  /** Writes what is left of each date, in the order of the exports. */
  async #write(): Promise<void> {
    const { source, model } = this.table;
    const rows = await this.session.rows(
      'select distinct cast(event_date as varchar) as date from found order by date',
    );
    const dates = rows.map(({ date }) => String(date));
    const parts = dates.map((date) => ({
      select:
        `select ${this.#names} from found where event_date = DATE ${quote(date)} order by ` +
        'place, row',
      folder: `objects/clean/${source.table}/event_date=${date}`,
    }));
    const objects = await writeParquet(this.night, this.session, parts, model.columns);
    for (const [i, date] of dates.entries()) this.#more.set(date, objects[i] as DataObject);
  }
}
