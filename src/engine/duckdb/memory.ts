import os from 'node:os';

/**
 * Sorts of millions of rows spill below this many bytes, which takes a tenth of the time of a large
 * night.
 */
const ENOUGH = 1 << 30;
const LEAST = 256 << 20;

/**
 * The limit of DuckDB's buffers on a machine with this many bytes of memory: a quarter, from 256 MB
 * to 1 GB.
 */
export function memoryLimitOf(bytes: number): string {
  return `${Math.floor(Math.min(ENOUGH, Math.max(LEAST, bytes / 4)) / 2 ** 20)}MiB`;
}

/** Bytes of memory that this process may take: of the machine, or its container. */
export function memoryHere(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem();
}
