import type { Config } from '../config/config.js';

/** What one export may take, so that none can fill the disk or the memory. Sizes in bytes. */
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
};

/** The limits of a configuration. */
export function limitsOf({ limits: { unpacked, record, ...others } }: Config): Limits {
  return { ...others, chunk: LIMITS.chunk, unpacked: bytesOf(unpacked), record: bytesOf(record) };
}

function bytesOf(size: string): number {
  return Number.parseInt(size, 10) * (size.endsWith('GB') ? 2 ** 30 : 2 ** 20);
}
