import { ABSENT, type Numbers } from './figure.js';
import type { Row } from './report.js';

/** How the metrics of the report `headline` are called, and what they count. */
const METRICS: Readonly<Record<string, { readonly label: string; readonly unit: string }>> = {
  active_users: { label: 'Active users', unit: 'users' },
  activities: { label: 'Activities', unit: 'activities' },
  sessions: { label: 'Sessions', unit: 'sessions' },
  average_session_seconds: { label: 'Average session', unit: 'seconds' },
  tickets_created: { label: 'New tickets', unit: 'tickets' },
};

/** One number of the first screen, and what it is compared with. */
export interface Tile {
  readonly metric: string;
  readonly label: string;
  readonly unit: string;
  /** of the as-of date */
  readonly today: Row;
  /** by date, the oldest first */
  readonly days: readonly Row[];
}

/**
 * The numbers of the first screen. One without a value on any date is left out.
 * @param rows of the report `headline`
 * @param cards the metrics, in their order
 */
export function tilesOf(asOf: string, rows: readonly Row[], cards: readonly string[]): Tile[] {
  return cards.flatMap((metric) => {
    const { label, unit } = METRICS[metric] ?? { label: metric, unit: '' };
    const days = rows.filter((row) => row.metric === metric);
    const today = days.find((row) => row.event_date === asOf);
    return today === undefined || days.every(({ value }) => value === null)
      ? []
      : [{ metric, label, unit, today, days }];
  });
}

/** A number of a metric as people read it. */
export function tileText(value: unknown, unit: string, numbers: Numbers): string {
  if (typeof value !== 'number') return unit === 'seconds' ? ABSENT : 'no data';
  if (unit === 'seconds') return numbers.duration(value);
  return numbers.decimal(value, Number.isInteger(value) || value >= 1000 ? 0 : 1);
}
