import { stagedColumns } from '../../../build/columns.js';
import type { PreparedModel } from '../../../build/models.js';
import type { Columns } from '../../../build/objects.js';
import type { Source } from '../../../config/source.js';
import { counted } from '../../../counts.js';
import { identifier, type Session } from '../../../engine/engine.js';
import { DataError } from '../../../errors.js';

/** The columns of a dated table's objects: those of its clean model. */
export function cleanColumns(source: Source, model: PreparedModel | undefined): Columns {
  if (model !== undefined) return model.columns;
  return new Map(
    [...stagedColumns(source)].filter(([name]) =>
      source.columns.some((column) => column.name === name),
    ),
  );
}

/** Gives the clean model the rows of a table. */
export async function bindStaged(
  session: Session,
  source: Source,
  { from, where = 'true' }: { readonly from: string; readonly where?: string },
): Promise<void> {
  const names = source.columns.map(({ name }) => identifier(name)).join(', ');
  await session.run(
    `create or replace view staged.${source.table} as select ${names}, event_date from ` +
      `${from} where ${where}`,
  );
}

/** SQL of what the clean model makes of the rows that it is given, in their order. */
export function rowsSql(
  source: Source,
  model: PreparedModel | undefined,
  columns: Columns,
): string {
  const from = model === undefined ? `staged.${source.table}` : `(${model.model.sql})`;
  return `select ${[...columns.keys()].map(identifier).join(', ')} from ${from}`;
}

/** Rows for the clean model, and the table that is made of them. */
interface Cleaning {
  /** a table with the columns of the contract and `event_date` */
  readonly from: string;
  readonly into: string;
  /** what the model gives */
  readonly columns: Columns;
  /** columns of `from` that each row keeps */
  readonly beside: readonly string[];
}

/**
 * Makes a table of what the clean model makes of all rows of another one: each row with its place
 * `n`, and with columns of the row that it was made of.
 */
export async function makeCleaned(
  session: Session,
  { source, model }: { readonly source: Source; readonly model: PreparedModel | undefined },
  { from, into, columns, beside }: Cleaning,
): Promise<void> {
  await bindStaged(session, source, { from });
  await session.run(
    `create or replace temp table ${into} as select * from (select *, row_number() over () as n
      from (${rowsSql(source, model, columns)}))
     join (select ${beside.join(', ')}, row_number() over () as n from ${from}) using (n)`,
  );
}

/** @throws DataError unless the clean model made as many rows as it was given */
export function requireAll(model: PreparedModel | undefined, expected: number, rows: number): void {
  if (rows === expected) return;
  throw new DataError(
    `${model?.model.file}: expected ${counted(expected, 'row')}, one for each row of the ` +
      `export, found ${rows}: a clean model must keep every row. Nothing was published`,
  );
}
