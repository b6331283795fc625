import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { isDate, isTimeZone } from '../calendar.js';
import { ConfigError } from '../errors.js';
import { columnType, delivery } from '../model/contract.js';
import { CONTRAST, contrastOnLight } from './accent.js';
import { isCron } from './cron.js';
import { check, type Document, readDocument, SECRET } from './document.js';
import { type Environment, fromEnvironment } from './environment.js';

function isLocale(locale: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale).length > 0;
  } catch {
    return false;
  }
}

function isEncoding(name: string): boolean {
  try {
    return new TextDecoder(name) !== undefined;
  } catch {
    return false;
  }
}

const zone = z.string().refine(isTimeZone, { error: 'expected an IANA time zone such as Europe/Berlin' });
const date = z.string().refine(isDate, { error: 'expected a date as YYYY-MM-DD' });
const size = z.string().regex(/^\d+(MB|GB)$/, 'expected a size such as 256MB');
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day such as 06:00');
const count = z.int().min(1).max(100_000);

/** A user and a password before the host. */
function hasNoSecret(url: string): boolean {
  return !/^[a-z0-9+.-]+:\/\/[^/]*@/i.test(url);
}

const columnSource = z.union(
  [
    z.string().min(1),
    z.array(z.string().min(1)).min(1),
    z.strictObject({
      from: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
      sql: z.string().min(1).optional(),
      constant: z.string().optional(),
      type: columnType.optional(),
      missing: z.array(z.string()).optional(),
      default: z.union([z.string(), z.int()]).optional(),
      accepted: z.array(z.string()).min(1).optional(),
      min: z.number().optional(),
      max_missing: z.number().min(0).max(1).optional(),
      unit: z.enum(['seconds', 'minutes']).optional(),
    }),
  ],
  {
    error:
      'expected a column name, a list of names, or { from, sql or constant, type, missing, default, accepted, min, max_missing, unit }',
  },
);

const tableFields = {
  format: z.enum(['csv', 'jsonl', 'json', 'parquet']),
  encoding: z
    .string()
    .refine(isEncoding, { error: 'expected the name of an encoding such as utf-8, windows-1252 or shift_jis' })
    .nullable(),
  delimiter: z
    .string()
    .regex(/^[\t -~]$/, 'expected one ASCII character')
    .refine((c) => !'"\'\\'.includes(c), 'expected any character but a quote or a backslash')
    .nullable(),
  quote: z.enum(['"', "'", 'none']).nullable(),
  escape: z.enum(['doubled', 'backslash']).nullable(),
  header: z.array(z.string().min(1)).min(1).nullable(),
  totals: z.int().min(0).max(100),
  delivery: delivery.nullable(),
  required: z.boolean(),
  missing_exports: z.enum(['keep', 'drop']),
  max_quarantine: z.strictObject({
    share: z.number().min(0).max(1).nullable(),
    count: z.int().min(0).nullable(),
  }),
  rows: z
    .string()
    .regex(/^\s*(with|select)\b[\s\S]*[^;\s]\s*$/i, 'expected one SELECT over raw, without a semicolon at its end')
    .nullable(),
  derived: z.boolean(),
  drift: z.enum(['strict', 'additive', 'lenient']),
  date_order: z.enum(['month_first', 'day_first']).nullable(),
  times_in: zone,
  decimal: z.enum(['.', ',']),
  thousands: z.enum([',', '.', ' ', "'"]).nullable(),
  max_age_days: count.nullable(),
  missing: z.array(z.string()),
  columns: z.record(z.string(), columnSource),
};
/** Names with a date, as of exports. */
const datedName = z
  .string()
  .min(1)
  .refine((pattern) => pattern.split('{date}').length === 2, {
    error: 'expected a pattern with {date} once, such as sessions/sessions_{date}.csv',
  });

const tableDefaults = z.strictObject(tableFields);
const table = z.strictObject({
  files: datedName,
  ...tableFields,
});

const storeFields = {
  store: z.string().min(1).refine(hasNoSecret, SECRET),
  endpoint: z
    .url({ protocol: /^https?$/, error: 'expected a URL such as http://127.0.0.1:9000' })
    .refine(hasNoSecret, SECRET)
    .nullable(),
  region: z.string().min(1).nullable(),
  path_style: z.boolean().nullable(),
  checksums: z.enum(['md5', 'crc32', 'none']),
  sse: z.enum(['AES256', 'aws:kms']).nullable(),
  kms_key: z.string().min(1).nullable(),
  storage_class: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, 'expected a storage class such as STANDARD_IA')
    .nullable(),
  request_payer: z.boolean(),
};

const webhook = z
  .url({ protocol: /^https?$/, error: 'expected a URL such as https://example.com/hook' })
  .refine(hasNoSecret, { error: 'expected no user and password in a URL', params: { secret: true } })
  .nullable();
/** The program, then its arguments; no shell reads them. */
const command = z.array(z.string().min(1)).min(1).nullable();

/** What a configuration must hold when it is complete; docs/schema/config.json is made from this. */
export const configSchema = z
  .strictObject({
    preset: z.union([z.string(), z.array(z.string())]),
    time_zone: zone,
    exports: z.strictObject(storeFields),
    output: z.strictObject({ ...storeFields, single_writer: z.boolean() }),
    jobs: z.array(z.string().min(1)),
    earliest: date,
    settings: z
      .strictObject({
        short_window_days: count,
        long_window_days: count,
        many_sessions: count,
        few_features: count,
        top_features: count,
        wide_features: count,
        quick_resolution_days: count,
        inactive_days: count,
        session_gap_minutes: z.int().min(1).max(720),
      })
      .refine((settings) => settings.short_window_days < settings.long_window_days, {
        path: ['long_window_days'],
        error: 'expected more days than short_window_days',
      }),
    checks: z.record(z.string(), z.enum(['warn', 'fail', 'off'])),
    tables: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), table),
    table_defaults: tableDefaults,
    limits: z.strictObject({
      unpacked: size,
      ratio: z.int().min(1).max(1_000_000),
      members: count,
      depth: z.int().min(1).max(1000),
      record: z.string().regex(/^([1-9]|1[0-6])MB$/, 'expected 1MB to 16MB'),
    }),
    engine: z.strictObject({
      threads: z.int().min(1).max(256).nullable(),
      memory_limit: size,
      scratch: z.string().min(1).nullable(),
      scratch_limit: size,
    }),
    parquet: z.strictObject({ compression: z.enum(['snappy', 'zstd', 'gzip', 'uncompressed']) }),
    report: z.strictObject({
      title: z.string().regex(/^[^\n]{1,100}$/, 'expected one line of at most 100 characters'),
      logo: z.string().min(1).nullable(),
      accent: z
        .string()
        .regex(/^#[0-9a-f]{6}$/i, 'expected a colour as #rrggbb')
        .refine((colour) => contrastOnLight(colour) >= CONTRAST, {
          error: `expected a darker colour: text of it needs a contrast of ${CONTRAST} on the light page`,
        }),
      locale: z.string().refine(isLocale, { error: 'expected a locale such as en-GB or de' }),
    }),
    retention: z.strictObject({
      keep_releases: count,
      keep_days: count.nullable(),
      grace_days: z.number().min(0).max(3650),
    }),
    alerts: z.strictObject({ webhook, format: z.enum(['json', 'slack']), command }),
    after_publish: z.strictObject({ webhook, command }),
    lineage: z.strictObject({ url: webhook, file: z.string().min(1).nullable(), namespace: z.string().min(1) }),
    schedule: z.strictObject({
      cron: z.string().refine(isCron, { error: 'expected a cron expression of five fields, such as "0 3 * * *"' }),
      catch_up: z.int().min(1).max(366),
    }),
    wait_for: z.strictObject({
      tables: z.array(z.string()),
      marker: datedName.nullable(),
      until: timeOfDay,
      otherwise: z.enum(['run', 'fail']),
    }),
    http: z.strictObject({ host: z.string().min(1), port: z.int().min(0).max(65_535).nullable() }),
    log: z.strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']) }),
  })
  .refine(({ retention, settings }) => (retention.keep_days ?? Infinity) >= 2 * settings.long_window_days, {
    path: ['retention', 'keep_days'],
    error: 'expected at least twice long_window_days, for so far back every night reads',
  })
  .superRefine(({ wait_for, tables }, context) => {
    for (const [i, table] of wait_for.tables.entries()) {
      if (tables[table] !== undefined) continue;
      const message = `expected one of ${Object.keys(tables).join(', ')}`;
      context.addIssue({ code: 'custom', path: ['wait_for', 'tables', i], message });
    }
    for (const [name, { decimal, thousands }] of Object.entries(tables)) {
      if (decimal !== thousands) continue;
      const message = `expected another mark than that of decimals, ${decimal}`;
      context.addIssue({ code: 'custom', path: ['tables', name, 'thousands'], message });
    }
  });

/** A complete configuration: the file's values over the defaults, each table over the table defaults. */
export type Config = z.infer<typeof configSchema> & {
  /** the file it came from, for messages */
  readonly file: string;
  /** the folder that relative paths start from */
  readonly base: string;
};
export type TableConfig = z.infer<typeof table>;
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

/** Reads what a configuration is made of: the environment, the file if there is one, its presets and the embedded defaults. */
export async function readLayers(file: string | undefined, env: Environment): Promise<Layers> {
  const defaults = await readDocument(DEFAULTS);
  const document = file === undefined ? defaults : await readDocument(file);
  const environment = fromEnvironment(env, configSchema.shape);
  return { environment, file: document, presets: await presetsOf(document), defaults };
}

/**
 * Loads a configuration: what the environment says, over the file, over its presets, over the embedded defaults.
 * @throws ConfigError that names file and line, or variable, the key, what was expected and what was found
 */
export async function loadConfig(file?: string, env: Environment = process.env): Promise<Config> {
  return completed(await readLayers(file, env), file);
}

/** The configuration that the layers make. */
export function completed({ environment, file, presets, defaults }: Layers, given?: string): Config {
  const layers = [...presets, file].map(({ value }) => value);
  const own = layers.reduce(merge, defaults.value);
  const merged = isMap(own) ? merge(own, environment.value) : own;
  const place: Document['place'] = (key) => environment.place(key) || file.place(key);
  const value = check(configSchema, { ...file, place }, withTableDefaults(merged));
  return { ...value, file: file.file, base: given === undefined ? process.cwd() : path.dirname(path.resolve(given)) };
}

/** The settings of exporters that are known, which a configuration names; later ones over earlier ones. */
async function presetsOf({ value, place }: Document): Promise<Document[]> {
  const preset = isMap(value) ? value.preset : undefined;
  if (preset === undefined) return [];
  const files = await readdir(PRESETS);
  const known = files.map((name) => path.basename(name, '.yaml')).sort();
  return Promise.all(
    [preset].flat().map((name) => {
      if (known.includes(String(name))) return readDocument(path.join(PRESETS, `${name}.yaml`));
      throw new ConfigError(
        `${place(['preset'])}: preset: expected one or several of ${known.join(', ')}, found ${JSON.stringify(name)}`,
      );
    }),
  );
}

function withTableDefaults(merged: unknown): unknown {
  if (!isMap(merged) || !isMap(merged.tables)) return merged;
  const tables = Object.entries(merged.tables).map(([name, own]) => [name, merge(merged.table_defaults, own)]);
  return { ...merged, tables: Object.fromEntries(tables) };
}

/** Maps are merged key by key; anything else is replaced. */
function merge(below: unknown, above: unknown): unknown {
  if (!isMap(below) || !isMap(above)) return above;
  const merged = { ...below };
  for (const [key, value] of Object.entries(above)) merged[key] = key in below ? merge(below[key], value) : value;
  return merged;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
