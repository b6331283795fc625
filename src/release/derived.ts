import type { Store } from '../store/store.js';
import type { Live } from './commit.js';
import type { DeltaTools } from './delta/checkpoint.js';
import { removeLogs } from './delta/log.js';
import { type Committed, refreshDelta } from './delta/refresh.js';
import { readMarker } from './marker.js';
import { refreshMirror } from './mirror.js';

/**
 * Brings what is derived from a release in line with it: the Delta logs, then `latest/`. It may
 * stop at any point; the next run goes on from there.
 * @param delta whether there are Delta logs
 * @param base what the run built on
 */
export async function refreshDerived(
  tools: DeltaTools,
  now: Committed,
  base: Live | undefined,
  delta: boolean,
): Promise<void> {
  const { store } = tools;
  const marker = await readMarker(store);
  const live = now.commit.release.number;
  if (!delta && marker?.delta !== undefined) await removeLogs(store);
  const shown = delta ? await refreshDelta(tools, now, base, marker?.delta) : 'none';
  await refreshMirror(store, now.release, base, { live, delta: shown, marker });
}

/**
 * Whether all that is derived was brought in line with the release of this number. What somebody
 * else did to it since is not seen here, for that would mean to list it: `run-job mirror verify`
 * does.
 */
export async function isDerived(store: Store, number: number, delta: boolean): Promise<boolean> {
  const marker = await readMarker(store);
  return (
    marker?.release === number &&
    marker.changing === undefined &&
    marker.delta?.release === (delta ? number : undefined)
  );
}
