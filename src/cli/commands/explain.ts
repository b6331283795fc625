import { type SourceTrace, type Trace, traceOf } from '../../build/trace.js';
import { loadJobs } from '../../config/jobs.js';
import { didYouMean } from '../../config/suggest.js';
import { counted, number } from '../../counts.js';
import { ConfigError } from '../../errors.js';
import type { Key, SourceRows } from '../../inspect/rows.js';
import type { Model } from '../../model/model.js';
import { readLive } from '../../release/commit.js';
import type { Release } from '../../release/release.js';
import type { Partition } from '../../release/schema.js';
import { openStore } from '../../store/open.js';
import { openConfig } from '../configuration.js';
import { someOf, tableLines } from '../table.js';

const EXPORTS_SHOWN = 5;
const ROWS_SHOWN = 20;

export interface ExplainOptions {
  readonly config?: string;
  readonly key?: string;
  readonly json?: boolean;
}

/**
 * `run-job explain`: from a partition of the live release back to its exports, and to lines of
 * them.
 */
export async function explain(table: string, date: string, options: ExplainOptions): Promise<void> {
  const key = options.key === undefined ? undefined : parseKey(options.key);
  const config = await openConfig(options.config);
  const output = await openStore(config.output, config.base);
  const { sources, models } = await loadJobs(config);
  const { release } = await readLive(output);
  const partition = partitionOf(release, models, table, date);
  const reaches = { window: config.settings.long_window_days };
  const trace = traceOf(partition, release, { models, sources, reaches });
  let rows: SourceRows[] | undefined;
  if (key !== undefined) {
    // the engine is loaded here: without a key it is not needed
    const { withReading } = await import('../../inspect/session.js');
    const { sourceRows } = await import('../../inspect/rows.js');
    const traced = { release, sources, timeZone: config.time_zone };
    rows = await withReading(config, output, (reading) =>
      sourceRows(reading, traced, trace.sources, key),
    );
  }
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ release: release.number, ...trace, rows_of_key: rows }, null, 2)}\n`
      : describe(release.number, trace, rows),
  );
}

/** @throws ConfigError for anything but column=value */
export function parseKey(text: string): Key {
  const at = text.indexOf('=');
  if (at < 1)
    throw new ConfigError(`--key: expected column=value, such as user_id=7, found ${text}`);
  return { column: text.slice(0, at), value: text.slice(at + 1) };
}

/**
 * The partition of a model's table that a command line names: by layer and name, or the name alone
 * where one model has it.
 * @throws ConfigError when there is no such table or partition
 */
export function partitionOf(
  release: Release,
  models: readonly Model[],
  table: string,
  date: string,
): Partition {
  const tables = models.map(({ layer, name }) => `${layer}/${name}`);
  const found = tables.filter((each) => each === table || each.endsWith(`/${table}`));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    const names = [...tables, ...models.map(({ name }) => name)];
    throw new ConfigError(
      only === undefined
        ? `TABLE: expected one of ${tables.join(', ')}, found ${table}${didYouMean(table, names)}`
        : `TABLE: expected one of ${found.join(', ')}, found ${table}, which several are called`,
    );
  }
  const partition = release.get(only, date);
  if (partition === undefined) {
    const names = release.of(only).map(({ name }) => name);
    const there =
      names.length === 0
        ? 'none'
        : names.length === 1
          ? names[0]
          : `${names[0]} to ${names.at(-1)}`;
    throw new ConfigError(
      `${only} ${date}: expected a partition of release ${release.number}, which has ${there}`,
    );
  }
  return partition;
}

/** Where a number comes from, for a person at a terminal. */
export function describe(
  release: number,
  trace: Trace,
  found: readonly SourceRows[] | undefined,
): string {
  const rows = counted(trace.rows, 'row');
  const what = `${trace.table} ${trace.name} of release ${release}: ${rows}`;
  if (trace.through.length + trace.sources.length === 0)
    return `${what}, made from no rows of other tables\n`;
  const lines = [
    `${what}, made from`,
    '',
    ...tableLines([
      ['table', 'partitions', 'rows', 'dates'],
      ...trace.through.map(({ table, partitions, rows, before }) => [
        before ? `${table} (builds on)` : table,
        number(partitions.length),
        number(rows),
        span(partitions[0] ?? null, partitions.at(-1) ?? null),
      ]),
    ]),
    ...trace.sources.flatMap(describeSource),
    ...(found ?? []).flatMap(describeRows),
  ];
  return `${lines.join('\n')}\n`;
}

function span(first: string | null, last: string | null): string {
  if (first === last && first !== null) return first;
  if (first === null) return last === null ? 'all' : `up to ${last}`;
  return last === null ? `from ${first}` : `${first} to ${last}`;
}

function describeSource({ table, first, last, exports }: SourceTrace): string[] {
  const quarantined = new Map<string, number>();
  for (const [rule, count] of exports.flatMap((each) => Object.entries(each.quarantined))) {
    quarantined.set(rule, (quarantined.get(rule) ?? 0) + count);
  }
  const sum = (count: (each: SourceTrace['exports'][number]) => number) =>
    exports.reduce((all, each) => all + count(each), 0);
  const keys = exports.map((each) => each.export).reverse();
  return [
    '',
    `${table}, ${span(first, last)}: ${counted(exports.length, 'export')} with ${counted(
      sum((each) => each.records),
      'record',
    )}, ${number(sum((each) => each.staged))} staged`,
    ...(keys.length === 0 ? [] : [`  ${someOf(keys, EXPORTS_SHOWN)}`]),
    ...[...quarantined].sort().map(([rule, count]) => `  quarantined: ${rule} ${number(count)}`),
  ];
}

function describeRows({ table, found, rows }: SourceRows): string[] {
  const shown = rows.slice(0, ROWS_SHOWN).map(({ export: key, line, values }) => {
    const cells = Object.entries(values).map(([name, value]) => `${name}=${value ?? ''}`);
    return `  ${key}:${line}  ${cells.join(' ')}`;
  });
  const more = found - shown.length;
  return [
    '',
    `${table}: ${counted(found, 'source row')} with this key, as they were read, duplicates ` +
      'among them',
    ...shown,
    ...(more > 0 ? [`  and ${number(more)} more; --json has up to 1,000`] : []),
  ];
}
