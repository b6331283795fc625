import type { Source } from '../../config/contracts.js';
import { identifier, quote, type Session } from '../../engine/engine.js';
import { hasKey } from '../clean/keys.js';

/** What stands in the column `rule` of rows whose key comes again further down in their export. */
export const REPEATED = 'repeated';

/**
 * Marks the rows of `parsed` whose key comes again further down in the same export: the last one counts.
 * @param exports how many exports `parsed` holds
 * @returns how many rows of each export are repeated
 */
export async function markRepeated(session: Session, source: Source, exports: number): Promise<number[]> {
  const counts = Array.from({ length: exports }, () => 0);
  const keys = source.delivery === 'counter' && source.counter ? [source.counter.key] : source.key;
  for (const key of keys) {
    const isKeyed = source.delivery === 'counter' ? 'rule is null' : `rule is null and ${hasKey(source, key)}`;
    const columns = [...(exports > 1 ? ['export'] : []), ...key].map(identifier).join(', ');
    await session.run(
      `create or replace temp table twice as select ${columns}, count(*) as times, min(rowid) as first from parsed where ${isKeyed} group by ${columns} having count(*) > 1`,
    );
    const [found] = await session.rows('select count(*) as keys, max(times) as times from twice');
    if (Number(found?.keys) === 0) continue;
    // of a key that comes twice the first row is known; only others are looked for
    const others =
      Number(found?.times) === 2
        ? ''
        : `union all select rowid from parsed semi join (from twice where times > 2) as more using (${columns})
           where ${isKeyed} qualify row_number() over (partition by ${columns} order by rowid desc) > 1`;
    await session.run(
      `update parsed set rule = ${quote(REPEATED)} where rowid in (select first from twice where times = 2 ${others})`,
    );
  }
  const rows = await session.rows(
    `select export, count(*) as rows from parsed where rule = ${quote(REPEATED)} group by export`,
  );
  for (const row of rows) counts[Number(row.export)] = Number(row.rows);
  return counts;
}
