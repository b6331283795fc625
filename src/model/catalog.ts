import { stringify } from 'yaml';
import type { Span } from '../dates.js';
import type { Contract } from './contract.js';
import { partitionOf, typeOf } from './dictionary.js';
import { LAYERS, type Layer, type Model } from './model.js';

/** A table of the data dictionary, for other programs. */
export interface DescribedTable {
  /** layer and name, such as daily/user_day */
  readonly table: string;
  readonly layer: Layer;
  readonly name: string;
  readonly description: string;
  /** columns that together occur once */
  readonly grain: readonly string[];
  /** tables that it is made from */
  readonly reads: readonly string[];
  /** what is in the paths of its files: a date, a month or a year; none of undated tables */
  readonly partition?: string;
  readonly columns: readonly {
    readonly name: string;
    /** integer, double, text, date, timestamp or boolean */
    readonly type: string;
    readonly unit: string;
    readonly description: string;
  }[];
}

/**
 * Every table that other programs read, by layer and name. Pure.
 * @param span what a file of a dated table holds
 */
export function describedTables(
  contracts: readonly Contract[],
  models: readonly Model[],
  span: Span,
): DescribedTable[] {
  return models
    .filter(({ layer }) => layer !== 'checks')
    .sort((a, b) => LAYERS.indexOf(a.layer) - LAYERS.indexOf(b.layer) || (a.name < b.name ? -1 : 1))
    .map((model) => {
      const [partition] = partitionOf(model, contracts, span)?.split('=') ?? [];
      return {
        table: `${model.layer}/${model.name}`,
        ...{ layer: model.layer, name: model.name, description: model.text, grain: model.grain },
        reads: model.reads.map(
          ({ schema, table }) => `${schema === 'previous' ? 'rolling' : schema}/${table}`,
        ),
        ...(partition === undefined ? {} : { partition }),
        columns: model.columns.map((column) => ({ ...column, type: typeOf(column, contracts) })),
      };
    });
}

const DBT_TYPE: Record<string, string> = {
  integer: 'bigint',
  double: 'double',
  text: 'varchar',
  date: 'date',
  timestamp: 'timestamp',
  boolean: 'boolean',
};

/**
 * The tables as sources of dbt. dbt-duckdb reads them from their Delta tables; other adapters from
 * the catalog in which `run-job sql` registers them as dayfold.<layer>_<table>.
 * @param locate where a table is
 */
export function dbtSources(
  tables: readonly DescribedTable[],
  locate: (table: string) => string,
): string {
  const described = tables.map(({ table, layer, name, description, columns }) => ({
    name: `${layer}_${name}`,
    description,
    config: { meta: { external_location: `delta_scan('${locate(table).replaceAll("'", "''")}')` } },
    columns: columns.map((column) => ({
      name: column.name,
      description:
        column.unit === '' ? column.description : `${column.description} [${column.unit}]`,
      data_type: DBT_TYPE[column.type] ?? column.type,
    })),
  }));
  return stringify({
    version: 2,
    sources: [{ name: 'dayfold', schema: 'dayfold', tables: described }],
  });
}
