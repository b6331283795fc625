import { type PreparedModel, relationColumns } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { isKept, placeBytes } from '../../build/objects.js';
import { NOTHING, update } from '../../build/update.js';
import { digestOf } from '../../release/digest.js';
import type { StoredObject } from '../../release/schema.js';
import { RENDERING_VERSION } from '../../report/report.js';
import { artifactsOf, fileColumns } from './files.js';

/**
 * Publishes the Arrow schema of every table: its columns as they are in the Parquet files, with
 * units and descriptions.
 */
export async function publishSchemas(
  night: Night,
  models: readonly PreparedModel[],
): Promise<void> {
  const schemas = models.map((model) => {
    const { table: name } = model;
    const partition = pathColumn(model);
    // files of a month or a year have the date as a column
    return partition !== undefined && isKept(night, `objects/${name}/${partition.name}=`)
      ? { name, columns: fileColumns({ ...model, columns: relationColumns(model) }) }
      : { name, columns: fileColumns(model), partition };
  });
  const table = 'index/schemas';
  const recipe = { tables: digestOf(schemas), rendering: digestOf(RENDERING_VERSION) };
  const target = { table, name: 'all', date: 'all', recipe, reads: NOTHING };
  await update(night, [target], async () => {
    // takes long to load, and nights with nothing new do without
    const { schemaFile } = await import('../../report/arrow.js');
    const artifacts: Record<string, StoredObject> = {};
    for (const { name, columns, partition } of schemas) {
      artifacts[name] = await placeBytes(
        night,
        schemaFile(columns, partition),
        `objects/${table}`,
        '.arrow',
      );
    }
    return [artifactsOf(artifacts)];
  });
}

/** The column of a model that is in the paths of its files alone. */
function pathColumn({
  model,
  columns,
  partitionColumn: name,
}: PreparedModel): { name: string; description: string } | undefined {
  if (name === undefined || columns.has(name)) return undefined;
  return {
    name,
    description: model.columns.find((column) => column.name === name)?.description ?? '',
  };
}
