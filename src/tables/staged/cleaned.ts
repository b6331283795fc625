import { stagedColumns } from '../../build/columns.js';
import type { PreparedModel } from '../../build/models.js';
import type { Columns } from '../../build/objects.js';
import type { Source } from '../../config/source.js';
import { counted } from '../../counts.js';
import { identifier, type Session } from '../../engine/engine.js';
import { DataError } from '../../errors.js';

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

export function requireAll(model: PreparedModel | undefined, expected: number, rows: number): void {
  if (rows === expected) return;
  throw new DataError(
    `${model?.model.file}: expected ${counted(expected, 'row')}, one for each row of the ` +
      `export, found ${rows}: a clean model must keep every row. Nothing was published`,
  );
}
