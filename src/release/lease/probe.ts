import { randomUUID } from 'node:crypto';
import { StoreError } from '../../errors.js';
import type { Store } from '../../store/store.js';

const PROBE = '_probe-';

/**
 * Tries whether the store lets exactly one of several writers create an object, at once and one
 * after the other.
 */
export async function honoursCreation(store: Store): Promise<boolean> {
  const key = `${PROBE}${randomUUID()}.json`;
  try {
    const won = await Promise.all(
      ['a', 'b'].map((writer) => store.create(key, Buffer.from(writer))),
    );
    return won.filter(Boolean).length === 1 && !(await store.create(key, Buffer.from('c')));
  } finally {
    await store.remove(key);
  }
}

/**
 * Removes what probes of killed runs left. Only while no other run is at work: it would spoil its
 * probe.
 */
export async function removeProbes(store: Store): Promise<number> {
  let removed = 0;
  for await (const key of store.keys(PROBE)) {
    await store.remove(key);
    removed += 1;
  }
  return removed;
}

/**
 * Makes sure that two runs cannot overwrite each other's release.
 * @param isSingleWriter whether the deployment promises that there is only ever one run
 * @throws StoreError when the store does not honour conditional creation, and there is no such
 * promise
 */
export async function requireCreation(store: Store, isSingleWriter: boolean): Promise<void> {
  if (isSingleWriter || (await honoursCreation(store))) return;
  throw new StoreError(
    `${store.url}: expected the store to create an object only where there is none ` +
      '(If-None-Match: *), found that it overwrites: two runs at once could lose a release. ' +
      'Nothing was published. Use a server that honours it (docs/s3.md), or, if there is never ' +
      'more than one run, set output.single_writer to true',
  );
}
