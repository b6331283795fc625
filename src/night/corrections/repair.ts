import type { Source } from '../../config/source.js';
import { type Export, listExports } from '../../ingest/exports.js';
import { changedFrom, type Live } from '../../release/commit.js';
import { sha256OfFile } from '../../release/digest.js';
import { filesOf, objectsOf } from '../../release/partition.js';
import { Release } from '../../release/release.js';
import { type Damage, damagedObjects, salvage } from '../../release/salvage.js';
import type { Partition } from '../../release/schema.js';
import type { Store } from '../../store/store.js';

/** What is wrong with the live release, and what a run can repair. */
export interface Examined {
  /** the release that is live */
  readonly release: number;
  readonly damage: readonly (Damage & { readonly partition?: string })[];
  /** exports whose rows are nowhere any more */
  readonly lost: readonly Lost[];
  /** exports that are not as they were read, though the listing shows them so */
  readonly changed: readonly string[];
  /**
   * what is sound of the release: a run that builds on it makes the rest again, except what is
   * lost
   */
  readonly base: Live;
}

interface Lost {
  readonly export: string;
  readonly table: string;
  /** rows: all of the export; records: only those that were refused */
  readonly what: 'rows' | 'refused records';
}

/**
 * Looks at everything that the live release names, and tells what can be built again from the
 * exports. Changes nothing.
 */
export async function examine(
  output: Store,
  exports: Store,
  sources: readonly Source[],
): Promise<Examined> {
  const { release, damage, exports: known } = await salvage(output);
  const damaged = await damagedObjects(output, release);
  const listed = new Map<string, Export>();
  for (const { files } of sources)
    for (const each of await listExports(exports, files)) listed.set(each.key, each);

  const derived = new Set(
    sources.flatMap(({ table, derivation }) => (derivation === null ? [] : [`staged/${table}`])),
  );
  const base = new Release(release.number, release.listing);
  const lost: Lost[] = [];
  const ofObjects = new Map<string, Examined['damage'][number]>();
  const changed: string[] = [];
  for (const partition of release.partitions()) {
    const problems = objectsOf(partition).flatMap(({ key }) => damaged.get(key) ?? []);
    // a main file is of its clean date and of its export, which comes last and from which it is
    // made
    for (const problem of problems)
      ofObjects.set(problem.key, { ...problem, partition: `${partition.table} ${partition.name}` });
    if (problems.length === 0) {
      const isChanged = await isOtherwise(exports, release, partition, listed.get(partition.name));
      if (isChanged) changed.push(partition.name);
      base.add(isChanged ? toBuildAgain(partition) : partition);
    } else if (!partition.table.startsWith('staged/') || derived.has(partition.table))
      base.add(toBuildAgain(partition));
    else if (!listed.has(partition.name)) lost.push(...withoutExport(base, partition, damaged));
  }
  for (const [key, table] of known) {
    if (release.get(table, key) === undefined && !listed.has(key))
      lost.push({ export: key, table, what: 'rows' });
  }
  return {
    release: release.number,
    damage: [...damage, ...ofObjects.values()],
    lost,
    changed,
    base: changedFrom(base),
  };
}

/**
 * Whether an export in a folder has other bytes than it was staged from, though it is listed as it
 * was: who writes a file can set its times. Object storage lists a digest of the content.
 */
async function isOtherwise(
  exports: Store,
  { listing }: Release,
  { table, name, inputs }: Partition,
  listed: Export | undefined,
): Promise<boolean> {
  const isListed =
    table.startsWith('staged/') && listed !== undefined && listing.get(name) === listed.version;
  if (exports.folder === undefined || !isListed) return false;
  return (await sha256OfFile(exports.locate(name), listed.bytes)) !== inputs.export;
}

/** The partition by its name alone: a run sees that it is there, and stale. */
function toBuildAgain(partition: Partition): Partition {
  return { ...partition, fingerprint: '' };
}

/** Of an export that is gone, the rows stay where only its refused records are damaged. */
function withoutExport(
  base: Release,
  partition: Partition,
  damaged: ReadonlyMap<string, Damage>,
): Lost[] {
  const { name, table, objects, carried } = partition;
  if ([...filesOf(objects), ...(carried ? [carried] : [])].some(({ key }) => damaged.has(key)))
    return [{ export: name, table, what: 'rows' }];
  const { quarantine: _, ...rest } = partition;
  base.add(rest);
  return [{ export: name, table, what: 'refused records' }];
}
