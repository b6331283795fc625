import * as z from 'zod';
import { SPANS } from '../dates.js';
import type { Immutable } from '../immutable.js';

/** The files of a release as readers may rely on them; docs/schema/ is made from this. */

const key = z.string().describe('Key of an object, relative to the root of the store.');
const count = z.int().min(0);
const rules = z.record(z.string(), count);

const storedObject = z.object({
  key,
  bytes: count.describe('Its size.'),
  sha256: z.string().describe('SHA-256 of its bytes, in hex; the first 16 digits are in its name.'),
});

/** An immutable object of a release, named by its content. */
export type StoredObject = Immutable<z.infer<typeof storedObject>>;

const bound = z.string().describe('A value as JSON.');
const parquetFile = storedObject.extend({
  rows: count.describe('Rows in the Parquet file.'),
  stats: z
    .record(z.string(), z.union([z.tuple([count]), z.tuple([count, bound, bound])]))
    .optional()
    .describe(
      'Tables that other programs read: how many values of each column are missing, and two ' +
        'values between which the others are.',
    ),
});

const sharedFile = parquetFile.extend({
  first: count.describe('The row of the file with which this object begins, from 0.'),
});

/** A Parquet file of the store that holds several small objects, and where in it one begins. */
export type SharedFile = Immutable<z.infer<typeof sharedFile>>;

const dataObject = parquetFile.extend({
  within: sharedFile
    .optional()
    .describe(
      'Where a file of a dated table holds a month or a year (parquet.partition_by): the file ' +
        'that has the rows of this object and of others. Nothing is under its own key then.',
    ),
});

/** A Parquet object. */
export type DataObject = Immutable<z.infer<typeof dataObject>>;

/** The first and the last value of a key in the order of the engine, as text. */
const keyRange = z.tuple([z.string(), z.string()]);
export type KeyRange = Immutable<z.infer<typeof keyRange>>;

const slice = z.object({
  date: z
    .string()
    .nullable()
    .describe('Business date, YYYY-MM-DD; null for rows without any date.'),
  rows: count,
  digest: z.string().describe('Hash of these rows, whatever their order.'),
  main: z
    .string()
    .optional()
    .describe(
      'Staged tables: SHA-256 of the main file, on the date of which the export has most of ' +
        'its rows.',
    ),
  keys: z
    .record(z.string(), keyRange)
    .optional()
    .describe(
      'Staged tables: first and last value of each key that may come again on another date.',
    ),
});

/**
 * The rows of a partition that belong to one date, so that a reader of that date alone sees whether
 * it changed.
 */
export type Slice = Immutable<z.infer<typeof slice>>;

const counts = z
  .object({
    records: count.describe('Records read from the export.'),
    staged: count.describe(
      'Rows that came in: of an export, those that keep to the contract; of a clean date, all.',
    ),
    erased: count.describe('Records of people who were erased.'),
    repeated: count.describe('Rows of an export whose key comes again further down in it.'),
    added: count.describe(
      'Where a SELECT makes rows of the records: rows beyond the first of each record.',
    ),
    skipped: count.describe('Where a SELECT makes rows of the records: records that gave none.'),
    quarantined: rules.describe('Records refused, by rule.'),
    mended: rules.describe(
      'Rows of an export in which a value was accepted in a form that was not expected, by ' +
        'what was done.',
    ),
    unchanged: count.describe('Rows of a counter export that add nothing to the export before.'),
    kept: count.describe('Rows that are in the clean table.'),
    duplicates: count.describe('Rows left out because another row of their key is newer.'),
    conflicts: count.describe(
      'Of the duplicates, or of an export the repeated rows, those whose content differs ' +
        'from the row that is kept.',
    ),
    violations: rules.describe('Checks: rows that break them, by check.'),
  })
  .partial()
  .describe('Row counts; which are there depends on the layer.');

/** Row counts of a partition; which are there depends on its layer (see ledger.ts). */
export type Counts = Immutable<z.infer<typeof counts>>;

/** Records of an export that a person has looked at and given up. */
const discard = z.object({
  lines: z.array(z.int()).describe('Lines of the export on which they begin, ascending.'),
  reason: z.string().describe('Why, in the words of the person who gave them up.'),
});
export type Discard = Immutable<z.infer<typeof discard>>;

const partition = z.object({
  name: z.string().describe('The date, `all`, or for a staged table the key of the export.'),
  date: z
    .string()
    .describe('The date that decides the manifest, YYYY-MM-DD; `all` for undated tables.'),
  fingerprint: z
    .string()
    .describe('Hash of all that decides its content: SQL, settings, engine, inputs.'),
  digest: z.string().describe('Hash of its content; partitions of equal digest hold the same.'),
  inputs: z
    .record(z.string(), z.string())
    .describe(
      'What the fingerprint is made of: digests of the relations read, of the model, the ' +
        'settings, the engine.',
    ),
  objects: z
    .array(dataObject)
    .describe('The Parquet files that together hold its rows; none when it has no rows.'),
  header: z
    .array(z.string())
    .optional()
    .describe(
      'Staged tables: names of the columns of the export in their order, or of JSON and ' +
        'Parquet the keys as they first appear; none where it has none.',
    ),
  csv: z
    .object({
      delimiter: z.string(),
      quote: z.enum(['"', "'", 'none']),
      escape: z.enum(['doubled', 'backslash']).describe('How a quote is written within quotes.'),
    })
    .optional()
    .describe(
      'Staged CSV: how the records of the export are written, and so the text of those refused.',
    ),
  first_line: z
    .int()
    .optional()
    .describe(
      'Staged tables: line of the first record, where each line of the export is a record.',
    ),
  lines: dataObject
    .optional()
    .describe(
      'Staged tables: the line of each row of the main file, where lines and records differ.',
    ),
  quarantine: dataObject.optional().describe('Staged tables: the records refused, as Parquet.'),
  discards: z
    .array(discard)
    .optional()
    .describe(
      'Staged tables: refused records that are given up, and stay refused whatever the rules ' +
        'become.',
    ),
  erased: z
    .array(z.int())
    .optional()
    .describe(
      'Staged tables: lines of the records that are left out, because they are of people who ' +
        'were erased.',
    ),
  carried: dataObject
    .optional()
    .describe(
      'Staged counters: the last counts of keys that exports before this one had, and it has not.',
    ),
  artifacts: z
    .record(z.string(), storedObject)
    .optional()
    .describe('Reports: the same rows in other formats, by file extension.'),
  expired: z
    .literal(true)
    .optional()
    .describe(
      'Its objects are not kept any more (retention.keep_days), and may be gone; its digest ' +
        'still holds.',
    ),
  slices: z
    .array(slice)
    .optional()
    .describe('Rows by business date, where a partition holds several dates.'),
  counts: counts.optional(),
});

/** One table, one date: the unit that is built, and named by a release. */
export type Partition = Immutable<z.infer<typeof partition>> & {
  /** layer and table, such as clean/sessions; a manifest has it in its name */
  readonly table: string;
};

/** A manifest: the partitions of one table and month, by name. */
export const manifestSchema = z.array(partition).meta({
  title: 'Manifest',
  description:
    'manifests/<layer>/<table>/<yyyy-mm or all>/<hash>.json. The hash in the name is of its bytes.',
});

/** What the listing said of the exports of one table and month. */
export const listingSchema = z
  .array(
    z.tuple([
      z.string().describe('Key of the export.'),
      z.string().describe('Its version; empty when it was gone.'),
    ]),
  )
  .meta({
    title: 'Listing',
    description:
      'manifests/listing/staged/<table>/<yyyy-mm>/<hash>.json. Saves reading exports again ' +
      'that did not change.',
  });

const keysByMonth = z.record(z.string(), z.record(z.string(), z.string()));

export const ledgerLine = z.object({
  table: z.string(),
  records: count.describe(
    'Records read: staged, repeated and quarantined; with those skipped, without rows added.',
  ),
  added: count
    .optional()
    .describe('Rows beyond the first of each record, where a SELECT makes rows of them.'),
  skipped: count
    .optional()
    .describe('Records that gave no row, where a SELECT makes rows of them.'),
  staged: count.describe('Rows that keep to the contract: unchanged, kept and duplicates.'),
  erased: count.optional().describe('Records of people who were erased.'),
  repeated: count.describe('Rows whose key comes again further down in the same export.'),
  quarantined: rules.describe('Records refused, by rule.'),
  mended: rules
    .optional()
    .describe(
      'Staged rows in which a value was accepted in a form that was not expected, by what ' +
        'was done.',
    ),
  unchanged: count.describe('Rows of counters that add nothing, and of replaced snapshots.'),
  kept: count.describe('Rows of the clean table.'),
  duplicates: count.describe('Rows left out because another row of their key is newer.'),
  conflicts: count.describe(
    'Of the repeated rows and the duplicates, those that differ from the row kept.',
  ),
});

/** What became of the records of a table. */
export type LedgerLine = Immutable<z.infer<typeof ledgerLine>>;

export const checkResult = z.object({
  check: z.string(),
  severity: z
    .enum(['warn', 'fail'])
    .describe('What a violation does; one that fails keeps a release from being published.'),
  violations: count.describe('Rows that break it; 0 when it holds.'),
  found: z.array(z.string()).describe('What breaks it, in words.'),
});

/** What a check says. */
export type CheckResult = Immutable<z.infer<typeof checkResult>>;

const values = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .nullable();

export const receipt = z.object({
  report: z.string(),
  as_of: z.string().describe('The as-of date whose published rows are now others, YYYY-MM-DD.'),
  added: count.describe('Rows whose key was not there.'),
  removed: count.describe('Rows whose key is there no longer.'),
  changed: count.describe('Rows of the same key with other values.'),
  rows: z
    .array(z.object({ before: values, after: values }))
    .describe('The first hundred of them, by key: as published before, and as it is now.'),
  because: z.object({
    exports: z
      .array(z.object({ export: z.string(), change: z.enum(['new', 'changed', 'gone']) }))
      .describe(
        'Exports that are not as they were, and hold other rows of the dates that were read.',
      ),
    recipe: z
      .array(z.string())
      .describe(
        'What else changed: model, settings, contract or engine, of the report or as in "model ' +
          'of daily/day" of a table that it is made from; or the command: rollback, unpublish, ' +
          'forget.',
      ),
  }),
});
export type Receipt = Immutable<z.infer<typeof receipt>>;

/** What a release says differently from the one before. */
export const restatementSchema = z.array(receipt).meta({
  title: 'Restatement',
  description:
    'objects/restatement/<hash>.json, named by a commit that changed published reports: a ' +
    'receipt for each.',
});

/** A commit: the one file that makes a release live. */
export const commitSchema = z
  .object({
    format: z.literal(1),
    envelope: z
      .object({
        write_id: z.string().describe('Tells this write from any other.'),
        run: z.string().describe('The run that published it; runs/<run>.json has what it did.'),
        created_at: z.string().describe('When, ISO 8601 in UTC.'),
        program: z.string().describe('Name and version of what wrote it.'),
        again: z
          .int()
          .min(1)
          .optional()
          .describe('The earlier release that this one makes live again.'),
        exports: z
          .string()
          .optional()
          .describe('Where the exports were: a URL, or the path from the output to their folder.'),
        newest_export: z
          .string()
          .optional()
          .describe('The date of the newest export of any table, YYYY-MM-DD.'),
        listings: keysByMonth.describe('Keys of the listings, by table and month.'),
        bundles: z
          .record(z.string(), z.string())
          .optional()
          .describe(
            'Keys of bundles, by month: manifests and listings once more in one object, ' +
              'where each read is a request. The manifests count.',
          ),
        restated: storedObject
          .optional()
          .describe('What changed of reports that were published before; none when nothing did.'),
        night: z
          .object({
            rules: z
              .string()
              .optional()
              .describe(
                'Hash of all that decided the content beside the exports and the dates asked for.',
              ),
            inputs: z.string().describe('Hash of all that decided the content.'),
            notes: z.array(z.string()).describe('What there is to say of the exports.'),
            partitions: z.int(),
          })
          .optional()
          .describe(
            'Tells a run that would end with this very release, before it reads anything else.',
          ),
      })
      .describe('What differs from run to run though the content is the same.'),
    release: z.object({
      number: z.int().min(1).describe('As in the name of the file.'),
      time_zone: z.string().describe('Whose calendar days the dates are; IANA name.'),
      partition_by: z
        .enum(SPANS)
        .optional()
        .describe('What a file of a dated table holds: a date unless set, a month or a year.'),
      manifests: keysByMonth.describe(
        'Keys of the manifests, by table (such as clean/sessions) and month (yyyy-mm, or all).',
      ),
      ledger: z.array(ledgerLine).describe('What became of the records of each table.'),
      checks: z
        .array(checkResult)
        .default([])
        .describe('What the checks say as of the newest report.'),
    }),
  })
  .meta({
    title: 'Commit',
    description: '_commits/<number, 12 digits>.json. The one with the highest number is live.',
  });
export type Commit = Immutable<z.infer<typeof commitSchema>>;
