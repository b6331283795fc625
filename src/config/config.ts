import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as z from 'zod';
import { ConfigError } from '../errors.js';
import { check, type Document, readDocument } from './document.js';
import { type Environment, fromEnvironment } from './environment.js';
import { configSchema } from './schema.js';
import { didYouMean } from './suggest.js';

/**
 * A complete configuration: the file's values over the defaults, each table over the table
 * defaults.
 */
export type Config = z.infer<typeof configSchema> & {
  /** the file it came from, for messages */
  readonly file: string;
  /** the folder that relative paths start from */
  readonly base: string;
};
export type TableConfig = Config['tables'][string];
export type Settings = Config['settings'];

const PRESETS = fileURLToPath(new URL('../../config/presets', import.meta.url));
const DEFAULTS = fileURLToPath(new URL('../../config/default.yaml', import.meta.url));

/** The parts of a configuration, the stronger one above the other. */
export interface Layers {
  readonly environment: Document;
  readonly file: Document;
  /** of the exporters that the file names, the strongest last */
  readonly presets: readonly Document[];
  readonly defaults: Document;
}

/**
 * Reads what a configuration is made of: the environment, the file if there is one, its presets and
 * the embedded defaults.
 */
export async function readLayers(file: string | undefined, env: Environment): Promise<Layers> {
  const defaults = await readDocument(DEFAULTS);
  const document = file === undefined ? defaults : await readDocument(file);
  const environment = fromEnvironment(env, configSchema.shape);
  return { environment, file: document, presets: await presetsOf(document), defaults };
}

/**
 * Loads a configuration: what the environment says, over the file, over its presets, over the
 * embedded defaults.
 * @throws ConfigError that names file and line, or variable, the key, what was expected and what
 * was found
 */
export async function loadConfig(file?: string, env: Environment = process.env): Promise<Config> {
  return completed(await readLayers(file, env), file);
}

/** The configuration that the layers make. */
export function completed(
  { environment, file, presets, defaults }: Layers,
  given?: string,
): Config {
  const layers = [...presets, file].map(({ value }) => value);
  const own = layers.reduce(merge, defaults.value);
  const merged = isMap(own) ? merge(own, environment.value) : own;
  const place: Document['place'] = (key) => environment.place(key) || file.place(key);
  const value = check(configSchema, { ...file, place }, withTableDefaults(merged));
  return {
    ...value,
    file: file.file,
    base: given === undefined ? process.cwd() : path.dirname(path.resolve(given)),
  };
}

/**
 * The settings of exporters that are known, which a configuration names; later ones over earlier
 * ones.
 */
async function presetsOf({ value, place }: Document): Promise<Document[]> {
  const preset = isMap(value) ? value.preset : undefined;
  if (preset === undefined) return [];
  const files = await readdir(PRESETS);
  const known = files.map((name) => path.basename(name, '.yaml')).sort();
  return Promise.all(
    [preset].flat().map((name) => {
      if (known.includes(String(name))) return readDocument(path.join(PRESETS, `${name}.yaml`));
      throw new ConfigError(
        `${place(['preset'])}: preset: expected one or several of ${known.join(', ')}, found ` +
          `${JSON.stringify(name)}${didYouMean(String(name), known)}`,
      );
    }),
  );
}

function withTableDefaults(merged: unknown): unknown {
  if (!isMap(merged) || !isMap(merged.tables)) return merged;
  // columns are set in the tables that have them, which only contracts say
  const defaults = isMap(merged.table_defaults)
    ? { ...merged.table_defaults, columns: {} }
    : merged.table_defaults;
  const tables = Object.entries(merged.tables).map(([name, own]) => [name, merge(defaults, own)]);
  return { ...merged, tables: Object.fromEntries(tables) };
}

/** Maps are merged key by key; anything else is replaced. */
function merge(below: unknown, above: unknown): unknown {
  if (!isMap(below) || !isMap(above)) return above;
  const merged = { ...below };
  for (const [key, value] of Object.entries(above))
    merged[key] = key in below ? merge(below[key], value) : value;
  return merged;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
