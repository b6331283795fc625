import type { Night } from '../../../build/night.js';
import { readParquet } from '../../../build/objects.js';
import { withSession } from '../../../build/pool.js';
import type { Source } from '../../../config/source.js';
import { counted, number } from '../../../counts.js';
import { quote } from '../../../engine/engine.js';
import { DataError } from '../../../errors.js';
import { cureOf, describeCure } from '../../../ingest/cures.js';
import { DISCARDED, quoted } from '../../../ingest/quarantine.js';
import { quarantinedOf } from '../../../release/ledger.js';
import type { Partition } from '../../../release/schema.js';
import { changesOf, describeChanges, exportBefore, forbidden } from './drift.js';
import { noteSameContent } from './same_content.js';

/** At most this many rules are named in a message. */
const RULES_SHOWN = 5;

/**
 * Looks at what was staged of a table in this night: the columns of its exports, and how many of
 * their records were refused.
 * @throws DataError where the policy of the table does not let it pass
 */
export async function requireSoundExports(night: Night, source: Source): Promise<void> {
  noteDrift(night, source);
  noteSameContent(night, source);
  requireSnapshotRows(night, source);
  requireRowsKept(night, source);
  requireBudget(night, source);
  await requireHalf(night, source);
}

/**
 * Tells the columns that changed. What an export was published with is no news, though it is staged
 * again.
 */
function noteDrift({ next, live, notes }: Night, source: Source): void {
  const exports = next.exportsOf(source.table);
  for (const [i, partition] of exports.entries()) {
    const { table, name } = partition;
    const published = live.release.get(table, name);
    if (published === partition) continue;
    const before = exportBefore(exports, i);
    if (before === undefined) continue;
    const known =
      published === undefined ? '' : describeChanges(changesOf(before, published, source));
    const changes = changesOf(before, partition, source);
    if (describeChanges(changes) === known) continue;
    if (forbidden(changes, source).length > 0) {
      throw new DataError(
        `${name}: expected the columns of ${before.name}, found ${describeChanges(changes)}. ` +
          `Nothing was published, because tables.${source.table}.drift is ${source.drift}: ` +
          'correct the export or the mapping of its columns, or set drift to ' +
          `${source.drift === 'strict' ? 'additive or lenient' : 'lenient'} for one night`,
      );
    }
    notes.push(`${name}: columns are not as in ${before.name}: ${describeChanges(changes)}`);
  }
}

/** A snapshot of which every record was refused would empty the table, like one without records. */
function requireSnapshotRows(
  { next, live }: Night,
  { table, delivery, allow_empty }: Source,
): void {
  if (delivery !== 'snapshot' || allow_empty) return;
  for (const partition of next.exportsOf(table)) {
    const { name, counts } = partition;
    const refused = refusedOf([partition]);
    if (
      live.release.get(`staged/${table}`, name) === partition ||
      refused === 0 ||
      counts?.staged !== 0
    )
      continue;
    throw new DataError(
      `${name}: expected rows of ${table}, found ${counted(refused, 'refused record')} and ` +
        `no other, which would empty the table: ${rulesOf([partition])}. Nothing was ` +
        `published: correct the export or the rule, or set tables.${table}.allow_empty to true ` +
        'if it has no rows',
    );
  }
}

/**
 * An export that was published may lose at most half of its rows, and not all of few, when it is
 * delivered again or read by other rules. A new snapshot is compared with the newest one. Refused
 * records count as rows: there are policies for them.
 */
function requireRowsKept({ next, live, force }: Night, source: Source): void {
  const { table, delivery, allow_empty } = source;
  if (force) return;
  const replaced = delivery === 'snapshot' ? live.release.exportsOf(table).at(-1) : undefined;
  for (const partition of next.exportsOf(table)) {
    const { name } = partition;
    const published = live.release.get(`staged/${table}`, name);
    const before = published ?? replaced;
    if (published === partition || before === undefined) continue;
    const [had, has] = [rowsOf(before), rowsOf(partition) + refusedOf([partition])];
    if (has === 0 && delivery === 'snapshot' && allow_empty) continue;
    if (had > HANDFUL ? 2 * has >= had : has > 0 || had === 0) continue;
    throw new DataError(
      `${name}: expected at least half of the ${counted(had, 'row')} of ${table} that release ` +
        `${live.release.number} has of ${before === published ? 'it' : before.name}, found ` +
        `${number(has)}. Nothing was published: deliver it again, correct the rule, or run once ` +
        'with --force to publish it as it is',
    );
  }
}

/** Rows of an export before anyone was erased. */
function rowsOf({ counts }: Partition): number {
  return (counts?.staged ?? 0) + (counts?.erased ?? 0);
}

/**
 * Compares the refused records of each date's exports with the budget, where there are more than
 * were published.
 */
function requireBudget({ next, live }: Night, { table, max_quarantine: limit }: Source): void {
  if (limit.share === null && limit.count === null) return;
  const exports = next.exportsOf(table);
  for (const date of new Set(exports.map((each) => each.date))) {
    const own = exports.filter((each) => each.date === date);
    const published = own.flatMap(({ name }) => live.release.get(`staged/${table}`, name) ?? []);
    const refused = refusedOf(own);
    if (refused <= refusedOf(published)) continue;
    const records = own.reduce((sum, { counts }) => sum + (counts?.records ?? 0), 0);
    const broken = [
      ...(limit.count !== null && refused > limit.count ? [`count: ${limit.count}`] : []),
      ...(limit.share !== null && refused > limit.share * records ? [`share: ${limit.share}`] : []),
    ];
    if (broken.length === 0) continue;
    const share = ((100 * refused) / records).toFixed(1);
    throw new DataError(
      `${table}: expected as many refused records of ${date} as ` +
        `tables.${table}.max_quarantine allows (${broken.join(', ')}), found ` +
        `${number(refused)} of ${number(records)} (${share} %): ${rulesOf(own)}. Nothing was ` +
        `published: correct ${own.length === 1 ? own[0]?.name : 'the exports'} or the rule, or ` +
        'raise the limit; run-job check shows what the newest export would lose',
    );
  }
}

/** All records of an export of at most this many may be refused. */
const HANDFUL = 10;
const VALUES_SHOWN = 3;

/** Whether the configuration cannot fit an export, by how many of its records were refused. */
export function isMostlyRefused(refused: number, records: number): boolean {
  return records > HANDFUL && 2 * refused > records;
}

/**
 * Where no share is set, at most half of the records of an export may be refused, and not all of
 * few if it was published with rows: more of them mean that the configuration does not fit it. What
 * an export was published with is no news.
 */
async function requireHalf(night: Night, source: Source): Promise<void> {
  const { table, max_quarantine: limit } = source;
  if (limit.share !== null) return;
  for (const partition of night.next.exportsOf(table)) {
    const published = night.live.release.get(`staged/${table}`, partition.name);
    if (published === partition) continue;
    const [refused, records] = [refusedOf([partition]), partition.counts?.records ?? 0];
    const isEmptied = partition.counts?.staged === 0 && (published?.counts?.staged ?? 0) > 0;
    if (
      !(isMostlyRefused(refused, records) || isEmptied) ||
      refused <= refusedOf(published ? [published] : [])
    )
      continue;
    const [[rule, count] = ['', 0]] = byCount([partition]);
    const values = await refusedValues(night, partition, rule);
    const such = values.length === 0 ? '' : `, such as ${values.map(quoted).join(', ')}`;
    const cure = describeCure(cureOf(rule, source, night.sources, values));
    throw new DataError(
      `${partition.name}: expected records of which at least half keep to the contract of ` +
        `${table}, found ${number(refused)} of ${number(records)} refused, most of them by ` +
        `${rule} (${number(count)})${such}. Nothing was published. The likely cure in ` +
        `${night.config.file}:\n  ${cure}\ntables.${table}.max_quarantine: { share: 1 } ` +
        'accepts the export as it is',
    );
  }
}

/** The first values that broke a rule, or where it is not about values the records. */
async function refusedValues(
  night: Night,
  { quarantine }: Partition,
  rule: string,
): Promise<string[]> {
  if (quarantine === undefined) return [];
  const read = await readParquet(night, [quarantine]);
  const rows = await withSession(night.engine.sessions, (session) =>
    session.rows(
      `select substr(coalesce(value, raw), 1, 60) as shown from ${read}
       where rule = ${quote(rule)} group by all order by min(line) limit ${VALUES_SHOWN}`,
    ),
  );
  return rows.map(({ shown }) => String(shown));
}

/** Records that were given up were looked at, and count no more. */
function refusedOf(exports: readonly Partition[]): number {
  const { [DISCARDED]: _, ...rules } = quarantinedOf(exports);
  return Object.values(rules).reduce((sum, count) => sum + count, 0);
}

function byCount(exports: readonly Partition[]): [string, number][] {
  return Object.entries(quarantinedOf(exports)).sort(([, one], [, other]) => other - one);
}

function rulesOf(exports: readonly Partition[]): string {
  const rules = byCount(exports);
  const more = rules.length - RULES_SHOWN;
  const shown = rules.slice(0, RULES_SHOWN).map(([rule, count]) => `${rule} ${count}`);
  return `${shown.join(', ')}${more > 0 ? ` and ${counted(more, 'more rule')}` : ''}`;
}
