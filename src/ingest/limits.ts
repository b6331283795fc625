import type { Config } from '../config/config.js';
import { DataError } from '../errors.js';

/**
 * What one export may take, so that none can fill the disk or the memory, or hold up the night.
 * Sizes in bytes.
 */
export interface Limits {
  /** Read at a time. */
  readonly chunk: number;
  /** Longest record that is read; a longer one is quarantined. */
  readonly record: number;
  /** Deepest nesting of a JSON record; a deeper one is quarantined. */
  readonly depth: number;
  /** Most that a packed export may unpack to. */
  readonly unpacked: number;
  /** Most that it may unpack to for each byte it has; not looked at below `RATIO_FROM`. */
  readonly ratio: number;
  /** Most files in a zip archive. */
  readonly members: number;
  /** Most time that it may take from its first byte to its rows. */
  readonly seconds: number;
  /** When that is over, by the clock of `performance.now`. */
  readonly deadline: number;
}

/** Small files may be packed by any ratio: they do no harm. */
export const RATIO_FROM = 64 << 20;

export const LIMITS: Limits = {
  chunk: 1 << 20,
  record: 1 << 20,
  depth: 64,
  unpacked: 50 * 2 ** 30,
  ratio: 250,
  members: 1000,
  seconds: 3600,
  deadline: Infinity,
};

/** The limits of a configuration, for an export whose time begins now. */
export function limitsOf({ limits: { unpacked, record, ...others } }: Config): Limits {
  const deadline = performance.now() + others.seconds * 1000;
  return {
    ...others,
    chunk: LIMITS.chunk,
    unpacked: bytesOf(unpacked),
    record: bytesOf(record),
    deadline,
  };
}

/** @throws DataError when the time of an export is over */
export function requireTime(name: string, { seconds, deadline }: Limits): void {
  if (performance.now() > deadline) throw tooLate(name, seconds);
}

export function tooLate(name: string, seconds: number): DataError {
  return new DataError(
    `cannot read the export ${name}: expected at most ${seconds} s, found that it takes ` +
      'longer. Nothing was published. If the export is sound, raise limits.seconds; otherwise ' +
      'take it away.',
  );
}

function bytesOf(size: string): number {
  return Number.parseInt(size, 10) * (size.endsWith('GB') ? 2 ** 30 : 2 ** 20);
}
