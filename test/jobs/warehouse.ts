import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { parse } from 'yaml';
import { VOCABULARY } from '../../src/engine/duckdb/vocabulary.js';
import {
  type Exports,
  exportsSelects,
  type FunnelStep,
  funnelSelect,
} from '../../src/engine/lists.js';
import { loadModels } from '../../src/model/load.js';
import { type ColumnType, DATE_OF, type Model, type Read } from '../../src/model/model.js';
import { compareKeys } from '../../src/store/keys.js';

export const JOBS = fileURLToPath(new URL('../../jobs', import.meta.url));
const AS_OF = '2026-11-20';

const SETTINGS = {
  as_of_date: AS_OF,
  time_zone: 'UTC',
  short_window_days: 30,
  long_window_days: 60,
  many_sessions: 3,
  few_features: 3,
  top_features: 3,
  wide_features: 3,
  quick_resolution_days: 2,
  inactive_days: 60,
  funnel_days: 14,
};

const NO_EXPORTS: Exports = { absences: [], deliveries: [] };

const SQL_TYPES: Record<Exclude<ColumnType, 'id'>, string> = {
  integer: 'BIGINT',
  double: 'DOUBLE',
  text: 'VARCHAR',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  boolean: 'BOOLEAN',
};

/** Types of contracts that models do not have. */
const CONTRACT_TYPES: Readonly<Record<string, string>> = {
  category: 'VARCHAR',
  duration: 'BIGINT',
};

export type Cell = string | number | boolean | null;
type Columns = ReadonlyMap<string, string>;

/**
 * A day by its distance from the as-of date: `A` is the date itself, `A-29` the first of its 30
 * days.
 */
export function day(cell: string): string {
  const days = cell === 'A' ? 0 : Number(/^A([+-]\d+)$/.exec(cell)?.[1] ?? Number.NaN);
  return new Date(Date.parse(AS_OF) + days * 86_400_000).toISOString().slice(0, 10);
}

/**
 * All relations of the models, empty until filled, in an in-memory DuckDB. Runs of a model are made
 * twice, over whole relations as in an analyst's shell and over just the partitions its header
 * names as in the worker; the rows must be the same.
 */
export class Warehouse {
  readonly models: ReadonlyMap<string, Model>;
  readonly #connection: DuckDBConnection;
  readonly #relations = new Map<string, Columns>();

  readonly #filled = new Set<string>();
  readonly #every: number;
  #runs = 0;

  private constructor(connection: DuckDBConnection, models: readonly Model[], every: number) {
    this.#connection = connection;
    this.#every = every;
    this.models = new Map(models.map((model) => [`${model.layer}.${model.name}`, model]));
  }

  /** @param every how many runs there are to one that is made twice */
  static async open({ threads = 1, every = 1 } = {}): Promise<Warehouse> {
    const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) });
    const warehouse = new Warehouse(await instance.connect(), await loadModels([JOBS]), every);
    await warehouse.#create();
    return warehouse;
  }

  async #create(): Promise<void> {
    const contracts = readdirSync(join(JOBS, 'clean')).filter((file) => file.endsWith('.yaml'));
    const ids = new Map<string, string>();
    for (const file of contracts) {
      const contract = parse(readFileSync(join(JOBS, 'clean', file), 'utf8')) as {
        partition: string;
        columns: Record<string, { type: string }>;
      };
      const columns = new Map(contract.partition === 'event_date' ? [['event_date', 'DATE']] : []);
      for (const [name, { type }] of Object.entries(contract.columns)) {
        const sqlType = CONTRACT_TYPES[type] ?? SQL_TYPES[type as keyof typeof SQL_TYPES];
        columns.set(name, sqlType);
        ids.set(name, sqlType);
      }
      this.#relations.set(`staged.${basename(file, '.yaml')}`, columns);
    }
    for (const [key, model] of this.models) {
      const columns = new Map(
        model.columns.map(({ name, type }) => [
          name,
          type === 'id' ? (ids.get(name) ?? '') : SQL_TYPES[type],
        ]),
      );
      this.#relations.set(key, columns);
      if (model.layer === 'rolling') this.#relations.set(`previous.${model.name}`, columns);
    }
    await this.query(`attach ':memory:' as worker`);
    for (const catalog of ['worker', 'memory']) {
      await this.query(`use ${catalog}; ${VOCABULARY}`);
      for (const schema of [
        'staged',
        'clean',
        'daily',
        'weekly',
        'monthly',
        'rolling',
        'report',
        'checks',
        'previous',
      ]) {
        await this.query(`create schema ${schema}`);
      }
    }
    for (const [name, columns] of this.#relations) {
      await this.query(
        `create table ${name} (${[...columns].map(([column, type]) => `"${column}" ${type}`).join(', ')})`,
      );
    }
    await this.reset();
  }

  /** Empties the relations, or just those of one schema. */
  async empty(schema = ''): Promise<void> {
    const filled = [...this.#filled].filter((name) => name.startsWith(schema));
    if (filled.length > 0) await this.query(filled.map((name) => `truncate ${name}`).join('; '));
    for (const name of filled) this.#filled.delete(name);
  }

  /** Empties every relation and sets the run, with what differs from the defaults. */
  async reset(
    changed: Partial<typeof SETTINGS> = {},
    windows: readonly number[] = [30, 60],
  ): Promise<void> {
    await this.empty();
    const items = Object.entries({ ...SETTINGS, ...changed }).map(([name, value]) => {
      if (name === 'as_of_date') return `date '${value}' as ${name}`;
      return typeof value === 'number'
        ? `cast(${value} as bigint) as ${name}`
        : `'${value}' as ${name}`;
    });
    await this.query(`create or replace table settings as select ${items.join(', ')};
      create or replace table windows as select cast(unnest([${windows.join(', ')}]) as bigint) as window_days;
      ${exportsSelects(NO_EXPORTS)
        .map(([name, select]) => `create or replace table ${name} as ${select};`)
        .join('\n')}
      create or replace table funnel_steps as ${funnelSelect([], literal)};
      create or replace view worker.absences as from memory.absences;
      create or replace view worker.deliveries as from memory.deliveries;
      create or replace view worker.funnel_steps as from memory.funnel_steps;
      create or replace view worker.settings as from memory.settings;
      create or replace view worker.windows as from memory.windows`);
  }

  /** Makes the lifetime tables those of an earlier as-of. */
  async age(): Promise<void> {
    for (const { layer, name } of this.models.values()) {
      if (layer !== 'rolling') continue;
      await this.query(`insert into previous.${name} from rolling.${name}`);
      this.#filled.add(`previous.${name}`);
    }
    await this.empty('rolling.');
  }

  /** Takes exports away: each is a table and a day. */
  async absent(absences: readonly (readonly [table: string, day: string])[]): Promise<void> {
    const rows = absences.map(([table, cell]) => ({ table, date: day(cell) }));
    await this.#export({ ...NO_EXPORTS, absences: rows }, 'absences');
  }

  /** Delivers tables: each from a day on. */
  async delivered(deliveries: readonly (readonly [table: string, day: string])[]): Promise<void> {
    const rows = deliveries.map(([table, cell]) => ({ table, first: day(cell) }));
    await this.#export({ ...NO_EXPORTS, deliveries: rows }, 'deliveries');
  }

  async #export(exports: Exports, name: string): Promise<void> {
    const select = new Map(exportsSelects(exports)).get(name);
    await this.query(`delete from ${name}; insert into ${name} ${select}`);
  }

  /** Sets the steps of the funnel. */
  async funnel(steps: readonly FunnelStep[]): Promise<void> {
    await this.query(
      `delete from funnel_steps; insert into funnel_steps ${funnelSelect(steps, (text) => `'${text}'`)}`,
    );
  }

  /** Moves the as-of date, and with it what the models see. */
  async moveTo(asOf: string): Promise<void> {
    await this.query(`update settings set as_of_date = date '${asOf}'`);
  }

  /**
   * Adds rows; a column left out is 0 where it is a number, as_of_date the as-of, and missing
   * otherwise.
   */
  async fill(relation: string, columns: string, rows: readonly (readonly Cell[])[]): Promise<void> {
    if (rows.length === 0) return;
    const names = columns.split(' ');
    const types = this.#relations.get(relation);
    if (!types || names.some((name) => !types.has(name)))
      throw new Error(`${relation} has no such columns: ${columns}`);
    const others = [...types].filter(
      ([name, type]) => !names.includes(name) && (type === 'BIGINT' || name === 'as_of_date'),
    );
    const idle = others.filter(
      ([name]) => !name.endsWith('_id') && name !== 'window_days' && !name.startsWith('longest'),
    );
    this.#filled.add(relation);
    const literals = rows.map(
      (row) => `(${row.map(literal).concat(idle.map(([name]) => this.#default(name)))})`,
    );
    const target = [...names, ...idle.map(([name]) => name)];
    await this.query(
      `insert into ${relation} (${target.join(', ')}) values ${literals.join(', ')}`,
    );
  }

  #default(column: string): string {
    return column === 'as_of_date' ? `date '${AS_OF}'` : '0';
  }

  /** Runs models in the order given and keeps their rows as the relations of their names. */
  async build(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.#filled.add(name);
      await this.query(`insert into ${name} by name from (${this.model(name).sql})`);
    }
  }

  /**
   * The rows of a model in its own order, as text: the columns asked for, dates as distances from
   * the as-of.
   */
  async run(name: string, columns: string): Promise<string[]> {
    const rows = await this.objects(name);
    return rows.map((row) =>
      columns
        .split(' ')
        .map((column) => {
          if (!(column in row)) throw new Error(`${name} has no column ${column}`);
          return shown(row[column] ?? null);
        })
        .join(' | '),
    );
  }

  /** The rows of a model as objects, numbers as numbers and dates as text, partition by partition. */
  async objects(name: string): Promise<Record<string, Cell>[]> {
    const model = this.model(name);
    const inShell = byPartition(model, await this.query(model.sql));
    this.#runs += 1;
    if (this.#runs % this.#every !== 0) return inShell;
    const inWorker = await this.#worker(model, inShell);
    if (JSON.stringify(inShell) !== JSON.stringify(inWorker)) {
      throw new Error(
        `${name} differs\nin a shell: ${JSON.stringify(inShell, null, 1)}\nin the worker: ${JSON.stringify(inWorker, null, 1)}`,
      );
    }
    return inShell;
  }

  model(name: string): Model {
    const model = this.models.get(name);
    if (!model) throw new Error(`There is no model ${name}`);
    return model;
  }

  /** Name and type of each column the SELECT of a model has. */
  async describe(name: string): Promise<[name: string, type: string][]> {
    const rows = await this.query(`describe ${this.model(name).sql}`);
    return rows.map((row) => [String(row.column_name), String(row.column_type)]);
  }

  columnsOf(name: string): [name: string, type: string][] {
    return [...(this.#relations.get(name) ?? [])];
  }

  async query(sql: string): Promise<Record<string, Cell>[]> {
    const reader = await this.#connection.runAndReadAll(sql);
    return reader
      .getRowObjects()
      .map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, plain(v)])));
  }

  async #worker(
    model: Model,
    inShell: readonly Record<string, Cell>[],
  ): Promise<Record<string, Cell>[]> {
    const column = DATE_OF[model.layer] ?? 'as_of_date';
    if (model.layer === 'clean') return [...inShell];
    const dates =
      column !== 'as_of_date'
        ? [
            ...new Set([
              ...(column === 'event_date' ? [AS_OF] : []),
              ...inShell.map((row) => String(row[column])),
            ]),
          ].sort()
        : [String((await this.query('select as_of_date from settings'))[0]?.as_of_date)];
    const rows: Record<string, Cell>[] = [];
    for (const date of dates) {
      for (const read of model.reads) await this.query(this.#view(read, date));
      rows.push(
        ...(await this.query(
          `use worker; select * from (${model.sql}) where ${column} = date '${date}'`,
        ).finally(() => this.query('use memory'))),
      );
    }
    return rows;
  }

  #view({ schema, table, reach }: Read, date: string): string {
    const columns = this.#relations.get(`${schema}.${table}`);
    const days = '(select max(window_days) from memory.windows)';
    const back = `date '${date}' - event_date`;
    const earlier = [
      'user_lifetime',
      'user_feature_lifetime',
      'resolution_lifetime',
      'row_lifetime',
      'user_activity_lifetime',
      'activity_gap_lifetime',
    ]
      .map((each) => `(select max(as_of_date) from memory.previous.${each})`)
      .join(', ');
    const own = columns?.has('as_of_date')
      ? `as_of_date = date '${date}'`
      : columns?.has('event_date')
        ? `event_date = date '${date}'`
        : `created_date = date '${date}' or resolved_date = date '${date}'`;
    const where = {
      same: own,
      week: `event_date between date '${date}' and date '${date}' + 6`,
      month: `event_date between date '${date}' and last_day(date '${date}')`,
      window: `${back} between 0 and ${days} - 1`,
      two_windows: `${back} between 0 and 2 * ${days} - 1`,
      before: 'true',
      since: `event_date <= date '${date}' and event_date > coalesce(greatest(${earlier}), date '0001-01-01')`,
      until: `created_date is null or created_date <= date '${date}'`,
    }[reach];
    return `create or replace view worker.${schema}.${table} as select * from memory.${schema}.${table} where ${where}`;
  }
}

function literal(cell: Cell): string {
  if (cell === null) return 'null';
  if (typeof cell !== 'string') return String(cell);
  if (/^A([+-]\d+)?$/.test(cell)) return `date '${day(cell)}'`;
  return `'${cell.replaceAll("'", "''")}'`;
}

function plain(value: unknown): Cell {
  if (typeof value === 'bigint') return Number(value);
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  )
    return value;
  return String(value);
}

function shown(cell: Cell): string {
  if (typeof cell === 'string' && /^\d{4}-\d\d-\d\d$/.test(cell)) {
    const days = (Date.parse(cell) - Date.parse(AS_OF)) / 86_400_000;
    return days === 0 ? 'A' : `A${days > 0 ? '+' : ''}${days}`;
  }
  return cell === null ? '' : String(cell);
}

/** Rows of the same date in the order of the model, which is that of one partition. */
function byPartition({ layer }: Model, rows: readonly Record<string, Cell>[]) {
  const date = DATE_OF[layer];
  if (date === undefined) return [...rows];
  return [...rows].sort((one, other) => compareKeys(String(one[date]), String(other[date])));
}
