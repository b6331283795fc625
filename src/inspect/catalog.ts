import { identifier, quote } from '../engine/engine.js';
import { ConfigError } from '../errors.js';
import { schemasOf } from '../release/delta/changes.js';
import type { Release } from '../release/release.js';
import type { Store } from '../store/store.js';

/** Programs in which SQL defines the tables. */
export const CATALOGS = ['athena', 'trino', 'spark', 'duckdb'] as const;
export type Catalog = (typeof CATALOGS)[number];

/** The name under which a catalog has the tables. */
const SCHEMA = 'dayfold';

/**
 * The statements that tell a program of every table of a release, as a Delta table. They need not
 * be run again when there is a new release, but where it has new tables.
 * @throws ConfigError where the program cannot reach the store
 */
export function catalogStatements(store: Store, release: Release, catalog: Catalog): string {
  if (catalog === 'athena' && store.folder !== undefined) {
    throw new ConfigError(
      `--for athena: expected an output on object storage, found the folder ${store.folder}: ` +
        'Athena reads s3:// alone',
    );
  }
  const tables = [...schemasOf(release).keys()].map((table) => {
    const [layer = '', name = ''] = table.split('/');
    return { layer, name, location: store.locate(`objects/${table}`) };
  });
  const statements = tables.map((table) => statementOf(catalog, table));
  return `${[...openingOf(catalog, tables), ...statements].join('\n')}\n`;
}

interface Located {
  readonly layer: string;
  readonly name: string;
  readonly location: string;
}

function openingOf(catalog: Catalog, tables: readonly Located[]): string[] {
  if (catalog === 'trino') return [`CREATE SCHEMA IF NOT EXISTS delta.${SCHEMA};`];
  if (catalog !== 'duckdb') return [`CREATE DATABASE IF NOT EXISTS ${SCHEMA};`];
  const layers = [...new Set(tables.map(({ layer }) => layer))];
  return [
    'INSTALL delta;',
    'LOAD delta;',
    ...layers.map((layer) => `CREATE SCHEMA IF NOT EXISTS ${layer};`),
  ];
}

function statementOf(catalog: Catalog, { layer, name, location }: Located): string {
  const table = `${layer}_${name}`;
  switch (catalog) {
    case 'athena':
      return (
        `CREATE EXTERNAL TABLE IF NOT EXISTS ${SCHEMA}.${table} LOCATION ` +
        `${quote(`${location}/`)} TBLPROPERTIES ('table_type'='DELTA');`
      );
    case 'trino':
      return (
        `CALL delta.system.register_table(schema_name => ${quote(SCHEMA)}, table_name => ` +
        `${quote(table)}, table_location => ${quote(location)});`
      );
    case 'spark':
      return (
        `CREATE TABLE IF NOT EXISTS ${SCHEMA}.${table} USING delta LOCATION ` +
        `${sparkText(location.replace(/^s3:/, 's3a:'))};`
      );
    case 'duckdb':
      return (
        `CREATE OR REPLACE VIEW ${identifier(layer)}.${identifier(name)} AS SELECT * FROM ` +
        `delta_scan(${quote(location)});`
      );
  }
}

/** Spark takes a backslash in a text for an escape, and so a doubled quote for two texts. */
function sparkText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
