import type { Source } from '../config/source.js';
import { ConfigError } from '../errors.js';
import { SQL_TYPE } from '../ingest/sql/values.js';
import { DATE_OF, type Model } from '../model/model.js';
import type { Columns } from './objects.js';

/** SQL types of a staged table, in the order of its objects. `line` is the line in the export. */
export function stagedColumns(source: Source): Columns {
  const columns = new Map(source.columns.map(({ name, type }) => [name, SQL_TYPE[type]]));
  if (source.partition === 'event_date') columns.set('event_date', 'DATE');
  columns.set('line', 'BIGINT');
  if (source.delivery === 'counter') columns.set('counter', 'BIGINT');
  return columns;
}

const MODEL_TYPE = {
  integer: 'BIGINT',
  double: 'DOUBLE',
  text: 'VARCHAR',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  boolean: 'BOOLEAN',
};

/**
 * SQL types of a model's columns.
 * @throws ConfigError for an `id` column of a name that no contract has
 */
export function modelColumns(model: Model, sources: readonly Source[]): Columns {
  return new Map(
    model.columns.map(({ name, type }) => {
      if (type !== 'id') return [name, MODEL_TYPE[type]];
      const column = sources.flatMap((source) => source.columns).find((each) => each.name === name);
      if (column === undefined)
        throw new ConfigError(
          `${model.file}: columns: ${name}: expected the name of a contract's column, ` +
            'because its type is id',
        );
      return [name, SQL_TYPE[column.type]];
    }),
  );
}

/**
 * The column that names the partitions of a model's table, kept out of its objects; undated tables
 * have none.
 */
export function partitionColumn(model: Model, sources: readonly Source[]): string | undefined {
  if (model.layer === 'checks')
    return ['event_date', 'as_of_date'].find((name) => name === model.columns[0]?.name);
  const date = DATE_OF[model.layer];
  if (date !== undefined) return date;
  return sources.find(({ table }) => table === model.name)?.partition === 'event_date'
    ? 'event_date'
    : undefined;
}
