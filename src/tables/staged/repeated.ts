import { hasKey } from '../../config/keys.js';
import type { Source } from '../../config/source.js';
import { identifier, quote, type Session } from '../../engine/engine.js';
import type { MainRows, PlainExport } from '../../ingest/plain/plain.js';
import type { Loaded } from './load.js';
import { orderRows } from './parse.js';
import { mainSelect, REPEATED, readTyped } from './typed.js';

/** Rows of an export whose key comes again further down in it. */
export interface Repeated {
  readonly rows: number;
  /** of them, those that differ from the row that counts */
  readonly conflicts: number;
}

/** What of exports is left in typed files, and the rows whose key comes again further down. */
interface FoundRepeated {
  /** the main rows of each export, unless they are in `parsed` */
  readonly mains: readonly (MainRows | undefined)[];
  readonly repeated: readonly Repeated[];
}

/**
 * Marks the rows whose key comes again further down in their export. Plain rows are marked already;
 * where a row that the engine parsed has the key of one of them, all rows of its export come into
 * `parsed`.
 * @param accepted how many rows the engine parsed that keep to the rules
 */
export async function findRepeated(
  session: Session,
  source: Source,
  exports: readonly Loaded[],
  accepted: number,
): Promise<FoundRepeated> {
  const plain = exports.map((each) => each.plain);
  const isPlain = plain.every((each) => each !== undefined);
  const mains = plain.map((each) => each?.main);
  const known = plain.map((each) => each?.repeated ?? { rows: 0, conflicts: 0 });
  // counters have another key
  if (isPlain && accepted === 0 && source.delivery !== 'counter') return { mains, repeated: known };
  for (const [i, each] of plain.entries()) {
    if (each === undefined || !(await meets(session, source, each, i))) continue;
    await session.run(
      `update parsed set rule = NULL where export = ${i} and rule = ${quote(REPEATED)}`,
    );
    if (each.main !== undefined)
      await session.run(`insert into parsed ${mainSelect(source, each.main, i)}`);
    mains[i] = undefined;
    known[i] = { rows: 0, conflicts: 0 };
  }
  const isOrdered =
    !isPlain && source.rows === null && exports.every(({ kept }) => kept === undefined);
  if (!isOrdered) await orderRows(session, source);
  const marked = await markRepeated(session, source, exports.length);
  const repeated = marked.map(({ rows, conflicts }, i) => ({
    rows: rows + (known[i]?.rows ?? 0),
    conflicts: conflicts + (known[i]?.conflicts ?? 0),
  }));
  return { mains, repeated };
}

/** Whether a row of an export that the engine parsed has the key of a plain one. */
async function meets(
  session: Session,
  source: Source,
  { main, beside }: PlainExport,
  i: number,
): Promise<boolean> {
  if (source.delivery === 'counter') return true;
  for (const key of source.key) {
    const keys = key.map(identifier).join(', ');
    const isKeyed = hasKey(source, key);
    const parsed =
      `select ${keys} from ${session.careful}.careful where rule is null and export = ${i} and ` +
      `${isKeyed}`;
    for (const file of [main, beside]) {
      if (file === undefined) continue;
      const [found] = await session.rows(
        `select count(*) as rows from ${readTyped(file.path)} semi join (${parsed}) as ` +
          `parsed using (${keys}) where ${isKeyed}`,
      );
      if (Number(found?.rows) > 0) return true;
    }
  }
  return false;
}

/**
 * Marks the rows of `parsed` whose key comes again further down in the same export: the last one
 * counts, or the latest.
 * @param exports how many exports `parsed` holds
 * @returns for each export, how many there are
 */
export async function markRepeated(
  session: Session,
  source: Source,
  exports: number,
): Promise<Repeated[]> {
  const counts = Array.from({ length: exports }, () => ({ rows: 0, conflicts: 0 }));
  const isCounter = source.delivery === 'counter';
  const { latest_by } = source;
  // the place of a row goes with its time, so that of two rows of one time the last one counts
  const last =
    latest_by === undefined
      ? 'max(rowid)'
      : `max((coalesce(${identifier(latest_by)}, '-infinity'), rowid))[2]`;
  for (const key of isCounter && source.counter ? [source.counter.key] : source.key) {
    const isKeyed = isCounter ? 'rule is null' : `rule is null and ${hasKey(source, key)}`;
    const columns = [...(exports > 1 ? ['export'] : []), ...key].map(identifier).join(', ');
    await session.run(
      `create or replace temp table twice as select ${columns}, count(*) as times,
        min(rowid) as first, ${last} as last
       from parsed where ${isKeyed} group by ${columns} having count(*) > 1`,
    );
    const [found] = await session.rows('select count(*) as keys, max(times) as times from twice');
    if (Number(found?.keys) === 0) continue;
    // of a key that comes twice both rows are known; only others are looked for
    const isTwice = latest_by === undefined ? 'times = 2' : 'false';
    const more =
      Number(found?.times) === 2 && latest_by === undefined
        ? ''
        : 'union all select parsed.rowid, last from parsed join (from twice where not ' +
          `${isTwice}) as more using (${columns}) where ${isKeyed} and parsed.rowid <> last`;
    await session.run(
      `create or replace temp table again as select first as id, last from twice
        where ${isTwice} ${more};
       update parsed set rule = ${quote(REPEATED)} where rowid in (select id from again)`,
    );
    const content = (of: string) =>
      `hash(${source.columns.map(({ name }) => `${of}.${identifier(name)}`).join(', ')})`;
    const rows = await session.rows(
      `select one.export, count(*) as rows,
        count_if(${content('one')} <> ${content('other')}) as conflicts from again
       join parsed as one on one.rowid = again.id join parsed as other on other.rowid = again.last
         group by one.export`,
    );
    for (const row of rows) {
      const count = counts[Number(row.export)];
      if (count === undefined) continue;
      count.rows += Number(row.rows);
      count.conflicts += isCounter ? 0 : Number(row.conflicts);
    }
  }
  return counts;
}
