export const LAYERS = [
  'clean',
  'daily',
  'weekly',
  'monthly',
  'rolling',
  'report',
  'checks',
] as const;
export type Layer = (typeof LAYERS)[number];

/**
 * The column that names the partitions of a layer; of clean tables and checks it depends on the
 * table.
 */
export const DATE_OF: Partial<Record<Layer, string>> = {
  daily: 'event_date',
  weekly: 'week_date',
  monthly: 'month_date',
  rolling: 'as_of_date',
  report: 'as_of_date',
};

/** Layers whose files may hold a month or a year. */
export const SPANNED: readonly Layer[] = ['clean', 'daily', 'weekly', 'monthly'];

export const SCHEMAS = ['staged', 'clean', 'daily', 'rolling', 'previous'] as const;
export type Schema = (typeof SCHEMAS)[number];

export const REACHES = [
  'same',
  'week',
  'month',
  'window',
  'two_windows',
  'before',
  'since',
  'until',
] as const;
/**
 * Which partitions of a relation a model sees when it is built for a date A:
 * - `same`: that date, or that as-of; of an undated table all of it
 * - `week`, `month`: the dates of the week from A, a Monday, or of the month from A
 * - `window`: the dates of the longest window up to A
 * - `two_windows`: those and as many dates before them
 * - `before`: the lifetime table of an earlier as-of, or nothing
 * - `since`: the dates after that earlier as-of up to A, or all up to A
 * - `until`: rows dated up to A, and rows without a date
 */
export type Reach = (typeof REACHES)[number];

export interface Read {
  readonly schema: Schema;
  readonly table: string;
  readonly reach: Reach;
}

export const COLUMN_TYPES = [
  'id',
  'integer',
  'double',
  'text',
  'date',
  'timestamp',
  'boolean',
] as const;
/** `id` is the type which the contract gives the column of that name. */
export type ColumnType = (typeof COLUMN_TYPES)[number];

export interface ModelColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Empty where the column has none. */
  readonly unit: string;
  readonly description: string;
}

/**
 * One SELECT of the jobs folder with what its header says of it. The rows of a check are
 * violations.
 */
export interface Model {
  readonly name: string;
  readonly layer: Layer;
  readonly file: string;
  /**
   * A report with a question is a section of the page; one with `about` is data for the charts of
   * others.
   */
  readonly kind: 'question' | 'about';
  /** The question it answers, or what it is about; one line. */
  readonly text: string;
  /** The columns that together occur once. */
  readonly grain: readonly string[];
  readonly reads: readonly Read[];
  readonly columns: readonly ModelColumn[];
  /**
   * Of checks that follow from the contracts, those that this one makes; any other check is one.
   */
  readonly rules?: readonly string[];
  /** The file of the model of an earlier folder that this one replaces. */
  readonly replaces?: string;
  /** The SELECT alone, without header and final semicolon. */
  readonly sql: string;
}
