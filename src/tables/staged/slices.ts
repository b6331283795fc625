import type { Night } from '../../build/night.js';
import type { Source } from '../../config/contracts.js';
import { identifier, quote, type Session } from '../../engine/engine.js';
import { quotePaths } from '../../engine/paths.js';
import type { Written } from '../../engine/second_reader.js';
import type { KeyRange, Slice } from '../../release/release.js';
import { hasKey, keyName, movingKeys } from '../clean/relocated.js';

/**
 * By file, the rows of each date and their digest. Rows of a dated table count in the order of the file: which of two
 * rows of one key comes later decides which one stands. Rows of an undated one belong to the last date on which they
 * are an event, rows without any to no slice; nor do rows of a counter that add nothing.
 */
export async function slicesOf(
  night: Night,
  source: Source,
  session: Session,
  files: readonly Written[],
): Promise<Map<string, Slice[]>> {
  const slices = new Map<string, Slice[]>();
  const dated = source.partition === 'event_date';
  const names = source.columns.map(({ name }) => identifier(name)).join(', ');
  const counter = source.delivery === 'counter' ? source.counter : undefined;
  const moving = movingKeys(source);
  const ranges = moving.flatMap((key, i) => {
    const first = `${identifier(key[0] ?? '')}) filter (where ${hasKey(source, key)})`;
    return [`cast(min(${first} as varchar) as first_${i}`, `cast(max(${first} as varchar) as last_${i}`];
  });
  const dates = source.dates.map((column) => `business_date(${identifier(column)}, ${quote(night.config.time_zone)})`);
  const read = `(select *, file_index, file_row_number, ${dated ? 'event_date' : `greatest(${dates.join(', ')})`} as slice_date
    from read_parquet(${quotePaths(files.map(({ file }) => file))}, hive_partitioning = false)
    ${counter === undefined ? '' : `where ${identifier(counter.value)} > 0`})`;
  // Where each slice begins is asked first: joined with a relation that large, it would be read and hashed once more.
  const firsts = await session.rows(
    `select file_index, slice_date, min(file_row_number) as n from ${read} where slice_date is not null group by file_index, slice_date`,
  );
  if (firsts.length === 0) return slices;
  const values = firsts.map((row) => `(${row.file_index}::ubigint, DATE ${quote(String(row.slice_date))}, ${row.n})`);
  const hash = dated ? `hash(hash(${names}), file_row_number - first_n)` : `hash(${names})`;
  const rows = await session.rows(
    `select ${['file_index', 'slice_date', 'count(*) as rows', `cast(sum(${hash}) as varchar) as digest`, ...ranges].join(', ')}
     from ${read} join (values ${values.join(', ')}) as firsts(file_index, slice_date, first_n) using (file_index, slice_date)
     group by file_index, slice_date order by slice_date`,
  );
  for (const row of rows) {
    const keys = moving.flatMap((key, i): [string, KeyRange][] => {
      const [first, last] = [row[`first_${i}`], row[`last_${i}`]];
      return typeof first === 'string' && typeof last === 'string' ? [[keyName(key), [first, last]]] : [];
    });
    const slice: Slice = {
      date: String(row.slice_date),
      rows: Number(row.rows),
      digest: String(row.digest),
      ...(keys.length > 0 ? { keys: Object.fromEntries(keys) } : {}),
    };
    const { file } = files[Number(row.file_index)] as Written;
    slices.set(file, [...(slices.get(file) ?? []), slice]);
  }
  return slices;
}
