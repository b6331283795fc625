import type { Source } from '../config/contracts.js';
import { identifier } from '../engine/engine.js';
import type { Night } from './night.js';
import { readParquet } from './objects.js';

/**
 * The rows of a counter export with what each adds to the export before in place of its count, which stands in
 * `counter`. A key that was not there before adds all of its count; one whose count fell was reset, and adds all of
 * it too. The first export of all adds nothing, for when its uses were is unknown. Of several rows of one key in one
 * export the last one counts; the others add nothing.
 * @param before key of the export before, which stands in the release being built
 */
export async function differenceStatement(
  night: Night,
  source: Source,
  rows: string,
  before: string | undefined,
): Promise<string> {
  const { value, key } = source.counter ?? { value: '', key: [] };
  const count = identifier(value);
  const keys = key.map(identifier).join(', ');
  const earlier = before === undefined ? undefined : night.next.get(`staged/${source.table}`, before);
  const last = `row_number() over (partition by ${keys} order by line desc) = 1`;
  const others = source.columns.filter(({ name }) => name !== value).map(({ name }) => `now.${identifier(name)}`);
  const dated = source.partition === 'event_date' ? 'now.event_date, ' : '';
  const columns = `${others.join(', ')}, ${dated}now.line, now.${count} as counter`;
  const now = `(select *, ${last} as is_last from (${rows}))`;
  if (earlier === undefined) return `select ${columns}, cast(0 as bigint) as ${count} from ${now} as now`;
  const previous =
    earlier.objects.length === 0
      ? `(select ${keys}, cast(0 as bigint) as counter from ${now} where false)`
      : `(select ${keys}, counter from ${await readParquet(night, earlier.objects)} qualify ${last})`;
  return `select ${columns}, case
      when not is_last then 0
      when previous.counter is null or now.${count} < previous.counter then now.${count}
      else now.${count} - previous.counter
    end as ${count}
    from ${now} as now left join ${previous} as previous on ${key.map((name) => `now.${identifier(name)} = previous.${identifier(name)}`).join(' and ')}`;
}
