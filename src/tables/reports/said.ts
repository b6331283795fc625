import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import type { Source } from '../../config/source.js';
import { addDays, datesBetween } from '../../dates.js';
import { checkResults } from '../../release/check_results.js';
import { digestOf } from '../../release/digest.js';
import { finalThrough } from '../../release/lateness.js';
import { windowLedger } from '../../release/ledger.js';
import { type News, newsOf } from '../../release/news.js';
import { countUpTo, datedBetween, type Release } from '../../release/release.js';
import { restatements } from '../../release/restated.js';
import { type Branding, RENDERING_VERSION, type Report } from '../../report/report.js';
import {
  changesOf as columnChanges,
  describeChanges,
  exportBefore,
} from '../staged/guards/drift.js';
import { unmarkedNote } from '../staged/guards/marker.js';

/**
 * The tables whose rows make the numbers of a date; a user, say, may have been created at any time
 * before.
 */
export function datedTables({ sources, models }: Night): string[] {
  const daily = models.filter(({ layer }) => layer === 'daily').flatMap(({ reads }) => reads);
  const read = new Set(daily.flatMap(({ schema, table }) => (schema === 'clean' ? [table] : [])));
  return sources.flatMap(({ table }) => (read.has(table) ? [table] : []));
}

/** The as-of dates before and after a page's. */
export type Neighbours = Pick<Report, 'previous' | 'next'>;

/**
 * What is the same for every page, or looked up by it: with a year of pages, working it out for
 * each takes seconds.
 */
export interface Known {
  readonly reports: readonly PreparedModel[];
  readonly look: Branding;
  /** digests of what decides tables and looks */
  readonly models: string;
  readonly rendering: string;
  readonly finalThrough: string | undefined;
  /** of each table, what came for dates before that of its export, in the order of those dates */
  readonly late: readonly (readonly News[])[];
  /**
   * of the exports that pages report, those whose columns are not as before, in words, with their
   * dates
   */
  readonly drift: readonly { readonly date: string; readonly words: string }[];
  /** of each table that is delivered, the dates from its first export on that have none */
  readonly delivered: readonly (Pick<Source, 'table' | 'date_order'> & {
    readonly missing: readonly string[];
  })[];
}

export function knownOf(
  night: Night,
  reports: readonly PreparedModel[],
  look: Branding,
  dates: readonly string[],
): Known {
  const { next, sources, config } = night;
  const first = addDays(dates[0] ?? '', 1 - config.settings.long_window_days);
  const last = dates.at(-1) ?? '';
  const texts = reports.map(({ model, section }) => [
    model.text,
    model.columns,
    model.sql,
    section,
  ]);
  const lateOf = ({ table }: Source) =>
    newsOf(next, table)
      .filter(({ date, by }) => by > date)
      .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0)); // stable
  return {
    reports,
    look,
    // sentences may name any setting
    models: digestOf([RENDERING_VERSION, config.time_zone, config.settings, ...texts]),
    rendering: digestOf(look),
    finalThrough: finalThrough(next, datedTables(night)),
    late: sources.map(lateOf),
    drift: sources.flatMap((source) => driftOf(next, source, first)),
    delivered: sources
      .filter(({ derivation }) => derivation === null)
      .map(({ table, date_order }) => {
        const dates = new Set(next.exportsOf(table).map(({ date }) => date));
        const [first] = dates; // only tables that need not be there have come this far without any
        const due = first === undefined ? [] : datesBetween(first, last);
        return { table, date_order, missing: due.filter((date) => !dates.has(date)) };
      }),
  };
}

export function saidOf(
  night: Night,
  { look, finalThrough: final, late: all, drift, delivered }: Known,
  asOf: string,
  { previous, next: following }: Neighbours,
): Omit<Report, 'tables' | 'edition'> {
  const { next, sources, config } = night;
  const first = addDays(asOf, 1 - config.settings.long_window_days);
  const late = all.flatMap((ofTable) => datedBetween(ofTable, first, asOf));
  return {
    asOf,
    timeZone: config.time_zone,
    finalThrough: final === undefined || final < first ? null : final < asOf ? final : asOf,
    ledger: windowLedger(next, sources, first, asOf),
    checks: checkResults(next, night, asOf),
    drift: drift.filter(({ date }) => date >= first && date <= asOf).map(({ words }) => words),
    newest: newestExports(night, asOf),
    notes: notesOf(night, delivered, first, asOf),
    previous,
    next: following,
    restated: previous === null ? [] : restatements(late, { first, known: previous, until: asOf }),
    restatedSince: restatements(late, { first, known: asOf, until: '9999-12-31' }),
    look,
  };
}

/** The exports of a table from a date on whose columns are not as in the one before. */
function driftOf(release: Release, source: Source, first: string): Known['drift'] {
  const exports = release.exportsOf(source.table);
  return exports.flatMap((each, i) => {
    const before = each.date < first ? undefined : exportBefore(exports, i);
    const changes = before === undefined ? [] : columnChanges(before, each, source);
    return changes.length === 0
      ? []
      : [{ date: each.date, words: `${each.name}: ${describeChanges(changes)}` }];
  });
}

function newestExports(night: Night, until: string): Record<string, string> {
  const delivered = night.sources.filter(({ derivation }) => derivation === null);
  const newest = delivered.flatMap(({ table }) => {
    const exports = night.next.exportsOf(table);
    const newest = exports[countUpTo(exports, until) - 1];
    return newest === undefined ? [] : [[table, newest.date] as const];
  });
  return Object.fromEntries(newest);
}

/** Up to three dates by name; of more, how many there are and from when to when. */
function datesInWords(dates: readonly string[]): string {
  if (dates.length < 4) return dates.join(', ');
  return `${dates.length} dates from ${dates[0]} to ${dates.at(-1)}`;
}

/**
 * What a reader should know first: exports that are missing, and dates that contradict their
 * configured order.
 */
function notesOf(
  night: Night,
  delivered: Known['delivered'],
  first: string,
  last: string,
): string[] {
  const about = delivered.flatMap(({ table, date_order, missing: all }) => {
    const missing = all.filter((date) => date >= first && date <= last);
    const contradictions = datedBetween(night.next.exportsOf(table), first, last)
      .flatMap(({ counts }) => Object.entries(counts?.quarantined ?? {}))
      .reduce(
        (sum, [rule, count]) => sum + (rule.endsWith('_contradicts_date_order') ? count : 0),
        0,
      );
    const order =
      date_order === null
        ? 'the order of day and month in the same file'
        : `date_order ${date_order}`;
    return [
      ...(missing.length === 0 ? [] : [`${table}: no export for ${datesInWords(missing)}.`]),
      ...(contradictions === 0
        ? []
        : [
            `${table}: ${contradictions} ` +
              `${contradictions === 1 ? 'time contradicts' : 'times contradict'} ${order}, ` +
              'so other times of these exports may be misread.',
          ]),
    ];
  });
  return [unmarkedNote(night, last) ?? [], about].flat();
}
