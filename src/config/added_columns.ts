import { ConfigError } from '../errors.js';
import type { Model, ModelColumn } from '../model/model.js';
import { BUILT_IN } from './contracts.js';
import type { Source, SourceColumn } from './source.js';

/**
 * The clean models with the columns that the configuration adds to their tables: a built-in model
 * selects them beside its own. A model of the deployment says itself which columns it has. Pure.
 * @throws ConfigError for a column that a clean model computes, or one that a model of the
 * deployment lacks
 */
export function withAddedColumns(models: readonly Model[], sources: readonly Source[]): Model[] {
  return models.map((model) => {
    const source = sources.find(({ table }) => model.layer === 'clean' && table === model.name);
    const added = source?.columns.filter(({ isAdded }) => isAdded) ?? [];
    return added.length === 0 ? model : extended(model, added);
  });
}

function extended(model: Model, added: readonly SourceColumn[]): Model {
  const { name: table, file, columns } = model;
  const has = (column: SourceColumn) => columns.some(({ name }) => name === column.name);
  if (!file.startsWith(BUILT_IN)) {
    const lacking = added.filter((column) => !has(column)).map(({ name }) => name);
    if (lacking.length === 0) return model;
    throw new ConfigError(
      `${file}: columns: expected ${lacking.join(', ')} among them, because ` +
        `tables.${table}.columns adds them: select them there`,
    );
  }
  const taken = added.find(has);
  if (taken !== undefined)
    throw new ConfigError(
      `tables.${table}.columns.${taken.name}: expected another name, because clean/${table} ` +
        `has a column ${taken.name} of its own`,
    );
  const from = new RegExp(`\\nfrom staged\\.${table}(?: as ([a-z_]+))?(?=\\n|$)`).exec(model.sql);
  if (from === null)
    throw new TypeError(`expected a line \`from staged.${table}\` in ${file}, found none`);
  const selected = added.map(({ name }) => `,\n  ${from[1] ?? table}.${name}`).join('');
  const sql = model.sql.slice(0, from.index) + selected + model.sql.slice(from.index);
  return { ...model, columns: [...columns, ...added.map(columnOf)], sql };
}

const TYPES = { category: 'text', duration: 'integer' } as const;

function columnOf({ name, type, description }: SourceColumn): ModelColumn {
  return {
    name,
    type: type === 'category' || type === 'duration' ? TYPES[type] : type,
    unit: type === 'duration' ? 'seconds' : '',
    description,
  };
}
