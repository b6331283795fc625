import type { Night } from '../../build/night.js';
import { readParquet, writeParquet } from '../../build/objects.js';
import type { Source } from '../../config/source.js';
import { identifier, type Session } from '../../engine/engine.js';
import { SQL_TYPE } from '../../ingest/sql/values.js';
import type { DataObject, Partition } from '../../release/schema.js';
import type { Loaded } from './load.js';
import { replaceParsed } from './parse.js';

/**
 * Puts what each row of a counter export adds to the count before in place of its count, which
 * is in `counter` from then on. The count before is that of the last export that had the key. A
 * key that no export had adds all of its count; one whose count fell was reset, and adds all of it
 * too. The first export of all adds nothing, for when its uses were is unknown.
 * @param before key of the export before, which is in the release being built
 */
export async function takeDifferences(
  night: Night,
  session: Session,
  source: Source,
  before: string | undefined,
): Promise<void> {
  const { value, key } = source.counter ?? { value: '', key: [] };
  const count = `now.${identifier(value)}`;
  const previous = await countsAfter(night, source, before);
  const added =
    previous === undefined
      ? 'cast(0 as bigint)'
      : `case when previous.counter is null or ${count} < previous.counter then ${count} else ` +
        `${count} - previous.counter end`;
  const matched = key
    .map((name) => `now.${identifier(name)} = previous.${identifier(name)}`)
    .join(' and ');
  const join = previous === undefined ? '' : `left join (${previous}) as previous on ${matched}`;
  await replaceParsed(
    session,
    `select now.* replace (${added} as ${identifier(value)}), ${count} as counter from ` +
      `(select *, rowid as place from parsed) as now ${join} order by place`,
  );
}

/**
 * Writes the counts of keys that exports before had and this one has not, so that each goes on from
 * there when it comes again: the next export looks no further back than at this one.
 * @param staged the rows of this export; undefined when it has none
 * @param before key of the export before
 * @returns undefined when it has them all
 */
export async function carry(
  night: Night,
  session: Session,
  { source, export: { date } }: Pick<Loaded, 'source' | 'export'>,
  {
    staged,
    before,
  }: {
    readonly staged: Pick<Partition, 'objects'> | undefined;
    readonly before: string | undefined;
  },
): Promise<DataObject | undefined> {
  const { key } = source.counter ?? { key: [] as string[] };
  const keys = key.map(identifier).join(', ');
  const previous = await countsAfter(night, source, before);
  if (previous === undefined) return undefined;
  const now =
    staged === undefined || staged.objects.length === 0
      ? ''
      : `anti join (select ${keys} from ${await readParquet(night, staged.objects)}) as now ` +
        `using (${keys})`;
  const missing = `from (${previous}) as previous ${now}`;
  const [found] = await session.rows(`select count(*) as keys ${missing}`);
  if (Number(found?.keys) === 0) return undefined;
  const types = source.columns
    .filter(({ name }) => key.includes(name))
    .map(({ name, type }) => [name, SQL_TYPE[type]] as const);
  const part = {
    select: `select ${keys}, counter ${missing} order by ${keys}`,
    folder: `objects/carried/${source.table}/export_date=${date}`,
  };
  const [object] = await writeParquet(
    night,
    session,
    [part],
    new Map([...types, ['counter', 'BIGINT']]),
  );
  return object;
}

function isLast(key: readonly string[]): string {
  return `row_number() over (partition by ${key.map(identifier).join(', ')}
    order by line desc) = 1`;
}

/** SQL of the last count of each key up to an export; undefined when there is no such export. */
async function countsAfter(
  night: Night,
  source: Source,
  name: string | undefined,
): Promise<string | undefined> {
  const { key } = source.counter ?? { key: [] as string[] };
  const keys = key.map(identifier).join(', ');
  const staged = name === undefined ? undefined : night.next.get(`staged/${source.table}`, name);
  if (staged === undefined) return undefined;
  const parts: string[] = [];
  if (staged.objects.length > 0) {
    parts.push(
      `select ${keys}, counter from ${await readParquet(night, staged.objects)} qualify ` +
        `${isLast(key)}`,
    );
  }
  if (staged.carried)
    parts.push(`select ${keys}, counter from ${await readParquet(night, [staged.carried])}`);
  if (parts.length > 0) return parts.join(' union all ');
  const nothing = source.columns
    .filter((column) => key.includes(column.name))
    .map((column) => `NULL::${SQL_TYPE[column.type]} as ${identifier(column.name)}`);
  return `select ${nothing.join(', ')}, NULL::BIGINT as counter where false`;
}
