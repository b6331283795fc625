import type { PreparedModel } from '../build/models.js';
import type { Built, Night, Progress } from '../build/night.js';
import { type Live, readLive } from '../release/commit.js';
import { restoring, reviving } from '../release/expiry.js';
import { nightOf, noteClock } from './begin.js';
import { rulesOn } from './fingerprint.js';
import type { Run, RunOptions } from './options.js';
import type { Outcome } from './outcome.js';
import { publish } from './publish.js';
import { restate } from './receipts.js';
import type { Tools } from './tools.js';

/**
 * As-of dates are published this many at a time, oldest first: a backfill that is stopped goes on
 * after the last release it made, instead of building everything again.
 */
const DATES_TOGETHER = 10;

/** What a run brings up to date, on what, and how. */
interface Backfilling
  extends Omit<RunOptions, keyof Tools>,
    Pick<Night, 'listed' | 'rules' | 'inputs'> {
  readonly run: Run;
  readonly base: Live;
}

/** What the releases of a run came to. */
export interface Backfilled {
  /** the last one that was built; those before it are not needed any more */
  readonly night: Night;
  /** the release that is live now */
  readonly release: number;
  /** whether any was published */
  readonly published: boolean;
  readonly built: readonly Built[];
  readonly restated: Outcome['restated'];
  readonly notes: readonly string[];
}

/** Builds and publishes the as-of dates that are asked for, some at a time. */
export async function backfill(
  tools: Tools,
  models: readonly PreparedModel[],
  how: Backfilling,
): Promise<Backfilled> {
  const { output, config, log } = tools;
  const rules = rulesOn(how.rules, tools);
  const groups = datesTogether(how.asked);
  let live = reviving(how.base, config.retention.keep_days, rules);
  let all: Omit<Backfilled, 'night' | 'release'> = {
    published: false,
    built: [],
    restated: [],
    notes: [],
  };
  let last!: Night;
  for (const [done, asked] of groups.entries()) {
    const isLast = done === groups.length - 1;
    // what decides the whole night is known of its last release only
    const inputs = isLast ? how.inputs : '';
    const progress = withEstimate(tools.progress, groups, done, how.run.taken().seconds);
    const { night, published, restated } = await restoring(live, log, (base) =>
      publishDates({ ...tools, progress }, models, { ...how, base, asked, rules, inputs }),
    );
    if (published) live = isLast ? { ...live, release: night.next } : await readLive(output);
    all = {
      published: all.published || published,
      built: [...all.built, ...night.built],
      restated: [...all.restated, ...restated],
      notes: [...all.notes, ...night.notes],
    };
    last = night;
  }
  return { ...all, night: last, release: live.release.number };
}

/** One release: builds it, compares its reports with those published before, and publishes it. */
async function publishDates(
  tools: Tools,
  models: readonly PreparedModel[],
  { base, run, comparing, ...how }: Backfilling,
): Promise<Pick<Backfilled, 'night' | 'published' | 'restated'>> {
  // takes long to load, and nights with nothing new do without
  const { build } = await import('./tables.js');
  const night = nightOf(tools, base, how);
  noteClock(night, run.started);
  const versions = await build(night, models);
  const receipts = await restate(night, models, comparing);
  const published = await publish(night, { ...how, run: run.id }, versions, receipts?.object);
  const restated = (receipts?.receipts ?? []).map(({ rows: _, ...receipt }) => receipt);
  return { night, published, restated };
}

/** The dates that are published together, in order. */
function datesTogether(asked: readonly string[]): string[][] {
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
