import { describe, expect, test } from 'vitest';
import { fingerprintOf, type Recipe, staleReason } from '../../src/build/recipe.js';
import type { Partition } from '../../src/release/schema.js';

const recipe: Recipe = { 'daily/day': '1', settings: '2' };

/** The partition that a recipe made. */
function madeBy(inputs: Recipe): Partition {
  return {
    table: 'rolling/w',
    name: '2026-11-20',
    date: '2026-11-20',
    fingerprint: fingerprintOf(inputs),
    digest: '',
    inputs,
    objects: [],
  };
}

describe('a fingerprint', () => {
  test('does not depend on the order of the inputs', () => {
    expect(fingerprintOf({ settings: '2', 'daily/day': '1' })).toBe(fingerprintOf(recipe));
  });

  test.each<[string, Recipe]>([
    ['the digest of an input', { ...recipe, settings: '3' }],
    ['the name of an input', { 'daily/day': '1', windows: '2' }],
    ['one input more', { ...recipe, windows: '' }],
    ['which input has which digest', { 'daily/day': '2', settings: '1' }],
  ])('depends on %s', (_, other) => {
    expect(fingerprintOf(other)).not.toBe(fingerprintOf(recipe));
  });
});

describe('a partition', () => {
  test('that is not there is new', () => {
    expect(staleReason(recipe, undefined)).toBe('new');
  });

  test('of the same recipe is reused', () => {
    expect(staleReason(recipe, madeBy(recipe))).toBeUndefined();
  });

  test('is stale by the input that changed', () => {
    const next = { ...recipe, 'daily/day': '9' };
    expect(staleReason(next, madeBy(recipe))).toBe('daily/day changed');
  });

  test('is stale by each of several', () => {
    const next = { 'daily/day': '9', settings: '9', 'clean/users': '1' };
    expect(staleReason(next, madeBy(recipe))).toBe('daily/day, settings, clean/users changed');
  });

  test('is stale by an input that it reads no longer', () => {
    expect(staleReason({ settings: '2' }, madeBy(recipe))).toBe('daily/day changed');
  });
});
