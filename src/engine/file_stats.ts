import type parquet from 'parquetjs-lite';

/**
 * How many values of a column are missing, and two values between which all others are, as JSON: an
 * integer of 64 bits is no number of JavaScript. Dates are YYYY-MM-DD, timestamps
 * YYYY-MM-DDTHH:MM:SS.mmm in UTC. There are no bounds where the file has none that hold for sure.
 */
type ColumnStats =
  | readonly [missing: number]
  | readonly [missing: number, least: string, most: string];

/** What the footer of a Parquet file says of its columns, by name. */
export type FileStats = Readonly<Record<string, ColumnStats>>;

type RowGroups = InstanceType<typeof parquet.ParquetReader>['metadata']['row_groups'];

/** Longer texts are no bounds, because they would fill the manifests. */
const LONGEST = 64;

/**
 * The statistics of a file, from those of its row groups.
 * @param groups as parquetjs-lite reads them
 * @param columns SQL type by column name
 */
export function statsOf(groups: RowGroups, columns: ReadonlyMap<string, string>): FileStats {
  const found: Record<string, ColumnStats> = {};
  for (const [i, [name, type]] of [...columns].entries()) {
    const chunks = groups.map((group) => ({
      rows: Number(group.num_rows),
      ...group.columns[i]?.meta_data.statistics,
    }));
    const missing = chunks.reduce((sum, { null_count }) => sum + Number(null_count ?? 0), 0);
    const held = chunks.filter(({ rows, null_count }) => rows > Number(null_count ?? 0));
    const least = extreme(
      held.map(({ min_value }) => boundOf(min_value, type, -1)),
      -1,
    );
    const most = extreme(
      held.map(({ max_value }) => boundOf(max_value, type, 1)),
      1,
    );
    found[name] =
      least === undefined || most === undefined
        ? [missing]
        : [missing, shown(least, type), shown(most, type)];
  }
  return found;
}

type Bound = bigint | number | string | boolean;

/**
 * A bound that holds for sure. parquetjs-lite gives dates and times as Date, and drops what is less
 * than a millisecond.
 */
function boundOf(value: unknown, type: string, direction: -1 | 1): Bound | undefined {
  if (value instanceof Date) return value.getTime() + (type === 'TIMESTAMP' ? direction : 0);
  // the decoder writes U+FFFD for what is no UTF-8, which is another place in the order
  if (typeof value === 'string')
    return value.length > LONGEST || value.includes('\ufffd') ? undefined : value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'bigint' || typeof value === 'boolean' ? value : undefined;
}

/** The outermost of some bounds; undefined where one is unknown, or there is none. */
function extreme(bounds: readonly (Bound | undefined)[], direction: -1 | 1): Bound | undefined {
  let outermost = bounds[0];
  for (const bound of bounds) {
    if (bound === undefined || outermost === undefined) return undefined;
    if (compare(bound, outermost) * direction > 0) outermost = bound;
  }
  return outermost;
}

/** Texts by their bytes, as Parquet orders them. */
function compare(a: Bound, b: Bound): number {
  if (typeof a === 'string' && typeof b === 'string')
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : Number(a > b);
}

/** As JSON. */
function shown(bound: Bound, type: string): string {
  if (typeof bound === 'bigint') return String(bound);
  if (type === 'DATE') return JSON.stringify(new Date(Number(bound)).toISOString().slice(0, 10));
  return JSON.stringify(
    type === 'TIMESTAMP' ? new Date(Number(bound)).toISOString().slice(0, -1) : bound,
  );
}
