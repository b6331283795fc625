import * as z from 'zod';

/** The types a column of an export can have; `category` is text brought to lower snake case,
 * `duration` a length of time in whole seconds. */
export const columnType = z.enum([
  'integer',
  'double',
  'text',
  'category',
  'timestamp',
  'boolean',
  'duration',
]);
export type ColumnType = z.infer<typeof columnType>;

/** How tables and columns may be called. */
export const NAME = /^[a-z][a-z0-9_]*$/;
const name = z.string().regex(NAME, 'expected a name in lower snake case');

/** What DuckDB gives in place of columns of these names that a Parquet file has. */
export const OF_FILES: readonly string[] = ['file_index', 'file_row_number'];

/** Columns that tables have beside those of their contracts, and those that engines have. */
export const RESERVED: readonly string[] = [
  'counter',
  'counts',
  'event_date',
  'event_month',
  'event_year',
  'export',
  'export_date',
  ...OF_FILES,
  'line',
  'main',
  'n',
  'place',
  'row',
  'rowid',
  'rule',
];

const column = z.strictObject({
  type: columnType,
  description: z.string().min(1),
  /** names in the export, the first that is there counts */
  from: z.array(z.string().min(1)).min(1),
  /** a row without it is quarantined */
  required: z.boolean().default(false),
  /** used where the export has no value */
  default: z.union([z.string(), z.int()]).optional(),
  /** any other value is quarantined */
  accepted: z.array(z.string()).min(1).optional(),
  /** a smaller number is quarantined */
  min: z.number().optional(),
  /** a larger number is quarantined: sums of many must fit into 64 bits */
  max: z.number().optional(),
  /**
   * the largest share of a date's rows without a value (or with the default); more is a violation
   * of the check `missing`
   */
  max_missing: z.number().min(0).max(1).optional(),
  /** what a number alone counts, of a duration; seconds unless set */
  unit: z.enum(['seconds', 'minutes']).optional(),
  /** another timestamp column; an earlier time is quarantined */
  not_before: name.optional(),
});
export type ContractColumn = z.infer<typeof column>;

export const delivery = z.enum(['append', 'upsert', 'snapshot', 'counter']);

/** A contract as it is in `jobs/clean/<table>.yaml`. */
export const contractSchema = z
  .strictObject({
    table: name,
    description: z.string().min(1),
    delivery,
    /** event_date: one partition for each business date of the event time. all: one partition. */
    partition: z.enum(['event_date', 'all']),
    event_time: name,
    /**
     * the timestamps on whose dates a row is an event; daily models see a row of an `all` table on
     * each of them
     */
    dates: z.array(name).min(1),
    /** which columns tell rows apart: the first alternative of which the row has every column */
    key: z.array(z.array(name).min(1)).min(1),
    /**
     * of an undated table, a timestamp column: of the rows of one key that with its latest value
     * counts, in whatever order they were exported; a row without a value is older than all others.
     * Unset: the last row of the latest export counts.
     */
    latest_by: name.optional(),
    /** for delivery counter: the column that counts, and what it counts for */
    counter: z.strictObject({ value: name, key: z.array(name).min(1) }).optional(),
    columns: z.record(name, column),
  })
  .superRefine((contract, context) => {
    const known = (column: string, path: (string | number)[], type?: ColumnType) => {
      const found = contract.columns[column];
      if (found === undefined || (type !== undefined && found.type !== type)) {
        context.addIssue({
          code: 'custom',
          path,
          message: `expected a ${type === undefined ? '' : `${type} `}column of this table`,
        });
      }
    };
    known(contract.event_time, ['event_time'], 'timestamp');
    for (const [i, date] of contract.dates.entries()) known(date, ['dates', i], 'timestamp');
    if (contract.latest_by !== undefined) {
      known(contract.latest_by, ['latest_by'], 'timestamp');
      if (contract.partition !== 'all') {
        const message = 'expected none, because only a table with partition: all has it';
        context.addIssue({ code: 'custom', path: ['latest_by'], message });
      }
    }
    if (contract.counter !== undefined) {
      known(contract.counter.value, ['counter', 'value'], 'integer');
      for (const [i, part] of contract.counter.key.entries()) known(part, ['counter', 'key', i]);
    }
    for (const [i, key] of contract.key.entries()) {
      for (const [j, part] of key.entries()) known(part, ['key', i, j]);
    }
    for (const name of Object.keys(contract.columns).filter((each) => RESERVED.includes(each))) {
      context.addIssue({
        code: 'custom',
        path: ['columns', name],
        message: `expected a name other than ${RESERVED.join(', ')}: rename the column`,
      });
    }
    for (const [name, { not_before }] of Object.entries(contract.columns)) {
      if (not_before !== undefined) known(not_before, ['columns', name, 'not_before'], 'timestamp');
    }
    if (
      contract.partition === 'event_date' &&
      contract.columns[contract.event_time]?.required === false
    ) {
      context.addIssue({
        code: 'custom',
        path: ['columns', contract.event_time, 'required'],
        message: 'expected required: true, because the event time decides the partition',
      });
    }
  });
export type Contract = z.infer<typeof contractSchema>;
