import type { Night } from '../../build/night.js';
import { withSession } from '../../build/pool.js';
import { hasKey } from '../../config/keys.js';
import type { Source } from '../../config/source.js';
import { counted } from '../../counts.js';
import { identifier, type Session } from '../../engine/engine.js';
import { mapColumns } from '../../ingest/sql/columns.js';
import { readTexts } from '../../ingest/sql/raw.js';
import type { Partition } from '../../release/schema.js';
import { stagedRows } from '../staged/lines.js';
import { type Loaded, loadAll, unload } from '../staged/load.js';
import {
  cureOf,
  describePair,
  firstPair,
  mayBeLost,
  unreadColumns,
} from '../staged/unread_columns.js';

/** Exports that are compared with the one that counts. */
const EXPORTS_COMPARED = 3;

/**
 * Notes rows that several exports of one date have, and that differ in a column that is not read:
 * as where each platform has a file of its own, and the platform is not read. Exports are read once
 * more for that, so that it is done for one date of a night, the latest on which many rows of such
 * exports are the same.
 */
export async function noteUnreadDifferences(night: Night, source: Source): Promise<void> {
  const { delivery, derivation, partition } = source;
  if (!night.builds || delivery !== 'append' || derivation !== null || partition === 'all') return;
  const table = `clean/${source.table}`;
  const built = night.built.filter((each) => each.table === table).map(({ name }) => name);
  for (const name of built.sort().reverse()) {
    const { duplicates = 0, conflicts = 0, kept = 0 } = night.next.get(table, name)?.counts ?? {};
    if (!mayBeLost(duplicates - conflicts, kept)) continue;
    const exports = exportsOf(night, source, name);
    if (exports.length < 2) continue;
    await compareExports(night, source, exports);
    return;
  }
}

/** The exports of one date whose own date this is, the one that counts first. */
function exportsOf(night: Night, source: Source, date: string): Partition[] {
  const own = night.next
    .liveExportsOf(source)
    .filter(({ slices }) =>
      slices?.some((slice) => slice.main !== undefined && slice.date === date),
    )
    .reverse();
  const counting = own[0]?.date;
  return own.filter((partition) => partition.date === counting).slice(0, EXPORTS_COMPARED + 1);
}

async function compareExports(
  night: Night,
  source: Source,
  [newest, ...others]: readonly Partition[],
): Promise<void> {
  const one = newest && (await loadAgain(night, source, newest));
  if (newest === undefined || one === undefined) return;
  try {
    for (const partition of others) {
      const other = await loadAgain(night, source, partition);
      if (other === undefined) continue;
      try {
        const note = await withSession(night.engine.sessions, (session) =>
          compare(night, session, [other, partition], [one, newest]),
        );
        if (note !== undefined) {
          night.notes.push(note);
          return;
        }
      } finally {
        await unload(other);
      }
    }
  } finally {
    await unload(one);
  }
}

/** An export with all of its columns; none where it is gone. */
async function loadAgain(
  night: Night,
  source: Source,
  { name, inputs }: Partition,
): Promise<Loaded | undefined> {
  const found = night.listed.get(source.files)?.find(({ key }) => key === name);
  return found && loadAll(night, source, found, inputs.export);
}

type Compared = readonly [Loaded, Partition];

/** A note on rows of two exports that differ in columns left out; none where there are none. */
async function compare(
  night: Night,
  session: Session,
  one: Compared,
  other: Compared,
): Promise<string | undefined> {
  const [{ source }] = one;
  const [names, others] = [one, other].map(([loaded]) => namesOf(loaded)) as [string[], string[]];
  const both = [...new Set(names)].filter((name) => others.includes(name));
  if (both.length === 0) return undefined;
  const texts = [one, other].map(([{ prepared }]) => readTexts(source, prepared, both));
  const pairs = await pairsSelect(night, source, one[1], other[1]);
  const pair = await firstPair(session, pairs, texts as [string, string]);
  if (pair === undefined) return undefined;
  const keys = [one[1].name, other[1].name] as const;
  const [repeat, differ] = pair.rows === 1 ? ['repeats', 'differs'] : ['repeat', 'differ'];
  return (
    `${keys[1]}: ${counted(pair.rows, 'row')} ${repeat} one of ${keys[0]} in all columns that ` +
    `are read, and ${differ} from it in columns left out: ${describePair(both, keys, pair)}; ` +
    `they count once; ${cureOf(source)}`
  );
}

/** The columns of an export that are not read, in the order of its header. */
function namesOf({ source, prepared, export: { key } }: Loaded): readonly string[] {
  return unreadColumns(source, prepared.keys ?? [], mapColumns(source, prepared, key));
}

/** A SELECT of the lines of rows of two exports that are the same in all columns that are read. */
async function pairsSelect(
  night: Night,
  source: Source,
  one: Partition,
  other: Partition,
): Promise<string> {
  const names = source.columns.map(({ name }) => name);
  const [rows, others] = await Promise.all(
    [one, other].map((partition) => stagedRows(night, partition, names)),
  );
  const hash = `hash(${names.map(identifier).join(', ')}) as content`;
  return source.key
    .map((key) => {
      const columns = key.map(identifier).join(', ');
      const of = (from?: string) =>
        `(select ${columns}, line, ${hash} from (${from}) where counts and ${hasKey(source, key)})`;
      return `select one.line, other.line as other_line, true as is_equal
        from ${of(rows)} as one join ${of(others)} as other using (${columns}, content)`;
    })
    .join(' union all ');
}
