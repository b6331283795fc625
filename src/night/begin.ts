import type { Night } from '../build/night.js';
import type { Live } from '../release/commit.js';
import { Release } from '../release/release.js';
import { Tombstones } from '../release/tombstones.js';
import type { RunOptions } from './options.js';
import type { Tools } from './tools.js';

/** What a night begins with. */
type Begun = Pick<Night, 'asked' | 'listed' | 'rules' | 'inputs'> &
  Pick<RunOptions, 'replays' | 'force'>;

/** A night that begins: the release that it builds is empty, except for who was erased. */
export function nightOf(
  tools: Tools,
  live: Live,
  { asked, replays = false, force = false, listed, rules, inputs }: Begun,
): Night {
  const next = new Release(live.release.number + 1);
  const erased = Tombstones.of(live.release).partition;
  if (erased !== undefined) next.add(erased);
  return {
    ...tools,
    ...{ asked, replays, force, listed, rules, inputs },
    live,
    next,
    notes: [],
    lastingNotes: [],
    unreadDifferences: new Map(),
    builds: true,
    built: [],
  };
}

/**
 * A clock that was set back asks for as-of dates of the past, and makes this run look older than
 * the one before.
 */
export function noteClock({ live, notes }: Night, now: Date): void {
  const published = live.commit?.envelope.created_at;
  if (published === undefined || now.toISOString() >= published) return;
  notes.push(
    `the clock of this machine says ${now.toISOString()}, but release ${live.release.number} ` +
      `was published at ${published}: set the clock, and check the as-of date`,
  );
}
