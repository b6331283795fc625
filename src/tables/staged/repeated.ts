import type { Source } from '../../config/contracts.js';
import { identifier, quote, type Session } from '../../engine/engine.js';
import { hasKey } from '../clean/keys.js';

/** What stands in the column `rule` of rows whose key comes again further down in their export. */
export const REPEATED = 'repeated';

/** Rows of an export whose key comes again further down in it. */
export interface Repeated {
  readonly rows: number;
  /** of them, those that differ from the row that counts */
  readonly conflicts: number;
}

/**
 * Marks the rows of `parsed` whose key comes again further down in the same export: the last one counts.
 * @param exports how many exports `parsed` holds
 * @returns for each export, how many there are
 */
export async function markRepeated(session: Session, source: Source, exports: number): Promise<Repeated[]> {
  const counts = Array.from({ length: exports }, () => ({ rows: 0, conflicts: 0 }));
  const isCounter = source.delivery === 'counter';
  for (const key of isCounter && source.counter ? [source.counter.key] : source.key) {
    const isKeyed = isCounter ? 'rule is null' : `rule is null and ${hasKey(source, key)}`;
    const columns = [...(exports > 1 ? ['export'] : []), ...key].map(identifier).join(', ');
    await session.run(
      `create or replace temp table twice as select ${columns}, count(*) as times, min(rowid) as first, max(rowid) as last
       from parsed where ${isKeyed} group by ${columns} having count(*) > 1`,
    );
    const [found] = await session.rows('select count(*) as keys, max(times) as times from twice');
    if (Number(found?.keys) === 0) continue;
    // of a key that comes twice both rows are known; only others are looked for
    const more =
      Number(found?.times) === 2
        ? ''
        : `union all select parsed.rowid, last from parsed join (from twice where times > 2) as more using (${columns}) where ${isKeyed} and parsed.rowid <> last`;
    await session.run(
      `create or replace temp table again as select first as id, last from twice where times = 2 ${more};
       update parsed set rule = ${quote(REPEATED)} where rowid in (select id from again)`,
    );
    const content = (of: string) => `hash(${source.columns.map(({ name }) => `${of}.${identifier(name)}`).join(', ')})`;
    const rows = await session.rows(
      `select one.export, count(*) as rows, count_if(${content('one')} <> ${content('other')}) as conflicts from again
       join parsed as one on one.rowid = again.id join parsed as other on other.rowid = again.last group by one.export`,
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
