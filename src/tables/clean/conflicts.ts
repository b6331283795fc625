import type { Night } from '../../build/night.js';
import { withSession } from '../../build/pool.js';
import { hasKey } from '../../config/keys.js';
import type { Source } from '../../config/source.js';
import { identifier, type Row } from '../../engine/engine.js';
import { DataError } from '../../errors.js';
import { ledgerOf } from '../../release/ledger.js';
import type { Partition } from '../../release/schema.js';
import { stagedRows } from '../staged/lines.js';

/** Fewer conflicts than these may be chance, unless they are more than half of the rows. */
const CONFLICTS_NEEDED = 10;

/**
 * Compares the conflicts of a table whose exports bring new rows with the budget. Such a table has
 * hardly any: many rows of one key that differ are a sign of a key that does not tell rows apart.
 * @throws DataError with two such rows, where there are more conflicts than `max_conflicts` allows
 */
export async function requireFewConflicts(night: Night, source: Source): Promise<void> {
  const { table, delivery, derivation } = source;
  // what was not built has no counts
  if (!night.builds || delivery !== 'append' || derivation !== null) return;
  const [line] = ledgerOf(night.next, [source]);
  if (line === undefined) return;
  const rows = line.staged + line.repeated;
  const isFew = line.conflicts < CONFLICTS_NEEDED && 2 * line.conflicts <= rows;
  if (isFew || line.conflicts <= source.max_conflicts * rows) return;
  const differing = night.unreadDifferences.get(table);
  const share = ((100 * line.conflicts) / rows).toFixed(1);
  const unread = differing === undefined ? '' : `; in columns left out ${differing}`;
  throw new DataError(
    `${table}: expected rows that ${keyWords(source)} tells apart, found ${line.conflicts} ` +
      `of ${rows} (${share} %) that differ from a later row of their ` +
      `key${await exampleOf(night, source)}${unread}. ` +
      `Nothing was published: correct tables.${table}.key, with a column that tells rows apart ` +
      `(docs/contracts.md), or set tables.${table}.delivery to upsert if later rows correct ` +
      `earlier ones; tables.${table}.max_conflicts: ` +
      `${Math.ceil(100 * (line.conflicts / rows)) / 100} accepts them`,
  );
}

function keyWords({ key }: Source): string {
  return key.map((columns) => columns.join(' and ')).join(', or ');
}

/** Exports in which an example is looked for. */
const EXPORTS_SEARCHED = 31;

/** Two rows of one key that differ, side by side, for a person. */
async function exampleOf(night: Night, source: Source): Promise<string> {
  if (source.partition === 'all') return '';
  const clean = night.next
    .of(`clean/${source.table}`)
    .find(({ counts }) => (counts?.conflicts ?? 0) > 0);
  const staged = night.next.exportsOf(source.table);
  const inOne = staged.find(({ counts }) => (counts?.conflicts ?? 0) > 0);
  const ofDate = staged.filter(({ slices }) => slices?.some(({ date }) => date === clean?.name));
  // a key that comes again on another date has its rows in exports of both
  for (const holders of [inOne === undefined ? ofDate : [inOne], staged.slice(-EXPORTS_SEARCHED)]) {
    const found = await exampleIn(night, source, holders);
    if (found !== '') return found;
  }
  return '';
}

async function exampleIn(
  night: Night,
  source: Source,
  holders: readonly Partition[],
): Promise<string> {
  const names = source.columns.map(({ name }) => name);
  return withSession(night.engine.sessions, async (session) => {
    const parts = await Promise.all(
      holders.map(async (partition, i) => {
        if (partition.objects.length === 0) return [];
        return [`select ${i} as export, * from (${await stagedRows(night, partition, names)})`];
      }),
    );
    if (parts.flat().length === 0) return '';
    for (const key of source.key) {
      const columns = key.map(identifier).join(', ');
      const content = names.map(identifier).join(', ');
      const rows = await session.rows(
        `with found as (select * from (${parts.flat().join(' union all ')})
          where ${hasKey(source, key)})
         select * from found semi join (
           select ${columns} from found group by ${columns}
             having count(distinct hash(${content})) > 1 order by ${columns} limit 1
         ) using (${columns}) order by export, line limit 2`,
      );
      const [one, other] = rows;
      if (one === undefined || other === undefined) continue;
      const of = ({ export: place, line }: Row) =>
        `line ${line} of ${holders[Number(place)]?.name}`;
      const differing = names.filter((name) => one[name] !== other[name]);
      const valuesOf = (row: Row) =>
        differing.map((name) => `${name} ${row[name] ?? 'missing'}`).join(', ');
      const same = key.map((name) => `${name} ${one[name]}`).join(', ');
      return (
        `, such as ${same}: ${of(one)} has ${valuesOf(one)}; ${of(other)} has ` +
        `${valuesOf(other)}`
      );
    }
    return '';
  });
}
