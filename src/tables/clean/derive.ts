import { type PreparedModel, relationColumns } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { readParquet } from '../../build/objects.js';
import { formatOf } from '../../build/recipe.js';
import { type Content, readsOf, type Target, update } from '../../build/update.js';
import { ORIGIN } from '../../config/contracts.js';
import type { Source } from '../../config/source.js';
import { addDays } from '../../dates.js';
import { identifier, QueryError, quote, type Session } from '../../engine/engine.js';
import { emptyRelation } from '../../engine/relation.js';
import { ConfigError } from '../../errors.js';
import { SQL_TYPE } from '../../ingest/sql/values.js';
import { digestOf, digestOfObjects } from '../../release/digest.js';
import type { Partition } from '../../release/schema.js';
import { replaceParsed } from '../staged/parse.js';
import { writePieces } from '../staged/pieces/pieces.js';
import type { StagedExport } from '../staged/pieces/slices.js';
import { cleanModelOf } from '../staged/recipe.js';
import { markRepeated } from '../staged/repeated.js';

interface DerivedTarget extends Target {
  readonly partitions: readonly Partition[];
}

/**
 * Stages a table that has no exports of its own from the clean activities: one partition for each
 * date, with the rows whose event time is on it. The SQL sees the activities of that date, the one
 * before and the one after.
 */
export async function derive(
  night: Night,
  models: readonly PreparedModel[],
  source: Source,
): Promise<void> {
  const origin = models.find(({ table }) => table === `clean/${ORIGIN}`);
  const { derivation } = source;
  if (derivation === null || origin === undefined) return;
  const model = cleanModelOf(models, source);
  const targets = targetsOf(night, source, derivation, model);
  const build = async (session: Session, [target]: readonly DerivedTarget[]) =>
    target === undefined
      ? []
      : [await deriveDate(night, session, { source, derivation, origin, model }, target)];
  // activities that are not built have no rows to derive anything from, so that a plan only tells
  // what is stale
  await update(night, targets, build, { together: 1 });
}

function targetsOf(
  night: Night,
  source: Source,
  derivation: string,
  model: PreparedModel | undefined,
): DerivedTarget[] {
  const { settings, time_zone } = night.config;
  const { key, dates, partition, event_time, columns } = source;
  const shape = digestOf([
    key,
    dates,
    partition,
    event_time,
    columns.map(({ name, type }) => [name, type]),
  ]);
  return night.next.of(`clean/${ORIGIN}`).map(({ name: date }): DerivedTarget => {
    const near = [addDays(date, -1), date, addDays(date, 1)];
    const partitions = near.flatMap((each) => night.next.get(`clean/${ORIGIN}`, each) ?? []);
    return {
      table: `staged/${source.table}`,
      name: date,
      date,
      recipe: {
        [`clean/${ORIGIN}`]: digestOf(partitions.map(({ name, digest }) => [name, digest])),
        contract: shape,
        model: digestOf([derivation, model?.method.model]),
        settings: digestOf([settings.session_gap_minutes, time_zone, model?.method.settings]),
        engine: digestOf([night.engine.version, formatOf(night.config)]),
      },
      reads: readsOf(partitions),
      partitions,
    };
  });
}

/** How a table is derived. */
interface Derivation {
  readonly source: Source;
  /** the SELECT */
  readonly derivation: string;
  /** what the rows that it reads are made by */
  readonly origin: PreparedModel;
  /** the clean model that its own rows pass */
  readonly model: PreparedModel | undefined;
}

async function deriveDate(
  night: Night,
  session: Session,
  { source, derivation, origin, model }: Derivation,
  { name: date, partitions }: DerivedTarget,
): Promise<Content> {
  const { time_zone } = night.config;
  const columns = [...relationColumns(origin).keys()].map(identifier).join(', ');
  const near = partitions.flatMap((partition) => partition.objects);
  await session.run(
    near.length === 0 // all activities of these dates moved to others
      ? emptyRelation(`clean.${ORIGIN}`, relationColumns(origin))
      : `create or replace view clean.${ORIGIN} as select ${columns} from ` +
          `${await readParquet(night, near)}`,
  );
  const names = source.columns.map(({ name }) => identifier(name)).join(', ');
  const nothing = source.columns.map(
    ({ name, type }) => `NULL::${SQL_TYPE[type]} as ${identifier(name)}`,
  );
  const rows = `select ${nothing.join(', ')} where false union all by name (${derivation}\n)`;
  const dated =
    `select ${names}, business_date(${identifier(source.event_time)}, ${quote(time_zone)}) as ` +
    `event_date from (${rows})`;
  await replaceParsed(
    session,
    `select *, 0 as export, row_number() over (order by ${names}) as line, NULL::VARCHAR as rule
      from (${dated})
     where event_date = DATE ${quote(date)} order by line`,
  ).catch((error: unknown) => {
    if (!(error instanceof QueryError)) throw error;
    throw new ConfigError(
      `jobs/derived/${source.table}.sql: expected a SELECT of columns of the table, found: ` +
        `${error.message}`,
      { cause: error },
    );
  });
  const [{ rows: repeated, conflicts } = { rows: 0, conflicts: 0 }] = await markRepeated(
    session,
    source,
    1,
  );
  const derived: StagedExport = {
    source,
    export: { key: date, date, bytes: 0, version: '' },
  };
  const [place] = await writePieces(night, session, { source, model, exports: [derived] });
  const pieces = await place?.();
  if (pieces === undefined || pieces.rows === 0) return undefined;
  const { objects, slices, rows: staged } = pieces;
  return {
    digest: digestOfObjects(objects),
    objects,
    slices,
    counts: {
      records: staged + repeated,
      staged,
      ...(repeated > 0 ? { repeated, conflicts } : {}),
      quarantined: {},
    },
  };
}
