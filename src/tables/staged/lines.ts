import { type Objects, readParquet } from '../../build/objects.js';
import { identifier, quote } from '../../engine/engine.js';
import { mainOf, straysOf } from '../../release/partition.js';
import type { Partition } from '../../release/schema.js';

/**
 * SQL of all staged rows of an export of a dated table: the columns asked for, `event_date`,
 * `line`, whether the row counts (it is not repeated, and of a counter adds something), and of
 * counters `counter`. In no order.
 *
 * The main file does not hold lines. Where each line of the export is a record, its rows have the
 * lines that are left when those of the strays and of the refused records are taken out; elsewhere
 * an object beside it has them.
 */
export async function stagedRows(
  night: Objects,
  partition: Partition,
  names: readonly string[],
): Promise<string> {
  const columns = names.map(identifier).join(', ');
  const strays = straysOf(partition);
  const parts: string[] = [];
  const main = mainOf(partition);
  if (main !== undefined) {
    const date = partition.slices?.find((slice) => slice.main === main.sha256)?.date ?? '';
    parts.push(
      `select ${columns}, DATE ${quote(date)} as event_date, line, true as counts from ` +
        `(${await withLines(night, partition, await readParquet(night, [main]))})`,
    );
  }
  if (strays !== undefined)
    parts.push(
      `select * from (select ${columns}, event_date, line, ` +
        `counts${isCounter(partition) ? ', counter' : ''} from ` +
        `${await readParquet(night, [strays])})`,
    );
  return parts.join(' union all ');
}

/** Counters have no main file; what their strays hold beside the rows is their count. */
function isCounter({ counts }: Partition): boolean {
  return counts?.unchanged !== undefined;
}

async function withLines(
  night: Objects,
  { first_line: first, lines, quarantine, ...partition }: Partition,
  main: string,
): Promise<string> {
  if (lines !== undefined)
    return `select held.*, line from (select *, file_row_number as n from ${main}) as held
      join (select line, file_row_number as n from ${await readParquet(night, [lines])}) as lines
        using (n)`;
  const omitted: string[] = [];
  for (const object of [quarantine, straysOf(partition)])
    if (object !== undefined)
      omitted.push(`select line from ${await readParquet(night, [object])}`);
  if (first === undefined || omitted.length === 0)
    return `select *, ${first ?? 'NULL'} + file_row_number as line from ${main}`;
  // The k-th line left out, counted from 0, is passed by the rows from the one that would have had
  // it on.
  const gaps = `select line - ${first} - k as first_row, max(k) + 1 as shift
    from (select line, row_number() over (order by line) - 1 as k from (${omitted.join(' union ')}))
      group by first_row`;
  return `select held.*, ${first} + n + coalesce(gaps.shift, 0) as line
    from (select *, file_row_number as n from ${main}) as held asof left join (${gaps}) as gaps
      on held.n >= gaps.first_row`;
}
