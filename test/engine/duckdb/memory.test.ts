import os from 'node:os';
import { describe, expect, test } from 'vitest';
import { memoryHere, memoryLimitOf } from '../../../src/engine/duckdb/memory.js';

describe('the memory of the engine', () => {
  test.each([
    [512 * 2 ** 20, '256MiB'],
    [2 * 2 ** 30, '512MiB'],
    [3 * 2 ** 30 + 1, '768MiB'],
    [64 * 2 ** 30, '1024MiB'],
  ])('of a machine with %i bytes it may take %s', (bytes, limit) => {
    expect(memoryLimitOf(bytes)).toBe(limit);
  });

  test('is of what there is, and no more', () => {
    expect(memoryHere()).toBeGreaterThan(2 ** 27);
    expect(memoryHere()).toBeLessThanOrEqual(os.totalmem());
  });
});
