import type { Night } from '../../build/night.js';
import { withSession } from '../../build/pool.js';
import { buildModel, type Made } from '../../build/run_model.js';
import type { Content } from '../../build/update.js';
import { identifier } from '../../engine/engine.js';
import type { JobSession, Relation } from '../../engine/job.js';
import { factsOf, PLACES, placed } from './facts.js';
import { rankedSql } from './ranked.js';
import { countsSql, requireRows, rowColumns, type WholeTarget, wholeContent } from './whole.js';

/** Makes the content of an undated table by jobs of an engine that keeps no tables. */
export async function makeWholeByJobs(
  night: Night,
  session: JobSession,
  target: WholeTarget,
): Promise<Content> {
  const { source, model, table, staged } = target;
  const columns = rowColumns(source);
  const names = [...columns.keys()];
  const pieces = staged
    .flatMap(({ objects }) => objects)
    .map((object, place) => ({ object, place }));
  const { objects, values } = placed(pieces);
  const found: Relation = { schema: 'staged', table: '_found', columns, objects, isNumbered: true };
  const held = names.map((name) => `f.${identifier(name)}`).join(', ');
  const ranked = rankedSql({
    source,
    names,
    sql: `select ${held}, p._export, f._row
      from staged._found as f join (values ${values}) as p(${PLACES}) on f._file = p._file
      where ${countsSql(source)}`,
  });
  const [facts] = await factsOf(night, session, {
    table,
    sql: `select count(*) as staged,
        cast(sum(case when _nth > 1 then 1 else 0 end) as bigint) as duplicates,
        cast(sum(case when _nth > 1 and _differs then 1 else 0 end) as bigint) as conflicts
      from (${ranked}) as r`,
    columns: new Map(['staged', 'duplicates', 'conflicts'].map((name) => [name, 'BIGINT'])),
    reads: [found],
  });
  const count = (name: string) => Number(facts?.[name] ?? 0);
  const [rows, duplicates, conflicts] = ['staged', 'duplicates', 'conflicts'].map(count) as [
    number,
    number,
    number,
  ];
  requireRows(table, target.rows, rows);
  if (rows === 0) return undefined;
  const select = `select ${names.map(identifier).join(', ')} from (${ranked}) as r where _nth = 1`;
  const counting: Relation = {
    schema: 'staged',
    table: source.table,
    columns,
    objects: [],
    select,
  };
  const place = await buildModel(night, session, model, {
    names: ['all'],
    reads: [found, counting],
  });
  const [made] = (await place()) as [Made];
  const counts = { staged: rows, kept: rows - duplicates, duplicates, conflicts };
  return withSession(night.engine.sessions, (reader) =>
    wholeContent(night, reader, target, { ...made, counts }),
  );
}
