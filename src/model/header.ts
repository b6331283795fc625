import { basename } from 'node:path';
import { ConfigError } from '../errors.js';
import { NAME, OF_FILES } from './contract.js';
import {
  COLUMN_TYPES,
  type ColumnType,
  type Layer,
  type Model,
  type ModelColumn,
  REACHES,
  type Reach,
  type Read,
  SCHEMAS,
  type Schema,
} from './model.js';

/** What each layer may read, and how far: the later layers read the earlier ones. */
const ALLOWED: Record<Layer, Partial<Record<Schema, readonly Reach[]>>> = {
  clean: { staged: ['same'] },
  daily: { clean: ['same'], daily: ['same'] },
  weekly: { daily: ['week'] },
  monthly: { daily: ['month'] },
  rolling: {
    clean: ['until'],
    daily: ['same', 'window', 'two_windows', 'since'],
    rolling: ['same'],
    previous: ['before'],
  },
  report: { clean: ['until'], daily: ['same', 'window', 'two_windows'], rolling: ['same'] },
  checks: { clean: ['same', 'until'], daily: ['same', 'window', 'two_windows'], rolling: ['same'] },
};

/**
 * What the first column may be: it names the partition. A check is of a date, as daily models are,
 * or of an as-of date.
 */
const PARTITION: Record<Layer, readonly string[]> = {
  clean: [],
  daily: ['event_date'],
  weekly: ['week_date'],
  monthly: ['month_date'],
  rolling: ['as_of_date'],
  report: ['as_of_date'],
  checks: ['event_date', 'as_of_date'],
};

const DATES = new Set(Object.values(PARTITION).flat());

/**
 * Reads one model: header and SELECT.
 * @param file where the text is from; its base name names the model
 * @throws ConfigError with file and line for anything the header lacks, repeats or misspells
 */
export function parseModel(text: string, file: string, layer: Layer): Model {
  const name = basename(file, '.sql');
  const lines = text.split(/\r?\n/);
  const end = lines.findIndex((line) => !line.startsWith('--'));
  const header = new Header(end === -1 ? lines : lines.slice(0, end), file);
  if (!NAME.test(name))
    header.fail(0, `Expected a file name in lower snake case, found \`${name}.sql\``);

  const kind = layer === 'report' && !header.begins('about') ? 'question' : 'about';
  const about = header.entry(kind);
  const grain = header.list('grain');
  const reads = header.list('reads').map((item) => parseRead(item, layer, header));
  header.distinct(reads.map((read) => `${read.schema}.${read.table}`));
  const columns = Array.from(header.rows('columns'), (row) => parseColumn(row, header));
  header.distinct(columns.map((column) => column.name));

  const partitions = PARTITION[layer];
  const first = columns[0]?.name ?? '';
  if (partitions.length > 0 && !partitions.includes(first)) {
    const choices = partitions.map((each) => `\`${each}\``).join(' or ');
    header.fail(
      header.line,
      `Expected ${choices} as the first column of a ${layer} model, found \`${first}\``,
    );
  }
  const far = reads.find(({ schema, reach }) => schema === 'rolling' || reach !== 'same');
  if (layer === 'checks' && first === 'event_date' && far !== undefined) {
    header.fail(
      header.line,
      'Expected reads of clean.<table> or daily.<table> in a check of each `event_date`, ' +
        `found \`${far.schema}.${far.table} ${far.reach}\``,
    );
  }
  for (const column of grain) {
    if (!columns.some((each) => each.name === column)) {
      header.fail(
        header.line,
        `Expected the grain column \`${column}\` among the columns, found none of that name`,
      );
    }
  }
  return {
    name,
    layer,
    file,
    kind,
    text: about,
    grain,
    reads,
    columns,
    sql: selectOf(lines, end, header),
  };
}

function parseRead(item: string, layer: Layer, header: Header): Read {
  const match = /^([a-z]+)\.([a-z][a-z0-9_]*)(?: ([a-z_]+))?$/.exec(item);
  const schema = SCHEMAS.find((each) => each === match?.[1]);
  const reach = REACHES.find((each) => each === (match?.[3] ?? 'same'));
  if (!match?.[2] || !schema || !reach || match[3] === 'same') {
    return header.fail(
      header.line,
      `Expected \`<schema>.<table> [reach]\` with a schema of ${SCHEMAS.join(', ')} and a ` +
        'reach of ' +
        `${REACHES.slice(1).join(', ')}, found \`${item}\``,
    );
  }
  const allowed = ALLOWED[layer];
  if (!allowed[schema]?.includes(reach)) {
    const choices = Object.entries(allowed).flatMap(([of, reaches]) =>
      reaches.map((each) => (each === 'same' ? `${of}.<table>` : `${of}.<table> ${each}`)),
    );
    return header.fail(
      header.line,
      `Expected ${choices.join(', ')} in the reads of a ${layer} model, found \`${item}\``,
    );
  }
  return { schema, table: match[2], reach };
}

function parseColumn(row: string, header: Header): ModelColumn {
  const cells = row.split('|').map((cell) => cell.trim());
  const [name = '', typeName = '', unit = '', description = ''] = cells;
  if (cells.length !== 4)
    header.fail(header.line, `Expected \`name | type | unit | description\`, found \`${row}\``);
  if (!NAME.test(name)) {
    header.fail(
      header.line,
      'Expected the name of a column in lower snake case, beginning with a letter, found ' +
        `\`${name}\``,
    );
  }
  if (OF_FILES.includes(name)) {
    header.fail(
      header.line,
      `Expected a name other than ${OF_FILES.join(' and ')}, which DuckDB has for rows of files, ` +
        `found \`${name}\``,
    );
  }
  const type: ColumnType | undefined = COLUMN_TYPES.find((each) => each === typeName);
  if (!type) {
    return header.fail(
      header.line,
      `Expected a type of ${COLUMN_TYPES.join(', ')}, found \`${typeName}\``,
    );
  }
  if (DATES.has(name) && type !== 'date') {
    header.fail(
      header.line,
      `Expected \`${name}\` to be a date, as it is in all tables, found \`${type}\`: change its ` +
        'name or its type',
    );
  }
  if (description === '')
    header.fail(header.line, `Expected a description of \`${name}\`, found none`);
  return { name, type, unit, description };
}

function selectOf(lines: readonly string[], end: number, header: Header): string {
  const sql = (end === -1 ? [] : lines.slice(end)).join('\n').trim();
  if (!/^(with|select)\b/i.test(sql)) {
    header.fail(
      end === -1 ? lines.length - 1 : end,
      'Expected a `with` or `select` after the header, found something else',
    );
  }
  if (sql.endsWith(';'))
    header.fail(lines.length - 1, 'Expected one SELECT, found a semicolon at its end: take it out');
  // a comment at the end would go on over what follows the SELECT in a statement
  return /--.*$/.test(sql) ? `${sql}\n` : sql;
}

/** The comment lines at the top of a model, read in order; `line` is the last one taken. */
class Header {
  readonly #lines: readonly string[];
  readonly #file: string;
  line = -1;

  constructor(lines: readonly string[], file: string) {
    this.#lines = lines;
    this.#file = file;
  }

  entry(key: string): string {
    this.line += 1;
    const found = this.#lines[this.line];
    const match = /^-- ([a-z]+):(.*)$/.exec(found ?? '');
    const text = match?.[2]?.trim() ?? '';
    if (match?.[1] !== key || (text === '' && key !== 'columns')) {
      this.fail(
        this.line,
        `Expected \`-- ${key}: ...\`, found ${found ? `\`${found}\`` : 'the end of the header'}`,
      );
    }
    return text;
  }

  begins(key: string): boolean {
    return this.#lines[this.line + 1]?.startsWith(`-- ${key}:`) === true;
  }

  list(key: string): string[] {
    const items = this.entry(key)
      .split(',')
      .map((item) => item.trim().replace(/\s+/g, ' '));
    this.distinct(items);
    return items;
  }

  *rows(key: string): Generator<string> {
    this.entry(key);
    if (this.line === this.#lines.length - 1)
      this.fail(this.line, 'Expected columns below `-- columns:`, found none');
    while (this.line < this.#lines.length - 1) {
      this.line += 1;
      yield this.#lines[this.line]?.slice(2).trim() ?? '';
    }
  }

  distinct(items: readonly string[]): void {
    const twice = items.find((item, i) => items.indexOf(item) !== i);
    if (twice !== undefined)
      this.fail(this.line, `Expected each item once, found \`${twice}\` twice`);
  }

  /** @param line counted from 0 */
  fail(line: number, message: string): never {
    throw new ConfigError(`${this.#file}:${line + 1}: ${message}.`);
  }
}
