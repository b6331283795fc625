import type { Config } from '../../config/config.js';
import { loadSources } from '../../config/contracts.js';
import { didYouMean } from '../../config/suggest.js';
import { counted, number } from '../../counts.js';
import { ConfigError } from '../../errors.js';
import { DISCARDED, quoted } from '../../ingest/quarantine.js';
import {
  type Entry,
  entriesOf,
  exportNamed,
  type Refused,
  refusedIn,
} from '../../inspect/quarantine.js';
import { withReading } from '../../inspect/session.js';
import { withDiscard } from '../../night/corrections/discard.js';
import { type Live, readLive } from '../../release/commit.js';
import type { Partition } from '../../release/schema.js';
import { openStore } from '../../store/open.js';
import { openConfig } from '../configuration.js';
import { night } from '../night.js';
import { datesOf } from '../notes.js';
import { printOutcome } from '../summary.js';
import { tableLines } from '../table.js';

interface Common {
  readonly config?: string;
  readonly json?: boolean;
}

/** At most this many records are looked through to find those of a rule. */
const ALL = 1_000_000;

/** `run-job quarantine list`: the refused records by table, export and rule. */
export async function list(options: Common & { readonly table?: string }): Promise<void> {
  const { live, tables } = await open(options.config);
  if (options.table !== undefined && !tables.includes(options.table)) {
    throw new ConfigError(
      `--table: expected one of ${tables.join(', ')}, found ` +
        `${options.table}${didYouMean(options.table, tables)}`,
    );
  }
  const found = refusedIn(live.release, options.table === undefined ? tables : [options.table]);
  print(options, found, describeList(found));
}

/** `run-job quarantine show`: the refused records of an export, with their text. */
export async function show(
  key: string,
  options: Common & { readonly rule?: string; readonly limit: string },
): Promise<void> {
  const { config, live, tables } = await open(options.config);
  const output = await openStore(config.output, config.base);
  const partition = exportNamed(live.release, tables, key);
  const limit = count('--limit', options.limit);
  const found = await withReading(config, output, (reading) =>
    entriesOf(reading, partition, options.rule, limit),
  );
  print(options, found, describeEntries(found, partition));
}

/**
 * `run-job quarantine replay`: a night in which exports that are gone are staged again by the rules
 * as they are now, too.
 */
export async function replay(options: Common & { readonly force?: boolean }): Promise<void> {
  const { config, live } = await open(options.config);
  const { force = false } = options;
  const outcome = await night(config, [], { base: live, replays: true, force });
  await printOutcome(outcome, config, options);
}

/**
 * `run-job quarantine discard`: gives up refused records of an export, with a reason that the
 * release keeps.
 */
export async function discard(
  key: string,
  options: Common & {
    readonly reason: string;
    readonly line?: readonly string[];
    readonly rule?: string;
  },
): Promise<void> {
  if (options.reason.trim() === '')
    throw new ConfigError('--reason: expected why the records are given up, found nothing');
  const { config, live, tables } = await open(options.config);
  const output = await openStore(config.output, config.base);
  const partition = exportNamed(live.release, tables, key);
  if ((options.line === undefined) === (options.rule === undefined)) {
    throw new ConfigError('expected either --line, or --rule, to say which records');
  }
  const found = await withReading(config, output, (reading) =>
    entriesOf(reading, partition, options.rule, ALL),
  );
  const refused = found.map(({ line }) => line);
  const lines = options.line?.map((line) => count('--line', line)) ?? refused;
  const other = lines.find((line) => !refused.includes(line));
  if (lines.length === 0 || other !== undefined) {
    const what =
      other === undefined
        ? `a record refused by ${options.rule}`
        : `a refused record on line ${other}`;
    throw new ConfigError(
      `${key}: expected ${what}, found none: run-job quarantine show ${key} lists them`,
    );
  }
  const table = partition.table.slice('staged/'.length);
  const outcome = await night(config, [], {
    base: withDiscard(live, table, key, { lines, reason: options.reason }),
  });
  await printOutcome(outcome, config, options);
}

async function open(
  file: string | undefined,
): Promise<{ config: Config; live: Live; tables: string[] }> {
  const config = await openConfig(file);
  const sources = await loadSources(config);
  const live = await readLive(await openStore(config.output, config.base));
  return { config, live, tables: sources.map(({ table }) => table) };
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new ConfigError(`${option}: expected a number from 1, found ${text}`);
  return Number(text);
}

function print({ json }: Common, found: unknown, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : text);
}

/** The refused records by table and rule, for a person at a terminal; --json has each export. */
export function describeList(found: readonly Refused[]): string {
  if (found.length === 0) return 'No refused records.\n';
  const groups = new Map<string, Refused[]>();
  for (const each of found) {
    const group = `${each.table} ${each.rule}`;
    groups.set(group, [...(groups.get(group) ?? []), each]);
  }
  const lines = [...groups.values()].map((group) => {
    const [{ table, rule, export: first } = { table: '', rule: '', export: '' }] = group;
    const records = group.reduce((sum, each) => sum + each.records, 0);
    const where =
      group.length === 1
        ? first
        : `${number(group.length)} exports${datesOf(group.map((each) => each.export))}, such ` +
          `as ${first}`;
    return { row: [table, rule, number(records)], where };
  });
  const table = tableLines([['table', 'rule', 'records'], ...lines.map(({ row }) => row)]);
  const shown = table.map((line, i) => `${line}  ${i === 0 ? 'exports' : lines[i - 1]?.where}`);
  return `${shown.join('\n')}\n`;
}

/**
 * Refused records, for a person at a terminal: text is quoted, so that nothing in it acts on the
 * terminal.
 */
export function describeEntries(
  found: readonly Entry[],
  { counts }: Pick<Partition, 'counts'>,
): string {
  const all = Object.values(counts?.quarantined ?? {}).reduce((sum, records) => sum + records, 0);
  const lines = found.map(({ line, rule, column, value, raw }) => {
    const what = rule === DISCARDED ? `${rule}, for ${quoted(value)}` : rule;
    return (
      `line ${line}: ${what}${column === null ? '' : ` (${column}: ${quoted(value)})`}\n  ` +
      `${quoted(raw)}`
    );
  });
  const total = `${number(found.length)} of ${counted(all, 'refused record')}`;
  return `${[...lines, total].join('\n')}\n`;
}
