import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import type { Source } from '../../config/source.js';
import { DataError } from '../../errors.js';
import { compareExports } from '../../ingest/export_order.js';
import type { Export } from '../../ingest/exports.js';
import type { Partition } from '../../release/schema.js';
import { requireColumnsOfGone } from './guards/gone_columns.js';
import { cleanModelOf, discardsDigest, type Rules, rulesOf, type Wanted } from './recipe.js';

/** An export to be looked at, and staged where it is not as in the live release. */
export interface Task extends Wanted {
  /** its place among those of all tables */
  readonly order: number;
  /** the clean model that each row of a dated table passes before it is written */
  readonly model: PreparedModel | undefined;
  /** of an export that is gone, what the release has of it: it is staged again from that */
  readonly gone: Partition | undefined;
}

/**
 * The exports of a table that are there, or that are gone and staged again from what the release
 * has of them.
 */
export async function tasksOf(
  night: Night,
  models: readonly PreparedModel[],
  source: Source,
): Promise<Omit<Task, 'order'>[]> {
  const exports = night.listed.get(source.files) ?? [];
  noteMissing(night, source, exports);
  const model = cleanModelOf(models, source);
  const rules = rulesOf(night, source, model);
  noteOldModel(night, source, exports, rules);
  const gone = goneOf(night, source, exports);
  const current = {
    reading: rules.reading,
    ...(rules.model === undefined ? {} : { model: rules.model }),
  };
  await requireColumnsOfGone(night, source, { gone, model, current });
  const all = [
    ...gone.map(({ name, date }) => ({ key: name, date, bytes: 1, version: '' })),
    ...exports,
  ].sort(compareExports);
  return all.flatMap((each, i) => {
    const kept = gone.find(({ name }) => name === each.key);
    const before = source.delivery === 'counter' ? all[i - 1]?.key : undefined;
    if (kept === undefined || isReplayed(night, kept))
      return { source, rules, model, export: each, before, gone: kept };
    night.next.add(kept);
    return [];
  });
}

/**
 * The exports that are gone and keep their rows. They do unless told otherwise: a bucket rule that
 * expires old exports must not make rows vanish.
 */
function goneOf(night: Night, source: Source, exports: readonly Export[]): Partition[] {
  const found = new Set(exports.map(({ key }) => key));
  const gone = night.live.release
    .of(`staged/${source.table}`)
    .filter(({ name }) => !found.has(name));
  const isKept = source.missing_exports === 'keep';
  for (const { name } of gone)
    night.notes.push(`${name}: the export is gone; its rows are ${isKept ? 'kept' : 'dropped'}`);
  return isKept ? gone : [];
}

/**
 * Whether an export that is gone is staged again where its rules changed: when asked for, and to
 * give up or erase records of it.
 */
function isReplayed({ replays }: Night, { discards, inputs, fingerprint }: Partition): boolean {
  return replays || fingerprint === '' || discardsDigest(discards) !== inputs.discards;
}

function noteMissing(night: Night, source: Source, exports: readonly Export[]): void {
  if (exports.length === 0 && !source.required) return; // a table this deployment does not have
  for (const asOf of night.asked) {
    if (exports.some(({ date }) => date === asOf)) continue;
    const where = `(${source.files} in ${night.exports.url})`;
    if (source.required) {
      throw new DataError(
        `${source.table}: expected an export for ${asOf} ${where}, found none: deliver it, ` +
          `or set tables.${source.table}.required to false to run without it`,
      );
    }
    night.notes.push(`${source.table}: no export for ${asOf} ${where}`);
  }
}

/** Rows whose export is gone passed the clean model of their time, and cannot pass another one. */
function noteOldModel(
  { live, notes }: Night,
  source: Source,
  exports: readonly Export[],
  { model }: Rules,
): void {
  if (source.missing_exports !== 'keep') return;
  const found = new Set(exports.map(({ key }) => key));
  const old = live.release
    .of(`staged/${source.table}`)
    .filter(({ name, inputs }) => !found.has(name) && inputs.model !== model);
  if (old.length === 0) return;
  notes.push(
    `${source.table}: the clean model changed; the rows of ${old.length} exports that are ` +
      `gone, such as ${old[0]?.name}, stay as the model before made them: deliver them again ` +
      'to have them made again',
  );
}
