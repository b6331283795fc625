import { asOfChangedFrom } from '../build/changed.js';
import type { PreparedModel } from '../build/models.js';
import type { Built, Night } from '../build/night.js';
import type { Dates } from '../build/reuse.js';
import { type Table, updateTables } from '../build/table.js';
import { ORIGIN } from '../config/contracts.js';
import type { Layer } from '../model/model.js';
import { isSegment } from '../report/report.js';
import { requireQuality } from '../tables/checks.js';
import { clean } from '../tables/clean/clean.js';
import { derive } from '../tables/clean/derive.js';
import { findRelocated } from '../tables/clean/relocated.js';
import { asOfDates, foldDays, foldPeriods, foldWindows } from '../tables/modelled.js';
import { index, pages, reportFiles, segmentChanges } from '../tables/reports/reports.js';
import { publishSchemas } from '../tables/reports/schemas.js';
import { Staging } from '../tables/staged/stage.js';
import { shareTable } from './share_files.js';

/** Brings all tables of a night up to date. @returns what the listing said of each export */
export async function build(
  night: Night,
  models: readonly PreparedModel[],
): Promise<ReadonlyMap<string, string>> {
  const delivered = night.sources.filter(({ derivation }) => derivation === null);
  const staging = await Staging.of(night, models, delivered);
  try {
    const tables = tablesOf(night, models, staging);
    await updateTables(
      night,
      tables.map((table) => ({
        ...table,
        update: async (each) => {
          await table.update(each);
          await shareTable(each, table.name);
        },
      })),
    );
    const place = new Map(tables.map(({ name }, i) => [name, i]));
    const placeOf = ({ table }: Built) =>
      place.get(table.replace(/^packed\//, 'clean/')) ?? tables.length;
    night.built.sort((one, other) => placeOf(one) - placeOf(other));
    return staging.versions;
  } finally {
    await staging.close();
  }
}

/** The tables of a night, each after those that it reads. */
function tablesOf(night: Night, models: readonly PreparedModel[], staging: Staging): Table[] {
  const days = [
    ...exportTables(night, models, staging),
    ...derivedTables(night, models),
    ...dayTables(models),
  ];
  const names = days.map(({ name }) => name);
  const dates = asOfDates(night, models);
  let known: Dates | undefined;
  const asOf = () => {
    // known when the tables of all days are up to date
    known ??= { dates, changedFrom: asOfChangedFrom(night) };
    return known;
  };
  const tables = [...days, ...periodTables(models), ...windowTables(models, names, asOf)];
  return [
    ...tables,
    ...pageTables(
      models,
      tables.map(({ name }) => name),
      asOf,
    ),
  ];
}

/** The exports of each table, its rows that have moved to another date, and its clean rows. */
function exportTables(night: Night, models: readonly PreparedModel[], staging: Staging): Table[] {
  const delivered = night.sources.filter(({ derivation }) => derivation === null);
  return delivered.flatMap((source) => [
    { name: `staged/${source.table}`, after: [], update: () => staging.update(source) },
    ...cleanTables(models, source),
  ]);
}

/** Tables without exports of their own. */
function derivedTables(night: Night, models: readonly PreparedModel[]): Table[] {
  const derived = night.sources.filter(({ derivation }) => derivation !== null);
  return derived.flatMap((source) => [
    {
      name: `staged/${source.table}`,
      after: [`clean/${ORIGIN}`],
      update: (night: Night) => derive(night, models, source),
    },
    ...cleanTables(models, source),
  ]);
}

function cleanTables(models: readonly PreparedModel[], source: Night['sources'][number]): Table[] {
  const { table } = source;
  return [
    {
      name: `moved/${table}`,
      after: [`staged/${table}`],
      update: (night) => findRelocated(night, source),
    },
    {
      name: `clean/${table}`,
      after: [`moved/${table}`],
      update: (night) => clean(night, models, source),
    },
  ];
}

function ofLayer(models: readonly PreparedModel[], ...layers: readonly Layer[]): PreparedModel[] {
  return models.filter(({ model }) => layers.includes(model.layer));
}

function readsOf({ model }: PreparedModel): string[] {
  return model.reads.map(({ schema, table }) => `${schema}/${table}`);
}

function dayTables(models: readonly PreparedModel[]): Table[] {
  return ofLayer(models, 'daily').map((model) => ({
    name: model.table,
    after: readsOf(model),
    update: (night) => foldDays(night, model, models),
  }));
}

function periodTables(models: readonly PreparedModel[]): Table[] {
  return ofLayer(models, 'weekly', 'monthly').map((model) => ({
    name: model.table,
    after: readsOf(model),
    update: (night) => foldPeriods(night, model, models),
  }));
}

/** Rolling and report tables with their files, and checks. */
function windowTables(
  models: readonly PreparedModel[],
  days: readonly string[],
  asOf: () => Dates,
): Table[] {
  const windows = ofLayer(models, 'rolling', 'report').map((model) => ({
    name: model.table,
    after: [...days, ...readsOf(model)],
    update: (night: Night) => foldWindows(night, model, models, asOf()),
  }));
  const files = ofLayer(models, 'report').flatMap((model): Table[] => [
    {
      name: `files/${model.table}`,
      after: [model.table],
      update: (night) => reportFiles(night, model, asOf()),
    },
    ...(isSegment(model.model)
      ? [
          {
            name: `${model.table}_changes`,
            after: [model.table],
            update: (night: Night) => segmentChanges(night, model, asOf()),
          },
        ]
      : []),
  ]);
  const checks = ofLayer(models, 'checks').map((model): Table => {
    const { table: name, partitionColumn } = model;
    if (partitionColumn === 'event_date')
      return { name, after: readsOf(model), update: (night) => foldDays(night, model, models) };
    return {
      name,
      after: [...days, ...readsOf(model)],
      update: (night) => foldWindows(night, model, models, asOf()),
    };
  });
  return [...windows, ...files, ...checks];
}

/**
 * What is made of all the others: the pages, once the checks let the night pass, and what leads to
 * them.
 */
function pageTables(
  models: readonly PreparedModel[],
  tables: readonly string[],
  asOf: () => Dates,
): Table[] {
  return [
    {
      name: 'report/report',
      after: tables,
      update: async (night) => {
        requireQuality(night);
        await pages(night, models, asOf());
      },
    },
    { name: 'index/reports', after: tables, update: (night) => index(night, asOf().dates) },
    { name: 'index/schemas', after: [], update: (night) => publishSchemas(night, models) },
  ];
}
