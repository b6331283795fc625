import * as z from 'zod';
import { isDate, isTimeZone, SPANS } from '../dates.js';
import { columnType, delivery } from '../model/contract.js';
import { wrongStore } from '../store/settings.js';
import { CONTRAST, contrastOnLight } from './accent.js';
import { isCron } from './cron.js';
import { SECRET } from './document.js';
import { encodingOf } from './encodings.js';

function isLocale(locale: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale).length > 0;
  } catch {
    return false;
  }
}

function isEncoding(name: string): boolean {
  return encodingOf(name) !== undefined;
}

/** The numbers that can be at the head of the page. */
const CARDS = [
  'active_users',
  'activities',
  'sessions',
  'average_session_seconds',
  'tickets_created',
] as const;

/** A step of the funnel. */
const funnelStep = z.union(
  [z.strictObject({ activity: z.string().min(1) }), z.strictObject({ feature: z.string().min(1) })],
  {
    error: 'expected { activity: a type } or { feature: a name }',
  },
);

const zone = z
  .string()
  .refine(isTimeZone, { error: 'expected an IANA time zone such as Europe/Berlin' });
const date = z.string().refine(isDate, { error: 'expected a date as YYYY-MM-DD' });
const size = z.string().regex(/^\d+(MB|GB)$/, 'expected a size such as 256MB');
const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day such as 06:00');
const count = z.int().min(1).max(100_000);

/** A user and a password before the host. */
function hasNoSecret(url: string): boolean {
  return !/^[a-z0-9+.-]+:\/\/[^/]*@/i.test(url);
}

/** SQL that becomes a part of a statement. */
const sql = z.string().overwrite((text) => text.replace(/;\s*$/, ''));

const columnSource = z.union(
  [
    z.string().min(1),
    z.array(z.string().min(1)).min(1),
    z.strictObject({
      from: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
      sql: sql.min(1).optional(),
      constant: z.string().optional(),
      type: columnType.optional(),
      description: z.string().min(1).optional(),
      missing: z.array(z.string()).optional(),
      default: z.union([z.string(), z.int()]).optional(),
      accepted: z.array(z.string()).min(1).optional(),
      min: z.number().optional(),
      max: z.number().optional(),
      max_missing: z.number().min(0).max(1).optional(),
      unit: z.enum(['seconds', 'minutes']).optional(),
    }),
  ],
  {
    error:
      'expected a column name, a list of names, or { from, sql or constant, type, ' +
      'description, missing, default, accepted, min, max, max_missing, unit }',
  },
);

const tableFields = {
  format: z.enum(['csv', 'jsonl', 'json', 'parquet']),
  encoding: z
    .string()
    .refine(isEncoding, {
      error: 'expected the name of an encoding such as utf-8, windows-1252 or cp949',
    })
    .nullable(),
  rows_at: z
    .string()
    .regex(/^[^.]+(\.[^.]+)*$/, 'expected names with points between them, such as data.items')
    .nullable(),
  delimiter: z
    .string()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: Hive delimits fields by U+0001
    .regex(/^[\x01-\t\x0b\x0c\x0e-\x1f -~]{1,8}$/, 'expected one to eight ASCII characters')
    .refine((text) => !/["'\\]/.test(text), 'expected any characters but quotes and backslashes')
    .nullable(),
  quote: z.enum(['"', "'", 'none']).nullable(),
  escape: z.enum(['doubled', 'backslash']).nullable(),
  header: z.array(z.string().min(1)).min(1).nullable(),
  header_rows: z.int().min(1).max(20),
  totals: z.int().min(0).max(100),
  delivery: delivery.nullable(),
  key: z
    .array(
      z
        .array(z.string().min(1), {
          error: 'expected columns as a list in a list: [[user_id, day]]',
        })
        .min(1),
    )
    .min(1)
    .nullable(),
  required: z.boolean(),
  allow_empty: z.boolean(),
  missing_exports: z.enum(['keep', 'drop']),
  max_conflicts: z.number().min(0).max(1),
  max_quarantine: z.strictObject({
    share: z.number().min(0).max(1).nullable(),
    count: z.int().min(0).nullable(),
  }),
  rows: sql.refine((text) => SELECT.test(text), 'expected one SELECT over raw').nullable(),
  derived: z.boolean(),
  drift: z.enum(['strict', 'additive', 'lenient']),
  date_order: z.enum(['month_first', 'day_first']).nullable(),
  times_in: zone,
  decimal: z.enum(['.', ',']),
  thousands: z.enum([',', '.', ' ', "'"]).nullable(),
  max_age_days: count.nullable(),
  unique_within_days: z.union([z.int().min(1).max(36_500), z.literal('forever')]),
  missing: z.array(z.string()),
  columns: z.record(z.string(), columnSource),
};
/** How a SELECT begins, after comments and blanks. */
const SELECT = /^(\s|--.*\n|\/\*([^*]|\*(?!\/))*\*\/)*(with|select)\b/i;

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
  store: z
    .string()
    .min(1)
    .refine(hasNoSecret, SECRET)
    .superRefine((store, context) => {
      const message = wrongStore(store);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    }),
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
  .refine(hasNoSecret, {
    error: 'expected no user and password in a URL',
    params: { secret: true },
  })
  .nullable();
/** The program, then its arguments; no shell reads them. */
const command = z.array(z.string().min(1)).min(1).nullable();

/**
 * What a configuration must hold when it is complete; docs/schema/config.json is made from this.
 */
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
        funnel: z.strictObject({
          within_days: z.int().min(1).max(366),
          steps: z
            .array(funnelStep)
            .max(20)
            .refine(
              (steps) => new Set(steps.map((step) => JSON.stringify(step))).size === steps.length,
              'expected each step once',
            ),
        }),
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
      seconds: z.int().min(1).max(86_400),
    }),
    engine: z
      .strictObject({
        kind: z.enum(['duckdb', 'spark']),
        remote: z
          .string()
          .regex(/^sc:\/\/[^/;\s]+:\d+$/, 'expected sc://host:port')
          .nullable(),
        token: z.string().min(1).nullable(),
        tls: z.boolean(),
        parallel_jobs: z.int().min(1).max(16),
        threads: z.int().min(1).max(256).nullable(),
        memory_limit: size.nullable(),
        scratch: z.string().min(1).nullable(),
        scratch_limit: size,
      })
      .refine(({ kind, remote }) => kind !== 'spark' || remote !== null, {
        path: ['remote'],
        error: 'expected the Spark Connect server as sc://host:port, because engine.kind is spark',
      })
      .refine(
        ({ token, tls, remote }) =>
          token === null || tls || /^sc:\/\/(localhost|127\.0\.0\.1|\[::1\]):/.test(remote ?? ''),
        {
          path: ['tls'],
          error: 'expected true, because engine.token would be sent without encryption',
        },
      ),
    parquet: z.strictObject({
      compression: z.enum(['snappy', 'zstd', 'gzip', 'uncompressed']),
      partition_by: z.enum(SPANS),
    }),
    report: z.strictObject({
      title: z.string().regex(/^[^\n]{1,100}$/, 'expected one line of at most 100 characters'),
      logo: z.string().min(1).nullable(),
      accent: z
        .string()
        .regex(/^#[0-9a-f]{6}$/i, 'expected a colour as #rrggbb')
        .refine((colour) => contrastOnLight(colour) >= CONTRAST, {
          error:
            `expected a darker colour: text of it needs a contrast of ${CONTRAST} on the light ` +
            'page',
        }),
      locale: z.string().refine(isLocale, { error: 'expected a locale such as en-GB or de' }),
      cards: z.array(z.enum(CARDS)),
      questions: z.record(z.string(), z.enum(['on', 'off'])),
    }),
    delta: z.boolean(),
    retention: z.strictObject({
      keep_releases: count,
      keep_days: count.nullable(),
      grace_days: z.number().min(0).max(3650),
    }),
    alerts: z.strictObject({ webhook, format: z.enum(['json', 'slack']), command }),
    after_publish: z.strictObject({ webhook, command }),
    lineage: z.strictObject({
      url: webhook,
      file: z.string().min(1).nullable(),
      namespace: z.string().min(1),
    }),
    schedule: z.strictObject({
      cron: z.string().refine(isCron, {
        error:
          'expected a cron expression of five fields, each in its range, that comes due, ' +
          'such as "0 3 * * *"',
      }),
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
  .refine(
    ({ retention, settings }) => (retention.keep_days ?? Infinity) >= 2 * settings.long_window_days,
    {
      path: ['retention', 'keep_days'],
      error: 'expected at least twice long_window_days, for so far back every night reads',
    },
  )
  .refine(({ engine, parquet }) => engine.kind !== 'spark' || parquet.partition_by === 'date', {
    path: ['parquet', 'partition_by'],
    error:
      'expected date, because engine.kind is spark, which reads and writes a file for each date',
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
