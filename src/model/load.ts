import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, messageOf } from '../errors.js';
import { parseModel } from './header.js';
import { LAYERS, type Layer, type Model } from './model.js';

/**
 * The models of the jobs folders (`<folder>/{clean,daily,rolling,report}/*.sql`), each after the
 * models it reads; beyond that by layer and name, so that the order does not depend on the file
 * system. A model of a later folder replaces one of the same layer and name.
 * @throws ConfigError for a folder that cannot be read, a header that is off, a model that lacks
 * columns of the one it replaces, a relation that no model makes, or models that read each other in
 * a circle. Staged relations are the contracts' to check.
 */
export async function loadModels(folders: readonly string[]): Promise<Model[]> {
  const models = new Map<string, Model>();
  for (const layer of LAYERS) {
    const files = await sqlFiles(folders, layer);
    const parsed = files.map(
      (file) => async () => parseModel(await readFile(file, 'utf8'), file, layer),
    );
    for (const model of await ConfigError.ofAll(parsed)) {
      const twin = models.get(keyOf(model));
      models.set(keyOf(model), twin === undefined ? model : replacing(model, twin));
    }
  }
  return inputsFirst(models);
}

/** A model in the place of another one, whose columns it must have where other models read them. */
function replacing(model: Model, { file, columns }: Model): Model {
  const has = new Set(model.columns.map(({ name }) => name));
  const lacking = columns.flatMap(({ name }) => (has.has(name) ? [] : [name]));
  if (lacking.length === 0 || model.layer === 'report' || model.layer === 'checks')
    return { ...model, replaces: file };
  throw new ConfigError(
    `${model.file}: columns: expected ${lacking.join(', ')} among them, because it replaces ` +
      `${file} and other models may read them: select them, as NULL where there is nothing to ` +
      'say',
  );
}

async function sqlFiles(folders: readonly string[], layer: Layer): Promise<string[]> {
  const files: { name: string; file: string }[] = [];
  for (const folder of folders) {
    const entries = await entriesOf(folder);
    if (!entries.some((entry) => entry.name === layer && entry.isDirectory())) continue;
    for (const { name } of await entriesOf(join(folder, layer))) {
      if (name.endsWith('.sql')) files.push({ name, file: join(folder, layer, name) });
    }
  }
  return files
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map(({ file }) => file);
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new ConfigError(
      `Expected a folder of models at ${folder}, which cannot be read: ${messageOf(cause)}. ` +
        'Correct the jobs folders of the configuration.',
      { cause },
    );
  }
}

function inputsFirst(models: ReadonlyMap<string, Model>): Model[] {
  const sorted = new Set<Model>();
  const visit = (model: Model, path: readonly Model[]) => {
    if (sorted.has(model)) return;
    if (path.includes(model)) {
      const circle = [...path.slice(path.indexOf(model)), model].map(keyOf).join(' -> ');
      throw new ConfigError(
        `${model.file}: expected models that do not read each other in a circle, found ${circle}.`,
      );
    }
    for (const { schema, table } of model.reads) {
      if (schema === 'staged') continue;
      const input = models.get(`${schema === 'previous' ? 'rolling' : schema}.${table}`);
      if (!input) {
        throw new ConfigError(
          `${model.file}: expected a model for each table it reads, found none that makes ` +
            `${schema}.${table}`,
        );
      }
      // The previous as-of was built by an earlier release.
      if (schema !== 'previous') visit(input, [...path, model]);
    }
    sorted.add(model);
  };
  for (const model of models.values()) visit(model, []);
  return [...sorted];
}

function keyOf(model: Model): string {
  return `${model.layer}.${model.name}`;
}
