import { absencesOf, deliveriesOf, gapDays } from '../build/absences.js';
import { daysChangedFrom } from '../build/changed.js';
import { type Input, inputsOf } from '../build/inputs.js';
import type { PreparedModel } from '../build/models.js';
import type { Night } from '../build/night.js';
import { withSession } from '../build/pool.js';
import { type Dates, reuse } from '../build/reuse.js';
import { buildModel, type Made, relationsOf } from '../build/run_model.js';
import { readsOf, type Target, updateOn } from '../build/update.js';
import { END, isDate, periodEnd, periodStart } from '../dates.js';
import type { JobSession } from '../engine/job.js';
import type { Exports } from '../engine/lists.js';
import { digestOf, digestOfObjects } from '../release/digest.js';
import type { Counts } from '../release/schema.js';
import { violationsOf } from './violations.js';

/**
 * The dates of a daily model, or of a check of each date: those on which a table that it reads has
 * rows.
 */
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

/**
 * The as-of dates that are in the release, and those asked for. Published ones are restated where
 * they are stale.
 */
export function asOfDates(night: Night, models: readonly PreparedModel[]): string[] {
  const { release } = night.live;
  const reports = models.filter(({ model }) => model.layer === 'report').map(({ table }) => table);
  // each date has all reports, but in a release that lacks something
  const tables = release.rules === undefined ? reports : reports.slice(0, 1);
  const published = tables.flatMap((table) => release.of(table).map(({ name }) => name));
  return [...new Set([...published, ...night.asked])].sort();
}

/** Brings a daily table, or a check of each date, up to date. */
export async function foldDays(
  night: Night,
  model: PreparedModel,
  all: readonly PreparedModel[],
): Promise<void> {
  const changedFrom = daysChangedFrom(night, cleanTablesOf(model, all));
  await fold(
    night,
    model,
    all,
    reuse(night, model.table, { dates: datesOf(night, model), changedFrom }),
  );
}

/** The clean tables that decide the rows of a model, directly or through daily tables. */
function cleanTablesOf({ model }: PreparedModel, all: readonly PreparedModel[]): Set<string> {
  const found = new Set<string>();
  for (const { schema, table } of model.reads) {
    const name = `${schema}/${table}`;
    const read = all.find((each) => each.table === name);
    if (schema === 'clean') found.add(name);
    else if (read !== undefined) for (const each of cleanTablesOf(read, all)) found.add(each);
  }
  return found;
}

/**
 * Brings a weekly or monthly table up to date: each period that is over, which is known by a later
 * date. A late row makes its own period stale, and no other.
 */
export async function foldPeriods(
  night: Night,
  model: PreparedModel,
  all: readonly PreparedModel[],
): Promise<void> {
  const period = model.model.layer === 'weekly' ? 'week' : 'month';
  const changedFrom = daysChangedFrom(night, cleanTablesOf(model, all));
  const days = datesOf(night, model);
  const newest = days.at(-1) ?? '';
  const starts = [...new Set(days.map((date) => periodStart(period, date)))];
  const dates = starts.filter((start) => periodEnd(period, start) < newest);
  // the period of the newest date may have ended since, or not be over any more
  const known = model.model.reads.flatMap(
    ({ schema, table }) => night.live.release.newest(`${schema}/${table}`)?.name ?? [],
  );
  const from = [changedFrom, newest, ...known].sort()[0] ?? '';
  const begin = changedFrom === END || !isDate(from) ? changedFrom : periodStart(period, from);
  await fold(night, model, all, reuse(night, model.table, { dates, changedFrom: begin }));
}

/**
 * Brings a rolling or report table, or a check of each as-of date or of undated tables, up to date.
 */
export async function foldWindows(
  night: Night,
  model: PreparedModel,
  all: readonly PreparedModel[],
  asOf: Dates,
): Promise<void> {
  // it builds on what is reused of these, whichever of them is first
  for (const { schema, table } of model.model.reads) {
    if (schema === 'previous') reuse(night, `rolling/${table}`, asOf);
  }
  const names = model.partitionColumn === undefined ? ['all'] : reuse(night, model.table, asOf);
  await fold(night, model, all, names);
}

interface FoldTarget extends Target {
  readonly inputs: readonly Input[];
  readonly exports: Exports | undefined;
}

/** Brings the partitions of a model up to date. */
async function fold(
  night: Night,
  model: PreparedModel,
  all: readonly PreparedModel[],
  dates: readonly string[],
): Promise<void> {
  const named = (list: string) =>
    model.partitionColumn === 'as_of_date' && new RegExp(`\\b${list}\\b`).test(model.model.sql);
  const [readsAbsences, readsDeliveries] = [named('absences'), named('deliveries')];
  const targets = dates.map((date): FoldTarget => {
    const { long_window_days: window } = night.config.settings;
    const inputs = inputsOf(model.model, date, night.next, { window });
    const recipe: Record<string, string> = {};
    for (const { read, digest } of inputs) recipe[`${read.schema}/${read.table}`] = digest;
    const { next, sources } = night;
    const absences = readsAbsences
      ? absencesOf(next, sources, date, gapDays(night.config.settings))
      : [];
    const deliveries = readsDeliveries ? deliveriesOf(next, sources, date) : [];
    if (readsAbsences) recipe.absences = digestOf(absences);
    if (readsDeliveries) recipe.deliveries = digestOf(deliveries);
    return {
      table: model.table,
      name: date,
      date,
      recipe: Object.assign(recipe, model.method),
      get reads() {
        return readsOf(inputs.flatMap(({ partitions }) => partitions));
      },
      inputs,
      exports: readsAbsences || readsDeliveries ? { absences, deliveries } : undefined,
    };
  });
  const build = async (session: JobSession, batch: readonly FoldTarget[]) => {
    const names = batch.map(({ name }) => name);
    const inputs = batch.map((target) => target.inputs);
    const reads = relationsOf(night, inputs, names, all);
    const place = await buildModel(night, session, model, {
      names,
      reads,
      exports: batch[0]?.exports,
    });
    const contentsOf = (made: readonly Made[], counts?: readonly Counts[]) =>
      made.map(({ objects }, i) => ({
        objects,
        digest: digestOfObjects(objects),
        ...(counts === undefined ? {} : { counts: counts[i] as Counts }),
      }));
    return async () => {
      const made = await place();
      if (model.model.layer !== 'checks') return contentsOf(made);
      const { sessions } = night.engine;
      return contentsOf(
        made,
        await withSession(sessions, (reader) => violationsOf(night, reader, model, made)),
      );
    };
  };
  await updateOn({ night, engine: night.jobs }, targets, build, {
    // the as-of date is a setting, so that rolling and report models run for one date at a time
    ...(model.partitionColumn === 'as_of_date' ? { together: 1 } : {}),
    // a lifetime table builds on the as-of before
    inTurn: model.model.reads.some((read) => read.reach === 'before'),
  });
}
