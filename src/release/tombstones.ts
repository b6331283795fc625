import { digestOf, sha256 } from './digest.js';
import type { Release } from './release.js';
import type { Partition } from './schema.js';

/** The column that names a person, in every table that has it. */
export const PERSON = 'user_id';

const TABLE = 'erased/users';
const SALT = 'salt';

/** That a person was erased, and is to stay so. */
export interface Tombstone {
  /** SHA-256 of the salt and the id, in hex */
  readonly hash: string;
  /** when, ISO 8601 in UTC */
  readonly at: string;
  readonly reason: string;
}

/**
 * Who was erased. A release keeps it as the inputs of a partition without rows, so that all that is
 * made of a release has it.
 */
export class Tombstones {
  readonly #of: ReadonlyMap<string, string>;

  private constructor(
    /** what is before an id when it is hashed; each output has its own */
    readonly salt: string,
    of: ReadonlyMap<string, string>,
  ) {
    this.#of = of;
  }

  static of(release: Release): Tombstones {
    const { [SALT]: salt = '', ...of } = release.get(TABLE, 'all')?.inputs ?? {};
    return new Tombstones(salt, new Map(Object.entries(of)));
  }

  get hashes(): readonly string[] {
    return [...this.#of.keys()];
  }

  get list(): Tombstone[] {
    return [...this.#of].map(([hash, said]) => ({
      hash,
      ...(JSON.parse(said) as { at: string; reason: string }),
    }));
  }

  /** Whether an id is that of somebody who was erased. */
  has(id: string): boolean {
    return this.#of.has(sha256(this.salt + id));
  }

  /** @param salt of the output, if nobody was erased before */
  with(id: string, { at, reason }: Omit<Tombstone, 'hash'>, salt: string): Tombstones {
    const own = this.salt === '' ? salt : this.salt;
    const of = new Map([...this.#of, [sha256(own + id), JSON.stringify({ at, reason })]]);
    return new Tombstones(own, new Map([...of].sort(([a], [b]) => (a < b ? -1 : 1))));
  }

  without(id: string): Tombstones {
    const hash = sha256(this.salt + id);
    return new Tombstones(this.salt, new Map([...this.#of].filter(([each]) => each !== hash)));
  }

  /** As a release keeps it; undefined when there is nothing to keep. */
  get partition(): Partition | undefined {
    if (this.salt === '') return undefined;
    const inputs = { [SALT]: this.salt, ...Object.fromEntries(this.#of) };
    const digest = digestOf(inputs);
    return {
      table: TABLE,
      name: 'all',
      date: 'all',
      fingerprint: digest,
      digest,
      inputs,
      objects: [],
    };
  }
}

/**
 * Whether the text of a record that could not be read names somebody who was erased: whether any of
 * its fields, however they are written, is the id.
 */
export function namesErased(raw: string, tombstones: Pick<Tombstones, 'has'>): boolean {
  return raw
    .split(/[,;|\t\r\n"'{}[\]:=]+/)
    .some((field) => field.trim() !== '' && tombstones.has(field.trim()));
}
