import { rowsChangedFrom } from '../../build/changed.js';
import { stagedColumns } from '../../build/columns.js';
import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { reuse } from '../../build/reuse.js';
import { update, updateOn } from '../../build/update.js';
import type { Source } from '../../config/source.js';
import { digestOf } from '../../release/digest.js';
import { mainOf, straysOf } from '../../release/partition.js';
import { composeDates } from './compose.js';
import { composeByJobs } from './compose_jobs.js';
import type { DateTarget, Piece } from './date_content.js';

/**
 * Brings each date of a table together from the main files and the strays of all exports. A date of
 * one main file, which no stray touches, is that file, and costs nothing.
 */
export async function cleanDates(
  night: Night,
  source: Source,
  model: PreparedModel,
): Promise<void> {
  const table = `clean/${source.table}`;
  const { key, delivery, unique_within_days } = source;
  const columns = [...stagedColumns(source)];
  const contract = digestOf([key, delivery, unique_within_days, columns, night.config.time_zone]);
  const pieces = piecesByDate(night, source);
  const left = datesLeft(night, source);
  const dates = { dates: [...pieces.keys()].sort(), changedFrom: rowsChangedFrom(night, source) };
  const targets = reuse(night, table, dates).map((date): DateTarget => {
    const own = pieces.get(date) ?? [];
    const rows = {
      mains: own.filter(({ slice }) => slice.main !== undefined),
      strays: own.filter(({ slice }) => slice.main === undefined),
      isLeft: left.has(date),
    };
    const { strays } = rows;
    return {
      ...{ table, name: date, date },
      ...rows,
      recipe: {
        [`staged/${source.table}`]: digestOf(own.map(({ slice }) => slice.main ?? slice.digest)),
        [`moved/${source.table}`]: digestOf(left.get(date) ?? []),
        contract,
        ...model.method,
      },
      reads: {
        rows: strays.reduce((sum, { slice }) => sum + slice.rows, 0),
        bytes: strays.reduce((sum, { object }) => sum + object.bytes, 0),
      },
    };
  });
  const { jobs, engine } = night;
  if (jobs === engine)
    await update(night, targets, (session, batch) =>
      composeDates(night, session, { source, model }, batch),
    );
  else
    await updateOn({ night, engine: jobs }, targets, (session, batch) =>
      composeByJobs(night, session, { source, model }, batch),
    );
}

function piecesByDate(night: Night, source: Source): Map<string, Piece[]> {
  const exports = night.next.liveExportsOf(source);
  const byDate = new Map<string, Piece[]>();
  for (const [place, partition] of exports.entries()) {
    const [main, strays] = [mainOf(partition), straysOf(partition)];
    for (const slice of partition.slices ?? []) {
      const object = slice.main === undefined ? strays : main;
      if (slice.date === null || object === undefined) continue;
      const found = byDate.get(slice.date);
      const piece = { place, object, slice };
      if (found === undefined) byDate.set(slice.date, [piece]);
      else found.push(piece);
    }
  }
  return byDate;
}

/** The dates from which rows have moved to another one, with what says which. */
function datesLeft(night: Night, source: Source): Map<string, unknown[]> {
  const left = new Map<string, unknown[]>();
  for (const { name, slices } of night.next.of(`moved/${source.table}`)) {
    for (const { date, digest } of slices ?? [])
      if (date !== null) left.set(date, [...(left.get(date) ?? []), [name, digest]]);
  }
  return left;
}
