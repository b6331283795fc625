import type { Session } from '../engine/engine.js';
import { type Input, inputsOf } from '../plan/inputs.js';
import { fingerprintOf, type Recipe, staleReason } from '../plan/stale.js';
import { digestOf } from '../release/digest.js';
import type { Partition } from '../release/release.js';
import { buildModel } from './build.js';
import type { PreparedModel } from './models.js';
import type { Night } from './night.js';
import { eachWith } from './pool.js';

/** The dates of a daily model: those on which a table that it reads has rows. */
function datesOf(night: Night, { model }: PreparedModel): string[] {
  const dates = new Set<string>();
  for (const { schema, table } of model.reads) {
    for (const { name, slices } of night.next.of(`${schema}/${table}`)) {
      if (name !== 'all') dates.add(name);
      for (const { date } of slices ?? []) if (date !== null) dates.add(date);
    }
  }
  return [...dates].sort();
}

/** The as-of dates that stand in the release, and those asked for. Published ones are restated where they are stale. */
export function asOfDates(night: Night, models: readonly PreparedModel[]): string[] {
  const reports = models.filter(({ model }) => model.layer === 'report');
  const published = reports.flatMap(({ table }) => night.live.release.of(table).map(({ name }) => name));
  return [...new Set([...published, ...night.asked])].sort();
}

/** Brings the daily tables up to date, model after model: a model may read those before it. */
export async function foldDays(night: Night, models: readonly PreparedModel[]): Promise<void> {
  for (const model of models.filter(({ model }) => model.layer === 'daily'))
    await fold(night, model, models, datesOf(night, model));
}

/** Brings the rolling and report tables of these as-of dates up to date, model after model. */
export async function foldWindows(
  night: Night,
  models: readonly PreparedModel[],
  asOf: readonly string[],
): Promise<void> {
  for (const layer of ['rolling', 'report']) {
    for (const model of models.filter(({ model }) => model.layer === layer)) await fold(night, model, models, asOf);
  }
}

async function fold(
  night: Night,
  model: PreparedModel,
  all: readonly PreparedModel[],
  dates: readonly string[],
): Promise<void> {
  night.progress.stage(model.table, dates.length);
  // A lifetime table builds on the as-of before, so its dates come one after the other.
  const inTurn = model.model.reads.some((read) => read.reach === 'before');
  const sessions = inTurn ? night.engine.sessions.slice(0, 1) : night.engine.sessions;
  await eachWith(sessions, dates, async (date, session) => {
    night.next.add(await foldOne(night, session, model, all, date));
    night.progress.step();
  });
}

async function foldOne(
  night: Night,
  session: Session,
  model: PreparedModel,
  all: readonly PreparedModel[],
  date: string,
): Promise<Partition> {
  const { table } = model;
  const last = night.live.release.get(table, date);
  const inputs = inputsOf(model.model, date, night.next, { window: night.config.settings.long_window_days });
  const recipe: Recipe = { method: model.method, inputs: digestsOf(inputs) };
  const reason = staleReason(recipe, last);
  if (reason === undefined && last !== undefined) return last;
  const started = performance.now();
  const made = await buildModel(night, session, model, date, inputs, all);
  const seconds = (performance.now() - started) / 1000;
  night.built.push({ table, name: date, reason: reason ?? 'new', rows: made.rows, seconds });
  night.log.debug({ table, partition: date, reason, seconds }, 'folded');
  return {
    table,
    name: date,
    date,
    fingerprint: fingerprintOf(recipe),
    digest: digestOf(made.objects.map(({ sha256 }) => sha256)),
    inputs: recipe.inputs,
    objects: made.objects,
  };
}

function digestsOf(inputs: readonly Input[]): Record<string, string> {
  return Object.fromEntries(inputs.map(({ read, digest }) => [`${read.schema}/${read.table}`, digest]));
}
