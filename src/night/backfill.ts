import type { Progress } from '../build/night.js';

/**
 * As-of dates are published this many at a time, oldest first: a backfill that is stopped goes on
 * after the last release it made, instead of building everything again.
 */
const DATES_TOGETHER = 10;

/** The dates that are published together, in order. */
export function datesTogether(asked: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (let from = 0; from < asked.length; from += DATES_TOGETHER)
    groups.push(asked.slice(from, from + DATES_TOGETHER));
  return groups.length === 0 ? [[]] : groups;
}

/**
 * Tells of each stage which dates it is for, and about how long the dates after them will take,
 * going by those before.
 * @param done how many groups of dates are published
 * @param seconds how long they took
 */
export function withEstimate(
  progress: Progress,
  groups: readonly string[][],
  done: number,
  seconds: number,
): Progress {
  if (groups.length === 1) return progress;
  const dates = groups[done] ?? [];
  const left =
    done === 0 ? '' : `, about ${duration((seconds / done) * (groups.length - done))} left`;
  return {
    ...progress,
    stage: (name, total) => progress.stage(`${dates[0]} to ${dates.at(-1)}${left}: ${name}`, total),
  };
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
