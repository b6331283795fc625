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
      `create or replace temp table twice as select ${columns} from parsed where ${isKeyed} group by ${columns} having count(*) > 1`,
    );
    const [found] = await session.rows('select count(*) as keys from twice');
    if (Number(found?.keys) > 0) {
      await session.run(
        `create or replace temp table again as select rowid as id, export from parsed semi join twice using (${columns})
         where ${isKeyed} qualify row_number() over (partition by ${columns} order by rowid desc) > 1;
         update parsed set rule = ${quote(REPEATED)} where rowid in (select id from again)`,
      );
      for (const row of await session.rows('select export, count(*) as rows from again group by export')) {
        counts[Number(row.export)] = (counts[Number(row.export)] ?? 0) + Number(row.rows);
      }
      await session.run('drop table again');
    }
    await session.run('drop table twice');
  }
  return counts;
}
