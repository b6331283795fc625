import { hasKey } from '../../config/keys.js';
import type { Source } from '../../config/source.js';
import { identifier, type Session } from '../../engine/engine.js';

/** Rows left out because a later one has their key. */
export interface Lost {
  readonly duplicates: number;
  /** of them, those that differ from the row that counts */
  readonly conflicts: number;
}

/**
 * Finds all but one row of each key among those of the table `found`, whose columns `place` and
 * `row` say which is later: that of its export, and that of the row in it. The last one counts, or
 * the latest by `latest_by` of the source; of a derived table the first one, because what follows
 * from its activities began then. Leaves the ids of the others in the table `lost`, with `of`, the
 * partition, and `last`, the id of the row that counts.
 *
 * Looking first for the keys that occur twice, and ranking only their rows, costs a fifth of
 * ranking all of them.
 * @param names the columns that are compared
 * @param by the partition of a row; none where all rows are of one, which is called `all` then
 * @returns how many were found of each partition
 */
export async function countDuplicates(
  session: Session,
  source: Source,
  { names, by }: { readonly names: string; readonly by: readonly string[] },
): Promise<Map<string, Lost>> {
  const of = by.length === 0 ? `'all'` : `cast(${by.join()} as varchar)`;
  await session.run(
    'create or replace temp table lost (id BIGINT, of VARCHAR, last BIGINT, differs BOOLEAN)',
  );
  const [isLatest, direction] =
    source.derivation === null
      ? [
          source.latest_by === undefined ? '' : `${identifier(source.latest_by)} desc nulls last, `,
          'desc',
        ]
      : ['', 'asc'];
  const later = `${isLatest}place ${direction}, row ${direction}`;
  // rows of counters are differences, and never the same
  const keys = source.delivery === 'counter' ? [] : source.key;
  for (const key of keys) {
    const keys = [...by, ...key].map(identifier).join(', ');
    const isKeyed = hasKey(source, key);
    await session.run(
      `insert into lost select id, of, last, h <> last_h from (
         select rowid as id, ${of} as of, first_value(rowid) over latest as last,
           hash(${names}) as h, first_value(hash(${names})) over latest as last_h
         from found semi join (select ${keys} from found where ${isKeyed} group by ${keys}
           having count(*) > 1) using (${keys})
         where ${isKeyed} window latest as (partition by ${keys} order by ${later})
       ) where id <> last`,
    );
  }
  const rows = await session.rows(
    'select of, count(*) as duplicates, count_if(differs) as conflicts from lost group by of',
  );
  return new Map(
    rows.map((row) => [
      String(row.of),
      { duplicates: Number(row.duplicates), conflicts: Number(row.conflicts) },
    ]),
  );
}
