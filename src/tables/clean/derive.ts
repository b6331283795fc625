import { stagedColumns } from '../../build/columns.js';
import { type PreparedModel, relationColumns } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { placeParquet, readParquet, writeScratch } from '../../build/objects.js';
import { emptyRelation } from '../../build/run_model.js';
import { type Content, readsOf, type Target, update } from '../../build/update.js';
import { ORIGIN, type Source } from '../../config/contracts.js';
import { addDays } from '../../dates.js';
import { identifier, QueryError, quote, type Session } from '../../engine/engine.js';
import { ConfigError } from '../../errors.js';
import { SQL_TYPE } from '../../ingest/sql/parse.js';
import { digestOf } from '../../release/digest.js';
import type { Partition } from '../../release/release.js';
import { slicesOf } from '../staged/slices.js';

interface DerivedTarget extends Target {
  readonly partitions: readonly Partition[];
}

/**
 * Stages tables that have no exports of their own from the clean activities: one partition for each date, with the rows
 * whose event time is on it. The SQL sees the activities of that date, the one before and the one after.
 */
export async function derive(night: Night, models: readonly PreparedModel[]): Promise<void> {
  const origin = models.find(({ table }) => table === `clean/${ORIGIN}`);
  for (const source of night.sources) {
    const { derivation } = source;
    if (derivation === null || origin === undefined) continue;
    const targets = targetsOf(night, source, derivation);
    night.progress.stage(`staged/${source.table}`, targets.length);
    const build = async (session: Session, [target]: readonly DerivedTarget[]) =>
      target === undefined ? [] : [await deriveDate(night, session, source, derivation, origin, target)];
    // activities that are not built have no rows to derive anything from, so that a plan only tells what is stale
    await update(night, targets, build, { together: 1 });
  }
}

function targetsOf(night: Night, source: Source, derivation: string): DerivedTarget[] {
  const { settings, time_zone, parquet } = night.config;
  const { key, dates, partition, event_time, columns } = source;
  const shape = digestOf([key, dates, partition, event_time, columns.map(({ name, type }) => [name, type])]);
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
        model: digestOf(derivation),
        settings: digestOf([settings.session_gap_minutes, time_zone]),
        engine: digestOf([night.engine.version, parquet]),
      },
      reads: readsOf(partitions),
      partitions,
    };
  });
}

async function deriveDate(
  night: Night,
  session: Session,
  source: Source,
  derivation: string,
  origin: PreparedModel,
  { name: date, partitions }: DerivedTarget,
): Promise<Content> {
  const { time_zone } = night.config;
  const columns = [...relationColumns(origin).keys()].map(identifier).join(', ');
  const objects = partitions.flatMap((partition) => partition.objects);
  await session.run(
    objects.length === 0 // all activities of these dates moved to others
      ? emptyRelation(`clean.${ORIGIN}`, relationColumns(origin))
      : `create or replace view clean.${ORIGIN} as select ${columns} from ${await readParquet(night, objects)}`,
  );
  const names = source.columns.map(({ name }) => identifier(name)).join(', ');
  const nothing = source.columns.map(({ name, type }) => `NULL::${SQL_TYPE[type]} as ${identifier(name)}`);
  const rows = `select ${nothing.join(', ')} where false union all by name (${derivation}\n)`;
  const dated = `select ${names}, business_date(${identifier(source.event_time)}, ${quote(time_zone)}) as event_date from (${rows})`;
  const select = `select *, row_number() over (order by ${names}) as line from (${dated}) where event_date = DATE ${quote(date)} order by line`;
  const [file] = await writeScratch(night, session, [{ select }], stagedColumns(source)).catch((error: unknown) => {
    if (!(error instanceof QueryError)) throw error;
    throw new ConfigError(
      `jobs/derived/${source.table}.sql: expected a SELECT of columns of the table, found: ${error.message}`,
      {
        cause: error,
      },
    );
  });
  if (file === undefined || file.rows === 0) return undefined;
  const slices = await slicesOf(night, source, session, [file]);
  const object = await placeParquet(night, file, `objects/staged/${source.table}/export_date=${date}`);
  return {
    digest: object.sha256,
    objects: [object],
    slices: slices.get(file.file) ?? [],
    counts: { records: object.rows, staged: object.rows, quarantined: {} },
  };
}
