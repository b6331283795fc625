import type { Night } from '../../build/night.js';
import { buildModel } from '../../build/run_model.js';
import type { Placing } from '../../build/update.js';
import { identifier, quote } from '../../engine/engine.js';
import type { JobSession, Relation } from '../../engine/job.js';
import type { DataObject } from '../../release/schema.js';
import { contentOf, type DateTarget, isOpen, type Settled, type Table } from './date_content.js';
import { factsOf, PLACES, placed } from './facts.js';
import { keyName, relocatedColumns, relocatingKeys } from './keys.js';
import { movedName, rankedSql } from './ranked.js';
import { requireRows } from './whole.js';

/** The rows of dates that are compared, as SQL, and what it reads. */
interface Comparison {
  readonly ranked: string;
  readonly reads: readonly Relation[];
}

/** What a job says of a date. */
interface DateFacts extends Omit<Settled, 'more'> {
  /** rows of the file beside its main files, or in place of them */
  readonly written: number;
}

/**
 * Makes the content of dates as composeDates does, by jobs of an engine that keeps no tables: one
 * finds what is true of each date, another makes their rows.
 */
export async function composeByJobs(
  night: Night,
  session: JobSession,
  table: Table,
  batch: readonly DateTarget[],
): Promise<Placing> {
  const open = batch.filter(isOpen);
  if (open.length === 0) return async () => batch.map((target) => contentOf(target));
  const comparison = comparisonOf(night, table, open);
  const facts = await factsOfDates(night, session, comparison, open);
  const place = await buildDates(night, session, table, { ...comparison, facts });
  return async () => {
    const more = await place();
    return batch.map((target) => {
      const found = facts.get(target.name);
      return contentOf(target, found && { ...found, more: more.get(target.name) });
    });
  };
}

function comparisonOf(
  night: Night,
  { source, model }: Table,
  open: readonly DateTarget[],
): Comparison {
  const names = [...model.columns.keys()];
  const mains = placed(
    open.flatMap((target) =>
      target.mains.map(({ object, place }) => ({ object, place, date: target.name })),
    ),
  );
  const strays = placed(open.flatMap((target) => target.strays));
  const columnsOf = (alias: string) =>
    names.map((name) => `${alias}.${identifier(name)}`).join(', ');
  const dates = open.map(({ name }) => `DATE ${quote(name)}`).join(', ');
  const sql = `select ${columnsOf('m')}, m._row, p._export, p._date as event_date, true as _main
      from staged._mains as m join (values ${mains.values}) as p(${PLACES}) on m._file = p._file
    union all select ${columnsOf('s')}, s._row, p._export, s.event_date, false as _main
      from staged._strays as s join (values ${strays.values}) as p(${PLACES}) on s._file = p._file
      where s.counts and s.event_date in (${dates})`;
  const beside = new Map([...model.columns, ['event_date', 'DATE'], ['counts', 'BOOLEAN']]);
  const relation = { schema: 'staged', isNumbered: true };
  return {
    ranked: rankedSql({ source, names, sql }),
    reads: [
      { ...relation, table: '_mains', columns: model.columns, objects: mains.objects },
      { ...relation, table: '_strays', columns: beside, objects: strays.objects },
      ...relocatingKeys(source).map((key) => ({
        schema: 'staged',
        table: movedName(source, key),
        columns: relocatedColumns(source, key),
        objects: night.next.get(`moved/${source.table}`, keyName(key))?.objects ?? [],
      })),
    ],
  };
}

/** What is counted of a date. */
const COUNTED = {
  staged: 'true',
  duplicates: '_moved or _nth > 1',
  conflicts: '_moved or (_nth > 1 and _differs)',
  breaks: '_breaks',
  in_place: 'not _moved and _nth = 1',
  beside: 'not _moved and _nth = 1 and not _main and _mains = 0',
};

async function factsOfDates(
  night: Night,
  session: JobSession,
  { ranked, reads }: Comparison,
  open: readonly DateTarget[],
): Promise<Map<string, DateFacts>> {
  const table = open[0]?.table ?? '';
  const names = Object.keys(COUNTED);
  const sums = Object.entries(COUNTED).map(
    ([name, is]) => `cast(sum(case when ${is} then 1 else 0 end) as bigint) as ${name}`,
  );
  const rows = await factsOf(night, session, {
    table,
    sql: `select event_date, ${sums.join(', ')} from (${ranked}) as r group by event_date`,
    columns: new Map([['event_date', 'DATE'], ...names.map((name) => [name, 'BIGINT'] as const)]),
    reads,
  });
  const byDate = new Map(rows.map((row) => [String(row.event_date), row]));
  return new Map(
    open.map(({ name, mains, strays }) => {
      const count = (what: keyof typeof COUNTED) => Number(byDate.get(name)?.[what] ?? 0);
      const expected = [...mains, ...strays].reduce((sum, { slice }) => sum + slice.rows, 0);
      requireRows(`${table} ${name}`, expected, count('staged'));
      const isBroken = count('breaks') > 0;
      const lost = { duplicates: count('duplicates'), conflicts: count('conflicts') };
      return [name, { lost, isBroken, written: count(isBroken ? 'in_place' : 'beside') }];
    }),
  );
}

/** Makes the file of each date that has one beside its main files, or in place of them. */
async function buildDates(
  night: Night,
  session: JobSession,
  { model }: Table,
  { ranked, reads, facts }: Comparison & { readonly facts: ReadonlyMap<string, DateFacts> },
): Promise<() => Promise<ReadonlyMap<string, DataObject>>> {
  const names = [...facts].flatMap(([name, { written }]) => (written > 0 ? [name] : []));
  if (names.length === 0) return async () => new Map();
  const broken = [...facts].flatMap(([name, { isBroken }]) =>
    isBroken ? [`event_date = DATE ${quote(name)}`] : [],
  );
  const columns = [...model.columns.keys()].map(identifier).join(', ');
  const sql = `select ${columns}, event_date, _export, _row from (${ranked}) as r
    where ${COUNTED.in_place} and (${[COUNTED.beside, ...broken].join(' or ')})
    order by _export nulls last, _row nulls last`;
  const rows = { ...model, model: { ...model.model, sql, grain: [] } };
  const place = await buildModel(night, session, rows, { names, reads });
  return async () => {
    const made = await place();
    return new Map(
      names.flatMap((name, i) => made[i]?.objects.map((object) => [name, object] as const) ?? []),
    );
  };
}
