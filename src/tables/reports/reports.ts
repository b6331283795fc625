import { absencesOf } from '../../build/absences.js';
import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { placeBytes, readParquet } from '../../build/objects.js';
import { packMonths } from '../../build/pack.js';
import { eachTask, Turns, withSession } from '../../build/pool.js';
import type { Recipe } from '../../build/recipe.js';
import type { Dates } from '../../build/reuse.js';
import { type Content, oneByOne, readsOf, type Target, update } from '../../build/update.js';
import { addDays } from '../../dates.js';
import type { Session } from '../../engine/engine.js';
import { digestOf } from '../../release/digest.js';
import { datedBetween } from '../../release/release.js';
import type { Partition } from '../../release/schema.js';
import { type Branding, RENDERING_VERSION, type Row } from '../../report/report.js';
import { brandingOf } from './branding.js';
import { artifactsOf, changesTargets, writeChanges, writeFiles } from './files.js';
import { pageTargets, writePage } from './page.js';

/** Dates in the trend of the catalogue, and what it reads of them. */
const YEAR = 365;
const TREND = new Map([
  ['event_date', 'DATE'],
  ['activities', 'BIGINT'],
]);

/** This thread fills Arrow files: two at once would keep two sessions, and be no faster. */
const filling = new Turns(1);

/**
 * Writes the CSV and Arrow files beside the Parquet of a report. What draws the pages is loaded
 * meanwhile.
 */
export async function reportFiles(night: Night, model: PreparedModel, asOf: Dates): Promise<void> {
  const dates = night.builds ? asOf.dates.filter((date) => date >= asOf.changedFrom) : [];
  const lacking = dates.filter(
    (date) => night.next.get(model.table, date)?.artifacts === undefined,
  );
  if (lacking.length === 0) return;
  import('../../report/html.js').catch(() => {}); // a failure is reported where pages are drawn
  const { sessions } = night.engine;
  await eachTask(sessions, lacking, (date) =>
    filling.take(0, () =>
      withSession(sessions, (session) => writeFiles(night, session, model, date)),
    ),
  );
}

/** Writes who joined and left a segment between one as-of date and the next. */
export async function segmentChanges(
  night: Night,
  model: PreparedModel,
  asOf: Dates,
): Promise<void> {
  const targets = changesTargets(night, model, asOf);
  await update(night, targets, (session, batch) =>
    oneByOne(batch, (target) => writeChanges(night, session, target)),
  );
}

/** Writes the page of each as-of date. */
export async function pages(
  night: Night,
  models: readonly PreparedModel[],
  asOf: Dates,
): Promise<void> {
  const reports = models.filter(({ model }) => model.layer === 'report');
  const targets = pageTargets(night, reports, await brandingOf(night.config), asOf);
  await update(night, targets, (session, batch) =>
    oneByOne(batch, (target) => writePage(night, session, reports, target)),
  );
}

/** Writes the catalogue of the pages. */
export async function index(night: Night, asOf: readonly string[]): Promise<void> {
  const look = await brandingOf(night.config);
  const target = await indexTarget(night, look, asOf);
  await update(night, [target], (session, batch) =>
    oneByOne(batch, (each) => writeIndex(night, session, each)),
  );
}

interface IndexTarget extends Target {
  readonly look: Branding;
  /** the as-of dates that have a page */
  readonly asOf: readonly string[];
  /** the days of the last year, those of past months in packs */
  readonly days: readonly Partition[];
  /** the dates of the last year without an export of activities */
  readonly absent: readonly string[];
}

async function indexTarget(
  night: Night,
  look: Branding,
  asOf: readonly string[],
): Promise<IndexTarget> {
  const last = asOf.at(-1) ?? '';
  const first = last === '' ? '' : addDays(last, 1 - YEAR);
  const known = datedBetween(night.next.of('daily/day'), first, last);
  // a day without rows changes nothing
  const drawn = known.filter(({ expired, objects }) => !expired && objects.length > 0);
  const days = await packMonths(night, { relation: 'day', partitions: drawn, columns: TREND });
  const absent = absencesOf(night.next, night.sources, last, YEAR)
    .filter(({ table }) => table === 'activity_log')
    .map(({ date }) => date);
  const recipe: Recipe = {
    dates: digestOf(asOf),
    absent: digestOf(absent),
    'daily/day': digestOf(days.map(({ name, digest }) => [name, digest])),
    rendering: digestOf([RENDERING_VERSION, look]),
  };
  return {
    ...{ table: 'index/reports', name: 'all', date: 'all', recipe, reads: readsOf(days) },
    ...{ look, asOf, days, absent },
  };
}

async function writeIndex(
  night: Night,
  session: Session,
  { look, asOf, days, absent }: IndexTarget,
): Promise<Content> {
  const parts: string[] = [];
  for (const isPacked of [true, false]) {
    // the date of a day is in the path of its object, that of a packed one in the rows
    const objects = days
      .filter(({ table }) => (table === 'packed/day') === isPacked)
      .flatMap((day) => day.objects);
    if (objects.length > 0)
      parts.push(`select event_date, activities from ${await readParquet(night, objects)}`);
  }
  const trend: Row[] =
    parts.length === 0
      ? []
      : await session.rows(
          `select cast(event_date as varchar) as event_date, activities
           from (${parts.join(' union all ')}) order by event_date`,
        );
  // takes long to load, too
  const { catalogue, withMeans } = await import('../../report/catalogue.js');
  const html = Buffer.from(catalogue(asOf, withMeans(trend, absent), look));
  return artifactsOf({ html: await placeBytes(night, html, 'objects/index/reports', '.html') });
}
