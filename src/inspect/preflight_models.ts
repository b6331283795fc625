import { stagedColumns } from '../build/columns.js';
import { type PreparedModel, relationColumns } from '../build/models.js';
import { ORIGIN } from '../config/contracts.js';
import type { Source } from '../config/source.js';
import { identifier, QueryError, type Session } from '../engine/engine.js';
import { emptyRelation } from '../engine/relation.js';
import { ConfigError } from '../errors.js';
import { SQL_TYPE } from '../ingest/sql/values.js';
import type { Model } from '../model/model.js';
import { answerOf } from '../tables/reports/answers.js';
import type { Collect } from './collect.js';

/**
 * Plans each model and each derived table over empty relations: a column or a function that is not
 * there shows itself.
 * @param collect is given what is wrong, one error for each of them
 */
export async function bindModels(
  session: Session,
  models: readonly PreparedModel[],
  sources: readonly Source[],
  collect: Collect,
): Promise<void> {
  for (const source of sources)
    await session.run(emptyRelation(`staged.${source.table}`, stagedColumns(source)));
  for (const { model, columns } of models.filter((each) => each.model.layer === 'rolling')) {
    await session.run(
      emptyRelation(`previous.${model.name}`, new Map([['as_of_date', 'DATE'], ...columns])),
    );
  }
  for (const prepared of models) {
    await collect(() => bind(session, prepared));
    // also where the model is wrong, so that those that read it are not blamed
    const { model, table } = prepared;
    if (model.layer !== 'report' && model.layer !== 'checks')
      await session.run(emptyRelation(table.replace('/', '.'), relationColumns(prepared)));
    if (table === `clean/${ORIGIN}`)
      for (const source of sources) await collect(() => bindDerivation(session, source));
  }
}

async function bind(session: Session, prepared: PreparedModel): Promise<void> {
  const { model, section } = prepared;
  const all = [...relationColumns(prepared)];
  const list = all.map(([name, type]) => `cast(${identifier(name)} as ${type})`).join(', ');
  await plan(
    session,
    `select ${list} from (${model.sql})`,
    model.file,
    'a SELECT that runs and gives the columns of its header',
  );
  if (section === undefined) return;
  const nothing = all
    .map(([name, type]) => `cast(null as ${type}) as ${identifier(name)}`)
    .join(', ');
  await answerOf(session, { model, section }, '1970-01-01', `(select ${nothing} where false)`);
}

async function bindDerivation(
  session: Session,
  { table, derivation, columns }: Source,
): Promise<void> {
  if (derivation === null) return;
  const nothing = columns
    .map(({ name, type }) => `NULL::${SQL_TYPE[type]} as ${identifier(name)}`)
    .join(', ');
  const rows = `select ${nothing} where false union all by name (${derivation}\n)`;
  const list = columns
    .map(({ name, type }) => `cast(${identifier(name)} as ${SQL_TYPE[type]})`)
    .join(', ');
  await plan(
    session,
    `select ${list} from (${rows})`,
    `derived/${table}.sql`,
    `a SELECT of columns of ${table}`,
  );
}

async function plan(session: Session, sql: string, file: string, expected: string): Promise<void> {
  try {
    await session.rows(`explain ${sql}`);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw new ConfigError(`${file}: expected ${expected}, found: ${error.message}`, {
      cause: error,
    });
  }
}

/** Reports that see less than they probably should: of a daily table the as-of date alone. */
export function shortSighted(models: readonly Model[]): string[] {
  return models
    .filter(({ layer }) => layer === 'report')
    .flatMap(({ file, reads }) =>
      reads
        .filter(({ schema, reach }) => schema === 'daily' && reach === 'same')
        .map(
          ({ table }) =>
            `${file}: reads daily.${table} of the as-of date alone: write daily.${table} ` +
            'window for all dates of the longest window',
        ),
    );
}
