import { counted } from '../../counts.js';
import { DataError } from '../../errors.js';
import { type Limits, RATIO_FROM, requireTime } from '../limits.js';

/** How much an export may still unpack to. */
export class Budget {
  #spent = 0;
  readonly #allowed: number;

  /** @param packed size of the export as stored, in bytes */
  constructor(
    readonly name: string,
    readonly packed: number,
    readonly limits: Limits,
  ) {
    this.#allowed = Math.min(limits.unpacked, Math.max(RATIO_FROM, limits.ratio * packed));
  }

  /** @throws DataError when it is more than allowed, or its time is over */
  spend(bytes: number): void {
    requireTime(this.name, this.limits);
    this.#spent += bytes;
    if (this.#spent <= this.#allowed) return;
    const { unpacked, ratio } = this.limits;
    const limit =
      this.#allowed === unpacked
        ? `${counted(unpacked, 'byte')} (limits.unpacked)`
        : `${ratio} times its size (limits.ratio)`;
    throw new DataError(
      `cannot decompress the export ${this.name}: expected at most ${limit}, found more in ` +
        `its ${counted(this.packed, 'byte')}. ` +
        'If the export is sound, raise the limit; otherwise take it away.',
    );
  }
}
