import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { isDate, isTimeZone } from '../calendar.js';
import { columnType, delivery } from '../model/contract.js';
import { CONTRAST, contrastOnLight } from './accent.js';
import { check, type Document, readDocument, SECRET } from './document.js';

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
      type: columnType.optional(),
      missing: z.array(z.string()).optional(),
      default: z.union([z.string(), z.int()]).optional(),
      accepted: z.array(z.string()).min(1).optional(),
      min: z.number().optional(),
      unit: z.enum(['seconds', 'minutes']).optional(),
    }),
  ],
  { error: 'expected a column name, a list of names, or { from, type, missing, default, accepted, min, unit }' },
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
  date_order: z.enum(['month_first', 'day_first']).nullable(),
  times_in: zone,
  decimal: z.enum(['.', ',']),
  thousands: z.enum([',', '.', ' ', "'"]).nullable(),
  missing: z.array(z.string()),
  columns: z.record(z.string(), columnSource),
};
const tableDefaults = z.strictObject(tableFields);
const table = z.strictObject({
  files: z
    .string()
    .min(1)
    .refine((pattern) => pattern.split('{date}').length === 2, {
      error: 'expected a pattern with {date} once, such as sessions/sessions_{date}.csv',
    }),
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

const schema = z
  .strictObject({
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
      })
      .refine((settings) => settings.short_window_days < settings.long_window_days, {
        path: ['long_window_days'],
        error: 'expected more days than short_window_days',
      }),
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
    log: z.strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']) }),
  })
  .refine(({ retention, settings }) => (retention.keep_days ?? Infinity) >= 2 * settings.long_window_days, {
    path: ['retention', 'keep_days'],
    error: 'expected at least twice long_window_days, for so far back every night reads',
  });

/** A complete configuration: the file's values over the defaults, each table over the table defaults. */
export type Config = z.infer<typeof schema> & {
  /** the file it came from, for messages */
  readonly file: string;
  /** the folder that relative paths start from */
  readonly base: string;
};
export type TableConfig = z.infer<typeof table>;
export type Settings = Config['settings'];

const DEFAULTS = fileURLToPath(new URL('../../config/default.yaml', import.meta.url));

/**
 * Loads a configuration file over the embedded defaults; without a file, the defaults alone.
 * @throws ConfigError that names file, line and key, what was expected and what was found
 */
export async function loadConfig(file?: string): Promise<Config> {
  const defaults = await readDocument(DEFAULTS);
  const document = file === undefined ? defaults : await readDocument(file);
  const value = check(schema, document, complete(defaults, document));
  return { ...value, file: document.file, base: file === undefined ? process.cwd() : path.dirname(path.resolve(file)) };
}

function complete(defaults: Document, document: Document): unknown {
  const merged = merge(defaults.value, document.value);
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

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
