import type { Contract, ContractColumn } from './contract.js';
import { LAYERS, type Layer, type Model, type ModelColumn, type Reach, type Read } from './model.js';

/** What each layer is for, and where its files stand in the mirror. */
const LAYER: Record<Layer, { readonly title: string; readonly about: string }> = {
  clean: {
    title: 'Clean tables',
    about:
      'The rows of all exports that keep to their contract, one for each key. Tables of events have a file for each business date; the others have one file.',
  },
  daily: {
    title: 'Daily tables',
    about: 'Sums for each business date. They add up: every longer span is made of them.',
  },
  rolling: {
    title: 'Rolling tables',
    about:
      'The last 30 and 60 days (the settings `short_window_days` and `long_window_days`) up to an as-of date, that date included, and everything up to it (`lifetime`).',
  },
  report: {
    title: 'Reports',
    about:
      'One question each, answered as of a date. The files of a date hold the same rows as Parquet, CSV and Arrow; `report.html` shows the first rows of all of them, `report.json` up to 1,000 of each. The Parquet files have no `as_of_date`: the folder names it.',
  },
  checks: {
    title: 'Checks',
    about:
      'What must not be: each row is a violation. A check without violations has no file. [Checks](checks.md) tells when they keep a release from being published.',
  },
};

const REACH: Record<Reach, string> = {
  same: '',
  window: ' over the longest window',
  two_windows: ' over the longest window and the one before',
  before: ' of the as-of date before',
  since: ' of the days since then',
  until: ' up to the as-of date',
};

/**
 * The data dictionary as Markdown: what an export must hold, and every table that is made of it. Depends on nothing but
 * its arguments; tables stand in the order of the layers, then of their names.
 */
export function dictionary(contracts: readonly Contract[], models: readonly Model[]): string {
  const tables = [...contracts].sort(byName(({ table }) => table));
  const layers = LAYERS.map((layer) => ({
    layer,
    models: models.filter((model) => model.layer === layer).sort(byName(({ name }) => name)),
  }));
  const blocks = [
    '# Tables',
    'Written from the contracts and the headers of the models below `jobs/`; a test holds it to them.',
    INTRODUCTION,
    '## All of them',
    lines(['| table | one row for each | |', '|---|---|---|', ...layers.flatMap(({ models }) => models.map(indexRow))]),
    '## Exports',
    CONTRACTS,
    ...tables.flatMap(contractSection),
    '## Quarantine',
    QUARANTINE,
    ...layers.flatMap(({ layer, models }) => [
      `## ${LAYER[layer].title}`,
      LAYER[layer].about,
      ...models.flatMap((model) => modelSection(model, tables)),
    ]),
  ];
  return `${blocks.join('\n\n')}\n`;
}

const INTRODUCTION = lines([
  'Paths count from the output folder. The date that a path names is a column too, though it is not in the file: readers of',
  'Hive-style folders (DuckDB, pandas, Polars, Spark, Athena) add it. All times are UTC; the *date* of a time is its business',
  'date, in the `time_zone` of the configuration. A column that may be missing says so.',
  '',
  '| type | Parquet | what it is |',
  '|---|---|---|',
  '| integer | INT64 | a whole number of 64 bits |',
  '| double | DOUBLE | |',
  '| text | BYTE_ARRAY UTF8 | |',
  '| date | INT32 DATE | |',
  '| timestamp | INT64 TIMESTAMP_MICROS | UTC, without a zone of its own |',
  '| boolean | BOOLEAN | |',
]);

const CONTRACTS = lines([
  'What Dayfold reads from an export. The first of the *names in the export* that its header has is taken; a configuration',
  'may name others, and change type, default, accepted values and smallest value. Other columns are left out, and named in',
  'the notes of the run. Rows that break a check are quarantined: see [rules](rules.md). A `category` is text that is brought to',
  'lower snake case, so that `Page View` and `page-view` are one.',
]);

const QUARANTINE = lines([
  'The records that were refused, one row for each, by export: `latest/quarantine/<table>/export_date=YYYY-MM-DD/<export>.parquet`.',
  'An export without any has no file.',
  '',
  '| column | type | |',
  '|---|---|---|',
  '| `export` | text | the path of the export below the folder of exports |',
  '| `line` | integer | the line on which the record begins, counted from 1, in the decompressed export |',
  '| `rule` | text | the first [rule](rules.md) that it breaks |',
  '| `column` | text | the column of the contract that the rule speaks of; missing when it speaks of the whole record |',
  '| `value` | text | the text that broke the rule, or what was found instead of a record |',
  '| `raw` | text | the record as it stands in the export, up to 64 KiB; bytes that are no UTF-8 are U+FFFD |',
]);

function contractSection(contract: Contract): string[] {
  const { table, description, delivery, key, event_time, dates, counter } = contract;
  const facts = [
    `Delivery unless set otherwise: ${delivery}.`,
    `Key: ${key.map(list).join(', else ')}.`,
    `Time of the row: ${code(event_time)}.`,
    ...(dates.length > 1 ? [`A row is an event on the dates of ${list(dates)}.`] : []),
    ...(counter === undefined
      ? []
      : [`As \`counter\`, ${code(counter.value)} counts up for each ${list(counter.key)}.`]),
  ];
  return [
    `### Export of ${table}`,
    description,
    facts.join(' '),
    lines([
      '| column | type | names in the export | when it is missing | checks | |',
      '|---|---|---|---|---|---|',
      ...Object.entries(contract.columns).map(([name, column]) =>
        row([
          code(name),
          column.type,
          list(column.from),
          whenMissing(column),
          checks(column).join('; '),
          column.description,
        ]),
      ),
    ]),
  ];
}

function whenMissing({ required, default: fallback }: ContractColumn): string {
  if (fallback !== undefined) return code(String(fallback));
  return required ? 'quarantined' : 'stays missing';
}

function checks({ min, max, accepted, not_before, max_missing }: ContractColumn): string[] {
  return [
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
    ...(accepted === undefined ? [] : [`one of ${list(accepted)}`]),
    ...(max_missing === undefined ? [] : [`missing in at most ${100 * max_missing} % of the rows`]),
    ...(not_before === undefined ? [] : [`not before ${code(not_before)}`]),
  ];
}

function indexRow(model: Model): string {
  const name = titleOf(model);
  return row([`[${name}](#${anchor(name)})`, list(model.grain), model.text]);
}

function modelSection(model: Model, contracts: readonly Contract[]): string[] {
  const facts = [
    `- One row for each ${list(model.grain)}`,
    `- Files: ${code(filesOf(model, contracts))}`,
    `- Made from: ${model.reads.map(source).join(', ')}`,
    `- Model: [${code(`jobs/${model.layer}/${model.name}.sql`)}](../jobs/${model.layer}/${model.name}.sql)`,
  ];
  return [
    `### ${titleOf(model)}`,
    model.text,
    lines(facts),
    lines([
      '| column | type | unit | |',
      '|---|---|---|---|',
      ...model.columns.map((column) =>
        row([code(column.name), typeOf(column, contracts), column.unit, column.description]),
      ),
    ]),
  ];
}

function titleOf({ layer, name }: Model): string {
  return layer === 'report' ? name : `${layer}.${name}`;
}

/** The column that stands in the path; tables that are not kept by date have none. */
export function dateColumn({ layer, name, columns }: Model, contracts: readonly Contract[]): string | undefined {
  if (layer === 'daily') return 'event_date';
  if (layer === 'checks') return columns[0]?.name;
  if (layer !== 'clean') return 'as_of_date';
  return contracts.find(({ table }) => table === name)?.partition === 'event_date' ? 'event_date' : undefined;
}

function filesOf(model: Model, contracts: readonly Contract[]): string {
  const { layer, name } = model;
  if (layer === 'report') return `latest/reports/YYYY-MM-DD/${name}.{parquet,csv,arrow}`;
  const column = dateColumn(model, contracts);
  return `latest/${layer}/${name}/${column === undefined ? '' : `${column}=YYYY-MM-DD/`}data.parquet`;
}

function source({ schema, table, reach }: Read): string {
  if (schema === 'staged') return `the exports of ${table}`;
  return `[${schema === 'previous' ? 'rolling' : schema}.${table}](#${anchor(`${schema === 'previous' ? 'rolling' : schema}.${table}`)})${REACH[reach]}`;
}

/** An `id` has the type that the contracts give the column of its name. */
export function typeOf({ name, type }: ModelColumn, contracts: readonly Contract[]): string {
  if (type !== 'id') return type;
  return contracts.map(({ columns }) => columns[name]?.type).find((found) => found !== undefined) ?? type;
}

function byName<T>(name: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (name(a) < name(b) ? -1 : 1);
}

function anchor(title: string): string {
  return title.replaceAll('.', '');
}

function code(text: string): string {
  return `\`${text}\``;
}

function list(names: readonly string[]): string {
  return names.map(code).join(', ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function lines(each: readonly string[]): string {
  return each.join('\n');
}
