import { stagedColumns } from '../build/columns.js';
import { type PreparedModel, relationColumns } from '../build/models.js';
import type { Source } from '../config/source.js';
import { VOCABULARY } from '../engine/duckdb/vocabulary.js';
import { identifier, quote } from '../engine/engine.js';
import { quotePath } from '../engine/paths.js';
import { emptyRelation } from '../engine/relation.js';
import { filesOf } from '../release/partition.js';
import type { Release } from '../release/release.js';
import type { DataObject } from '../release/schema.js';
import type { Store } from '../store/store.js';

const SCHEMAS = [
  'staged',
  'clean',
  'daily',
  'weekly',
  'monthly',
  'rolling',
  'previous',
  'report',
  'checks',
];

/**
 * The statements that let every model run as it is in a DuckDB shell: the vocabulary,
 * `settings` and `windows`, and a view for each table over all partitions of a release.
 * @param settings the statements that make `settings` and `windows`
 */
export function shellSetup(
  store: Store,
  release: Release,
  {
    sources,
    models,
  }: { readonly sources: readonly Source[]; readonly models: readonly PreparedModel[] },
  settings: string,
): string {
  const views = [
    ...sources.map((source) =>
      source.partition === 'event_date'
        ? datedView(store, release, source, models)
        : stagedView(store, release, source),
    ),
    ...models.map((model) => tableView(store, release, model)),
    ...models
      .filter(({ model }) => model.layer === 'rolling')
      .map(({ model, columns }) =>
        emptyRelation(`previous.${model.name}`, new Map([['as_of_date', 'DATE'], ...columns])),
      ),
  ];
  const statements = [
    "set TimeZone = 'UTC';",
    VOCABULARY.trim(),
    ...SCHEMAS.map((schema) => `create schema if not exists ${schema};`),
    settings,
    ...views.map((view) => `${view};`),
  ];
  return `${statements.join('\n\n')}\n`;
}

function tableView(store: Store, release: Release, model: PreparedModel): string {
  const { table } = model;
  const all = relationColumns(model);
  const objects = release
    .of(table)
    .flatMap((partition) => (partition.expired ? [] : partition.objects));
  const name = table.replace('/', '.');
  if (objects.length === 0) return emptyRelation(name, all);
  return (
    `create or replace view ${name} as\nselect ` +
    `${[...all.keys()].map(identifier).join(', ')}\nfrom ${reading(store, objects)}`
  );
}

/**
 * The rows that the clean model of a dated table is given, as its table has them: the model has
 * made them already, and makes the same of them again.
 */
function datedView(
  store: Store,
  release: Release,
  source: Source,
  models: readonly PreparedModel[],
): string {
  const table = `clean/${source.table}`;
  const has = models.find((model) => model.table === table)?.columns;
  const objects = release
    .of(table)
    .flatMap((partition) => (partition.expired ? [] : partition.objects));
  const columns = new Map(
    [...stagedColumns(source)].filter(([name]) => name !== 'line' && name !== 'counter'),
  );
  const name = `staged.${source.table}`;
  if (objects.length === 0) return emptyRelation(name, columns);
  const list = [...columns].map(([column, type]) =>
    column === 'event_date' || has?.has(column)
      ? identifier(column)
      : `NULL::${type} as ${identifier(column)}`,
  );
  return (
    `create or replace view ${name} as\nselect ${list.join(', ')}\nfrom ` +
    `${reading(store, objects)}`
  );
}

/**
 * The staged rows of an undated table without duplicates, as the worker hands them to its clean
 * model.
 */
function stagedView(store: Store, release: Release, source: Source): string {
  const exports = release.liveExportsOf(source);
  // derived rows: the first one counts
  const live = source.derivation === null ? exports : exports.toReversed();
  const objects = live.flatMap((partition) => partition.objects);
  const places = objects.map(({ key, rows, within }, place) => {
    const [file, first] = within === undefined ? [key, 0] : [within.key, within.first];
    return `(${quote(store.locate(file))}, ${first}, ${first + rows}, ${place})`;
  });
  const columns = new Map(
    [...stagedColumns(source)].filter(([name]) => name !== 'line' && name !== 'counter'),
  );
  const name = `staged.${source.table}`;
  if (objects.length === 0) return emptyRelation(name, columns);
  const counted =
    source.delivery === 'counter' && source.counter
      ? `where ${identifier(source.counter.value)} > 0\n`
      : '';
  const has = (key: readonly string[]) =>
    key.map((column) => `${identifier(column)} is not null`).join(' and ');
  // the first key of which a row has every column; a row without any key is its own
  const chosen = `case ${source.key.map((key, i) => `when ${has(key)} then ${i}`).join(' ')} end`;
  const parts = source.key.flatMap((key, i) =>
    key.map((column) => `case when key = ${i} then ${identifier(column)} end`),
  );
  return `create or replace view ${name} as
select ${[...columns.keys()].map(identifier).join(', ')}
from (select *, ${chosen} as key
  from ${reading(store, objects, 'filename = true', 'file_row_number = true')}
  join (values ${places.join(', ')}) as places(filename, first, after_last, place)
    using (filename)
  where file_row_number >= first and file_row_number < after_last)
${counted}qualify key is null or row_number() over (partition by key, ${parts.join(', ')}
  order by place desc, line desc) = 1`;
}

function reading(store: Store, objects: readonly DataObject[], ...options: string[]): string {
  const files = filesOf(objects)
    .map(({ key }) => `  ${quotePath(store.locate(key))}`)
    .join(',\n');
  return `read_parquet([\n${files}\n], ${['hive_partitioning = true', ...options].join(', ')})`;
}
