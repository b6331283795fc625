import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, messageOf } from '../errors.js';
import { type Contract, contractSchema } from '../model/contract.js';
import type { Config, TableConfig } from './config.js';
import { check, readDocument } from './document.js';
import type { Source, SourceColumn } from './source.js';
import { problemsOf } from './source_problems.js';
import { didYouMean } from './suggest.js';

/** The built-in contracts and models. */
export const BUILT_IN = fileURLToPath(new URL('../../jobs', import.meta.url));

/** The table that derived ones are made from. */
export const ORIGIN = 'activity_log';

/** The folders that hold contracts and models: the built-in ones, then the deployment's own. */
export function jobFolders(config: Config): string[] {
  return [BUILT_IN, ...config.jobs.map((folder) => path.resolve(config.base, folder))];
}

/**
 * Joins each contract with the configuration of its table.
 * @throws ConfigError for a broken contract, a configured table without one, or a column no
 * contract has
 */
export async function loadSources(
  config: Config,
  jobs: readonly string[] = jobFolders(config),
): Promise<Source[]> {
  const contracts = await loadContracts(jobs);
  const problems: string[] = [];
  for (const [table, { columns }] of Object.entries(config.tables)) {
    const contract = contracts.get(table);
    if (contract === undefined) {
      problems.push(
        `tables.${table}: expected one of ${[...contracts.keys()].join(', ')}, or a contract ` +
          `${table}.yaml in a folder of "jobs", found ` +
          `neither${didYouMean(table, contracts.keys())}`,
      );
      continue;
    }
    const known = Object.keys(contract.columns);
    for (const [column, own] of Object.entries(columns)) {
      if (known.includes(column) || changeOf(own).type !== undefined) continue;
      problems.push(
        `tables.${table}.columns.${column}: expected one of ${known.join(', ')}, or a new ` +
          `column with a "type", found neither${didYouMean(column, known)}`,
      );
    }
  }
  const all = new Set([...contracts.values()].flatMap(({ columns }) => Object.keys(columns)));
  for (const column of Object.keys(config.table_defaults.columns).filter(
    (name) => !all.has(name),
  )) {
    problems.push(
      `table_defaults.columns.${column}: expected a column of a contract: ` +
        `${[...all].join(', ')}${didYouMean(column, all)}`,
    );
  }
  for (const table of contracts.keys()) {
    if (config.tables[table] === undefined)
      problems.push(
        `tables.${table}: expected the files of this table, because there is a contract of ` +
          `its name, found none: set tables.${table}.files`,
      );
  }
  requireNone(config, problems);
  const sources: Source[] = [];
  for (const contract of contracts.values()) {
    const own = config.tables[contract.table];
    if (own === undefined) continue;
    sources.push(
      join(
        config,
        contract,
        own,
        own.derived ? await loadDerivation(config, contract.table, jobs) : null,
      ),
    );
  }
  requireNone(config, problemsOf(sources));
  return sources;
}

/** @throws ConfigError with a line for each problem */
function requireNone({ file }: Config, problems: readonly string[]): void {
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `${file}: ${problem}`));
}

function join(
  config: Config,
  contract: Contract,
  own: TableConfig,
  derivation: string | null,
): Source {
  const { columns: changes, delivery, key, missing, derived: _, ...rest } = own;
  if (delivery === 'counter' && contract.counter === undefined) {
    throw new ConfigError(
      `${config.file}: tables.${contract.table}.delivery: expected append, upsert or ` +
        `snapshot, because the contract of ${contract.table} names no counter`,
    );
  }
  const shared = config.table_defaults.columns;
  const names = new Set([...Object.keys(contract.columns), ...Object.keys(changes)]);
  const columns = [...names].map((name): SourceColumn => {
    const column = contract.columns[name] ?? {
      ...NEW,
      description: `${name}, as exported.`,
      from: [name],
    };
    const { from = column.from, ...others } = {
      ...changeOf(shared[name]),
      ...changeOf(changes[name]),
    };
    const isAdded = name in contract.columns ? {} : { isAdded: true as const };
    return withText({ name, missing, ...isAdded, ...column, ...others, from: [from].flat() });
  });
  return {
    ...contract,
    ...rest,
    delivery: delivery ?? contract.delivery,
    key: key ?? contract.key,
    columns,
    derivation,
  };
}

/** In YAML a default of text may look like a number. */
function withText(column: SourceColumn): SourceColumn {
  const isText = column.type === 'text' || column.type === 'category';
  return isText && column.default !== undefined
    ? { ...column, default: String(column.default) }
    : column;
}

/** A column that the configuration adds has a type of its own. */
const NEW = { type: 'text', required: false } as const;

/** What a configuration sets of a column: a name, or a list of them, is where it comes from. */
function changeOf(
  set: TableConfig['columns'][string] | undefined,
): Partial<Omit<SourceColumn, 'from'>> & { readonly from?: string | string[] } {
  if (typeof set === 'string' || Array.isArray(set)) return { from: set };
  return Object.fromEntries(Object.entries(set ?? {}).filter(([, value]) => value !== undefined));
}

/**
 * The SELECT that makes a table from the activities: of the last folder that has one, without the
 * comment before it.
 */
async function loadDerivation(
  config: Config,
  table: string,
  jobs: readonly string[],
): Promise<string> {
  for (const folder of jobs.toReversed()) {
    const text = await readFile(path.join(folder, 'derived', `${table}.sql`), 'utf8').catch(
      (error) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw unreadable(folder, error);
      },
    );
    if (text !== undefined) return text.replace(/^(--.*\n)*/, '').trim();
  }
  throw new ConfigError(
    `${config.file}: tables.${table}.derived: expected a file derived/${table}.sql in a ` +
      'folder of "jobs", found none: add it, or set derived to false',
  );
}

async function loadContracts(folders: readonly string[]): Promise<Map<string, Contract>> {
  const contracts = new Map<string, Contract>();
  for (const folder of folders) {
    for (const file of await contractFiles(path.join(folder, 'clean'))) {
      const document = await readDocument(file);
      const contract = check(contractSchema, document);
      if (path.basename(file, '.yaml') !== contract.table) {
        throw new ConfigError(
          `${file}: table: expected ${path.basename(file, '.yaml')}, as the file is called, ` +
            `found ${contract.table}`,
        );
      }
      contracts.set(contract.table, contract);
    }
  }
  return contracts;
}

async function contractFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map((name) => path.join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unreadable(folder, error);
  }
}

function unreadable(folder: string, cause: unknown): ConfigError {
  return new ConfigError(
    `${folder}: expected a folder that can be read, found: ${messageOf(cause)}`,
    { cause },
  );
}
