import { type Span, spanFolder } from '../dates.js';
import type { Contract, ContractColumn } from './contract.js';
import {
  DATE_OF,
  LAYERS,
  type Layer,
  type Model,
  type ModelColumn,
  type Reach,
  type Read,
  SPANNED,
} from './model.js';

/** Lines of at most this many characters, unless a word is longer. */
const WIDTH = 100;

/** What each layer is for, and where its files are in the mirror. */
const LAYER: Record<Layer, { readonly title: string; readonly about: string }> = {
  clean: {
    title: 'Clean tables',
    about:
      'One row for each key, from all exports. Tables of events have one file for each ' +
      'business date, or two. Other tables have one file.',
  },
  daily: {
    title: 'Daily tables',
    about: 'Sums and counts for each business date. Longer spans are added up from them.',
  },
  weekly: {
    title: 'Weekly tables',
    about:
      'Each week that is over, from Monday to Sunday, in sums and exact counts of different users.',
  },
  monthly: {
    title: 'Monthly tables',
    about: 'The same of each calendar month that is over.',
  },
  rolling: {
    title: 'Rolling tables',
    about:
      'The last 30 and 60 days up to and including an as-of date (`short_window_days` and ' +
      '`long_window_days` in the settings), and all days up to it (`lifetime`).',
  },
  report: {
    title: 'Reports',
    about:
      'One question each, answered as of a date. Parquet, CSV and Arrow files of a date have ' +
      'the same rows, with the column `as_of_date`. `report.json` has up to 1,000 rows of ' +
      'each report, and `report.html` as many as fit into 300 kB.',
  },
  checks: {
    title: 'Checks',
    about:
      'Each row is a violation. A check without violations has no file. [Checks](checks.md) ' +
      'says when a check blocks publishing.',
  },
};

const REACH: Record<Reach, string> = {
  same: '',
  week: ' of its days',
  month: ' of its days',
  window: ' over the longest window',
  two_windows: ' over the longest window and the one before',
  before: ' of the as-of date before',
  since: ' of the days since then',
  until: ' up to the as-of date',
};

/**
 * The data dictionary as Markdown: what an export must hold, and every table that is made of it.
 * Depends on nothing but its arguments; tables are in the order of the layers, then of their
 * names.
 * @param span what a file of a dated table holds
 */
export function dictionary(
  contracts: readonly Contract[],
  models: readonly Model[],
  span: Span,
): string {
  const tables = [...contracts].sort(byName(({ table }) => table));
  const layers = LAYERS.map((layer) => ({
    layer,
    models: models.filter((model) => model.layer === layer).sort(byName(({ name }) => name)),
  }));
  const blocks = [
    '# Tables',
    wrapped(
      'This page is generated from the contracts and model headers in `jobs/`. A test keeps ' +
        'it up to ' +
        'date.',
    ),
    ...INTRODUCTION,
    '## All tables',
    lines(layers.flatMap(({ models }) => models.map(indexEntry))),
    '## Exports',
    CONTRACTS,
    ...tables.flatMap(contractSection),
    '## Quarantine',
    ...QUARANTINE,
    ...layers.flatMap(({ layer, models }) => [
      `## ${LAYER[layer].title}`,
      wrapped(LAYER[layer].about),
      ...models.flatMap((model) => modelSection(model, tables, span)),
    ]),
  ];
  return `${blocks.join('\n\n')}\n`;
}

const INTRODUCTION = [
  wrapped(
    'Paths start in the output folder. The date in a path is a column, too. Files of reports ' +
      'contain it. In other tables, readers of Hive-style folders (DuckDB, pandas, Polars, ' +
      'Spark, ' +
      'Athena) add it. All times are UTC. The *date* of a time is its business date, in the ' +
      '`time_zone` of the configuration. A column that may be missing says so.',
  ),
  lines([
    '| type | Parquet | what it is |',
    '|---|---|---|',
    '| integer | INT64 | a whole number of 64 bits |',
    '| double | DOUBLE | |',
    '| text | BYTE_ARRAY UTF8 | |',
    '| date | INT32 DATE | |',
    '| timestamp | INT64 TIMESTAMP_MICROS | UTC, without a zone of its own |',
    '| boolean | BOOLEAN | |',
  ]),
];

const CONTRACTS = wrapped(
  'Dayfold reads these columns from an export. It takes the first of the *names in the export* ' +
    'that the header has. A configuration may name others, and change type, default, accepted ' +
    'values and smallest value. Other columns are left out, and the notes of the run name them. ' +
    'Records that break a rule are quarantined ([rules](rules.md)). A `category` becomes lower ' +
    'snake case, so `Page View` and `page-view` are the same.',
);

const QUARANTINE = [
  lines([
    'One row for each refused record, in one file for each export:',
    '`latest/quarantine/<table>/export_date=YYYY-MM-DD/<export>.parquet`. An export without ' +
      'refused',
    'records has no file.',
  ]),
  lines([
    column('export', 'text', 'the path of the export in the exports folder'),
    column(
      'line',
      'integer',
      'the line on which the record begins, counted from 1, in the decompressed export',
    ),
    column('rule', 'text', 'the first [rule](rules.md) that it breaks'),
    column(
      'column',
      'text',
      'the column of the contract that the rule is about; missing if it is about the whole record',
    ),
    column('value', 'text', 'the text that broke the rule, or what was found instead of a record'),
    column(
      'raw',
      'text',
      'the record as it is in the export, up to 64 KiB; bytes that are not UTF-8 are U+FFFD',
    ),
  ]),
];

function contractSection(contract: Contract): string[] {
  const { table, description, delivery, key, event_time, dates, counter, latest_by } = contract;
  const facts = [
    `Delivery by default: ${delivery}.`,
    `Key: ${key.map(list).join(', else ')}.`,
    `Time of the row: ${code(event_time)}.`,
    ...(dates.length > 1 ? [`A row is an event on the dates of ${list(dates)}.`] : []),
    ...(latest_by === undefined
      ? []
      : [`Of the rows of one key that with the latest ${code(latest_by)} counts.`]),
    ...(counter === undefined
      ? []
      : [`As \`counter\`, ${code(counter.value)} counts up for each ${list(counter.key)}.`]),
  ];
  return [
    `### Export of ${table}`,
    wrapped(description),
    wrapped(facts.join(' ')),
    lines(
      Object.entries(contract.columns).map(([name, each]) =>
        column(name, each.type, aboutColumn(each)),
      ),
    ),
  ];
}

/** What a column is, its names in the export, what becomes of a missing value, and its rules. */
function aboutColumn(each: ContractColumn): string {
  const rules = checks(each);
  return [
    each.description,
    `Names in the export: ${list(each.from)}.`,
    `${whenMissing(each)}.`,
    ...(rules.length === 0 ? [] : [`Rules: ${rules.join('; ')}.`]),
  ].join(' ');
}

function whenMissing({ required, default: fallback }: ContractColumn): string {
  if (fallback !== undefined) return `A missing value becomes ${code(String(fallback))}`;
  return required ? 'A record without it is quarantined' : 'It may be missing';
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

function indexEntry(model: Model): string {
  const name = titleOf(model);
  return entry(`[${name}](#${anchor(name)}): ${model.text}`);
}

function modelSection(model: Model, contracts: readonly Contract[], span: Span): string[] {
  const facts = [
    `One row for each ${list(model.grain)}`,
    `Files: ${code(filesOf(model, contracts, span))}`,
    `Made from: ${model.reads.map(source).join(', ')}`,
    `Model: [SQL](../jobs/${model.layer}/${model.name}.sql)`,
  ];
  return [
    `### ${titleOf(model)}`,
    wrapped(model.text),
    lines(facts.map(entry)),
    'Columns:',
    lines(
      model.columns.map((each) => {
        const type = typeOf(each, contracts);
        return column(
          each.name,
          each.unit === '' ? type : `${type}, ${each.unit}`,
          each.description,
        );
      }),
    ),
  ];
}

function titleOf({ layer, name }: Model): string {
  return layer === 'report' ? name : `${layer}.${name}`;
}

/** The column that is in the path; tables that are not kept by date have none. */
function dateColumn(
  { layer, name, columns }: Model,
  contracts: readonly Contract[],
): string | undefined {
  const date = DATE_OF[layer];
  if (date !== undefined) return date;
  if (layer === 'checks') return columns[0]?.name;
  return contracts.find(({ table }) => table === name)?.partition === 'event_date'
    ? 'event_date'
    : undefined;
}

/** The folder of a file, such as event_date=YYYY-MM-DD; none of undated tables. */
export function partitionOf(
  model: Model,
  contracts: readonly Contract[],
  span: Span,
): string | undefined {
  const column = dateColumn(model, contracts);
  if (column === undefined) return undefined;
  const isSpanned = span !== 'date' && SPANNED.includes(model.layer);
  return isSpanned ? spanFolder(span, 'YYYY-MM-DD') : `${column}=YYYY-MM-DD`;
}

function filesOf(model: Model, contracts: readonly Contract[], span: Span): string {
  const { layer, name } = model;
  if (layer === 'report') return `latest/reports/YYYY-MM-DD/${name}.{parquet,csv,arrow}`;
  const folder = partitionOf(model, contracts, span);
  const date = folder === undefined ? '' : `${folder}/`;
  return `latest/${layer}/${name}/${date}data.parquet`;
}

function source({ schema, table, reach }: Read): string {
  if (schema === 'staged') return `the exports of ${table}`;
  const name = `${schema === 'previous' ? 'rolling' : schema}.${table}`;
  return `[${name}](#${anchor(name)})${REACH[reach]}`;
}

/** An `id` has the type that the contracts give the column of its name. */
export function typeOf({ name, type }: ModelColumn, contracts: readonly Contract[]): string {
  if (type !== 'id') return type;
  return (
    contracts.map(({ columns }) => columns[name]?.type).find((found) => found !== undefined) ?? type
  );
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

function column(name: string, type: string, description: string): string {
  return entry(`${code(name)} (${type}): ${description}`);
}

/** An item of a list. */
function entry(text: string): string {
  return `- ${wrapped(text, WIDTH - 2).replaceAll('\n', '\n  ')}`;
}

function wrapped(text: string, width = WIDTH): string {
  const found: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      found.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return lines([...found, line]);
}

function lines(each: readonly string[]): string {
  return each.join('\n');
}
