import { messageOf, StoreError } from '../errors.js';
import type { Store } from '../store/store.js';

const TIMEOUT_MS = 5_000;
/** So long an answer holds: probes come often, and from several places. */
const HOLDS_MS = 10_000;

/**
 * Tells whether a night could begin: both stores answer, and there are exports. The configuration
 * was read before.
 */
export class Readiness {
  readonly #stores: { readonly exports: Store; readonly output: Store };
  #asked: { readonly at: number; readonly problem: Promise<string | undefined> } | undefined;

  constructor(stores: { readonly exports: Store; readonly output: Store }) {
    this.#stores = stores;
  }

  /** What is in the way; undefined when nothing is. */
  problem(): Promise<string | undefined> {
    const now = performance.now();
    if (this.#asked === undefined || now - this.#asked.at > HOLDS_MS)
      this.#asked = { at: now, problem: this.#look() };
    return this.#asked.problem;
  }

  async #look(): Promise<string | undefined> {
    const { exports, output } = this.#stores;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new StoreError(
            `Expected an answer of the stores within ${TIMEOUT_MS / 1000} s, found none: ` +
              'check the network',
          ),
        );
      }, TIMEOUT_MS);
    });
    try {
      await Promise.race([late, Promise.all([requireExport(exports), output.read('_lease.json')])]);
      return undefined;
    } catch (error) {
      return messageOf(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

async function requireExport(exports: Store): Promise<void> {
  for await (const _ of exports.keys('')) return;
  throw new StoreError(`${exports.url}: expected exports, found none: check exports.store`);
}
