/** The product that the sample is about: when people come, how long they stay and what they use. */

export const DAY_SECONDS = 86_400;

/** Day 0 of the sample, 2026-09-22, a Tuesday; days before it are negative. */
const FIRST_DAY = Date.UTC(2026, 8, 22) / 1000;

/** The first second of a day of the sample, in seconds since 1970, UTC. */
export function startOf(day: number): number {
  return FIRST_DAY + day * DAY_SECONDS;
}

/** The day of the sample that holds an instant. */
export function dayOf(seconds: number): number {
  return Math.floor((seconds - FIRST_DAY) / DAY_SECONDS);
}

/** The date of a day of the sample, `YYYY-MM-DD`. */
export function dateOf(day: number): string {
  return new Date(startOf(day) * 1000).toISOString().slice(0, 10);
}

/** The days over which people sign up and features rise and fall. */
export const SEASON = 60;

interface Feature {
  readonly name: string;
  /** Popularity at the start and at the end of the season. */
  readonly from: number;
  readonly to: number;
}

export const FEATURES: readonly Feature[] = [
  { name: 'dashboard', from: 300, to: 300 },
  { name: 'search', from: 190, to: 200 },
  { name: 'csv_export', from: 150, to: 145 },
  { name: 'reports', from: 120, to: 125 },
  { name: 'comments', from: 95, to: 95 },
  { name: 'alerts', from: 80, to: 85 },
  { name: 'saved_views', from: 65, to: 65 },
  { name: 'mobile_app', from: 60, to: 70 },
  { name: 'sharing', from: 50, to: 50 },
  { name: 'api_tokens', from: 40, to: 42 },
  { name: 'integrations', from: 35, to: 38 },
  { name: 'bulk_edit', from: 25, to: 25 },
  { name: 'assistant', from: 4, to: 260 },
  { name: 'classic_editor', from: 180, to: 12 },
];

/** How popular a feature is on a day. */
export function popularity(feature: Feature, day: number): number {
  const elapsed = Math.min(Math.max(day, 0), SEASON);
  return feature.from + Math.trunc(((feature.to - feature.from) * elapsed) / SEASON);
}

const WEEKDAYS = [105, 110, 108, 100, 82, 30, 24];

/**
 * How busy a day is, in percent of an ordinary one: quiet weekends, and a little more from week to
 * week.
 */
export function busyness(day: number): number {
  const weekday = (((day + 1) % 7) + 7) % 7;
  return Math.trunc(((WEEKDAYS[weekday] ?? 100) * (100 + Math.trunc(Math.max(day, 0) / 5))) / 100);
}

/** Logins in each hour of the day, UTC. */
export const HOURS = [
  6, 4, 3, 3, 4, 8, 20, 48, 90, 110, 105, 92, 70, 88, 104, 98, 84, 62, 44, 36, 34, 28, 20, 12,
];

/**
 * Session lengths in seconds: quantiles of a lognormal distribution, median 13 minutes, sigma 1.05.
 */
export const SESSION_LENGTHS = [
  69, 110, 142, 169, 195, 221, 245, 270, 295, 320, 345, 371, 397, 425, 453, 481, 511, 542, 574, 608,
  643, 680, 718, 759, 802, 847, 895, 946, 1001, 1059, 1122, 1190, 1264, 1344, 1433, 1531, 1640,
  1763, 1902, 2063, 2252, 2479, 2757, 3113, 3592, 4296, 5515, 8829, 14_200,
];

/** Times to resolution of a ticket in seconds, from five minutes to a week. */
export const RESOLUTIONS = [
  300, 900, 1800, 3600, 7200, 12_600, 21_600, 36_000, 57_600, 86_400, 122_400, 158_400, 201_600,
  259_200, 345_600, 453_600, 604_800,
];

export const ACTIVITIES = [
  'page_view',
  'search',
  'create_item',
  'edit_item',
  'share_item',
  'download',
] as const;
export const ACTIVITY_WEIGHTS = [50, 14, 9, 17, 4, 6];

export const CATEGORIES = ['billing', 'bug', 'how_to', 'account', 'feature_request'] as const;
export const PRIORITIES = ['low', 'normal', 'normal', 'high', 'urgent'] as const;
