import { existsSync } from 'node:fs';
import { readdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { type DayfoldError, StoreError } from '../errors.js';
import { honoursCreation } from '../release/lease/probe.js';
import type { Store } from '../store/store.js';

/** What was tried on a store, and what to do if it did not work. */
export interface StoreCheck {
  readonly what: string;
  readonly problem: string | undefined;
}

/**
 * Requests are refused when the clocks differ by more than 15 minutes; long before that something
 * is wrong.
 */
const SKEW_S = 60;

/**
 * Tries what a run needs of a store. Where it may write, it creates one small object and removes
 * it.
 * @param isWritten whether runs write to it
 * @param scratch local folder for a copy of an object
 */
export async function checkStore(
  store: Store,
  isWritten: boolean,
  scratch: string,
): Promise<StoreCheck[]> {
  const { folder } = store;
  const absent = folder === undefined ? [] : absentFolders(folder);
  try {
    return await tryAll(store, isWritten, scratch);
  } finally {
    await removeEmpty(absent);
  }
}

/** A folder and those around it, as far as they are not there, the innermost first. */
function absentFolders(folder: string): string[] {
  return existsSync(folder) ? [] : [folder, ...absentFolders(path.dirname(folder))];
}

/** Folders that a try made, unless something came into them since. */
async function removeEmpty(folders: readonly string[]): Promise<void> {
  const [innermost] = folders;
  if (innermost === undefined) return;
  const names = await readdir(innermost).catch(() => []);
  for (const each of [...names.map((name) => path.join(innermost, name)), ...folders])
    await rmdir(each).catch(() => {});
}

async function tryAll(store: Store, isWritten: boolean, scratch: string): Promise<StoreCheck[]> {
  const checks: StoreCheck[] = [];
  const check = async (what: string, work: () => Promise<string | undefined>) => {
    checks.push({ what, problem: await work().catch(messageOfStore) });
  };
  let first: string | undefined;
  await check(store.folder === undefined ? 'credentials and listing' : 'listing', async () => {
    for await (const key of store.keys('')) {
      first = key;
      break;
    }
    return undefined;
  });
  // the others would say the same
  if (checks.some(({ problem }) => problem !== undefined)) return checks;
  await check('reading', async () => {
    if (store.folder !== undefined && first !== undefined) await store.fetch(first, scratch);
    else await store.read(first ?? '_probe-nothing');
    return undefined;
  });
  if (isWritten) {
    await check('writing, conditional creation and removing', async () =>
      (await honoursCreation(store))
        ? undefined
        : 'of two writers both create an object: use a server that honours If-None-Match, or ' +
          'set output.single_writer if there is never more than one run (docs/s3.md)',
    );
  }
  if (store.folder !== undefined) return checks; // its clock is this machine's, or that of a mount
  await check('clock', async () => {
    const seconds = Math.round(((await store.time()).getTime() - Date.now()) / 1000);
    return Math.abs(seconds) <= SKEW_S
      ? undefined
      : `the clock of the store is ${Math.abs(seconds)} s ` +
          `${seconds > 0 ? 'ahead of' : 'behind'} this machine's: set the clock of this machine`;
  });
  return checks;
}

function messageOfStore(error: DayfoldError): string {
  if (error instanceof StoreError) return error.message;
  throw error;
}
