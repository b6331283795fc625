import * as z from 'zod';
import type { ColumnType } from './model.js';

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected a name in lower snake case');
const sql = z.string().min(1);
const line = z.string().regex(/^[^\n]+$/, 'expected one line of text');

/**
 * What all charts have: a title, in which {fact} and {setting} are filled in, the report with their
 * data (their own unless set), and which of its rows they show.
 */
const data = {
  title: line,
  data: name.optional(),
  /** rows in which the columns have these values; a text is the name of a fact or a setting */
  where: z.record(name, z.union([z.int(), z.boolean(), name])).default({}),
};

/** Columns by their labels. */
const series = z.record(z.string().min(1), name);

const chartSchema = z.discriminatedUnion('kind', [
  /** a number by date, and optionally its mean as a line */
  z.strictObject({ kind: z.literal('trend'), ...data, x: name, y: name, mean: name.optional() }),
  /** several numbers by date as lines, each with its label */
  z.strictObject({ kind: z.literal('lines'), ...data, x: name, y: series }),
  /**
   * parts of a number by date upon each other, and parts below the line; a date stands for this
   * many days
   */
  z.strictObject({
    kind: z.literal('stack'),
    ...data,
    x: name,
    up: series,
    down: series.default({}),
    days: z.int().min(1).default(1),
  }),
  /**
   * a share by the week in which users came and the weeks since then, as the shade of a triangle's
   * cells; "size" is how many came
   */
  z.strictObject({
    kind: z.literal('cohorts'),
    ...data,
    row: name,
    column: name,
    y: name,
    size: name,
    complete: name,
  }),
  /** a number by date, as the colour of a calendar's days */
  z.strictObject({ kind: z.literal('calendar'), ...data, x: name, y: name }),
  /** a number by name in the order of the rows, and optionally the one before behind it */
  z.strictObject({
    kind: z.literal('bars'),
    ...data,
    label: name,
    y: name,
    before: name.optional(),
  }),
  /** a count by steps of an amount, with facts marked on them */
  z.strictObject({
    kind: z.literal('histogram'),
    ...data,
    from: name,
    to: name,
    y: name,
    marks: z.record(z.string().min(1), name).default({}),
  }),
  /** a count by steps of two amounts */
  z.strictObject({
    kind: z.literal('scatter'),
    ...data,
    x: z.tuple([name, name]),
    y: z.tuple([name, name]),
    size: name,
  }),
]);
export type ChartSpec = z.infer<typeof chartSchema>;

/** How a report is shown, as it is in `jobs/report/<report>.yaml`. */
export const sectionSchema = z.strictObject({
  /** place on the page; of equals, by name */
  order: z.int().default(1000),
  /**
   * tables without which there is no answer: where one of them has no data, the section is left out
   */
  needs: z.array(name).default([]),
  /** whether the section is left out where the report has no rows */
  leave_out_empty: z.boolean().default(false),
  /** a report that lists the same rows; the page links to its list and does not show them twice */
  list: name.optional(),
  /** the columns of the page's table; all of them unless set */
  columns: z.array(name).min(1).optional(),
  /** what a missing value of a column means, in a word */
  missing: z.record(name, line).default({}),
  /** a column; the page shows its largest values first */
  newest_first: name.optional(),
  /** SQL aggregates over all rows of the report (named "report") and the settings */
  facts: z.record(name, sql).default({}),
  /**
   * sentences with {fact} or {fact|format} in them; the first whose condition (SQL over the facts)
   * holds is the answer
   */
  answer: z.array(z.strictObject({ when: sql.default('true'), say: line })).default([]),
  chart: chartSchema.optional(),
});
export type Section = z.infer<typeof sectionSchema>;

const PLACEHOLDER = /\{([a-z][a-z0-9_]*)(?:\|([a-z0-9]+))?\}/g;

/** The facts that a sentence names. */
export function factsOf(sentence: string): string[] {
  return [...sentence.matchAll(PLACEHOLDER)].map(([, fact = '']) => fact);
}

/** A sentence in pieces: words, and the facts between them. */
export function piecesOf(
  sentence: string,
): (string | { readonly fact: string; readonly format: string | undefined })[] {
  const pieces = [];
  let end = 0;
  for (const match of sentence.matchAll(PLACEHOLDER)) {
    const [whole, fact = '', format] = match;
    pieces.push(sentence.slice(end, match.index), { fact, format });
    end = match.index + whole.length;
  }
  return [...pieces, sentence.slice(end)].filter((piece) => piece !== '');
}

/** A column that a chart draws. */
export interface ChartColumn {
  readonly name: string;
  /** the types that it may have; any unless set */
  readonly types?: readonly ColumnType[];
  /** whether a row has its place in the chart without it */
  readonly mayMiss?: boolean;
}

const of = (types: readonly ColumnType[], names: readonly (string | undefined)[]): ChartColumn[] =>
  names.flatMap((each) => (each === undefined ? [] : [{ name: each, types }]));
const dates = (...names: string[]) => of(['date'], names);
const numbers = (...names: (string | undefined)[]) => of(['integer', 'double'], names);
const perhaps = (columns: readonly ChartColumn[]): ChartColumn[] =>
  columns.map((column) => ({ ...column, mayMiss: true }));

/** The columns that a chart draws of its data. */
export function columnsOf(chart: ChartSpec): ChartColumn[] {
  switch (chart.kind) {
    case 'trend':
      return [...dates(chart.x), ...numbers(chart.y), ...perhaps(numbers(chart.mean))];
    case 'calendar':
      return [...dates(chart.x), ...numbers(chart.y)];
    case 'lines':
      return [...dates(chart.x), ...perhaps(numbers(...Object.values(chart.y)))];
    case 'stack': {
      const parts = Object.values({ ...chart.up, ...chart.down });
      return [...dates(chart.x), ...perhaps(numbers(...parts))];
    }
    case 'cohorts': {
      const others = [...numbers(chart.size), ...of(['boolean'], [chart.complete])];
      const weeks = of(['integer'], [chart.column]);
      return [...dates(chart.row), ...weeks, ...numbers(chart.y), ...perhaps(others)];
    }
    case 'bars':
      return [...numbers(chart.y), ...perhaps([{ name: chart.label }, ...numbers(chart.before)])];
    case 'histogram':
      return numbers(chart.from, chart.to, chart.y);
    case 'scatter':
      return numbers(...chart.x, ...chart.y, chart.size);
  }
}
