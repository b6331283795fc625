import { expect, test } from 'vitest';
import { didYouMean } from '../../src/config/suggest.js';

const KNOWN = ['sessions', 'users', 'activity_log', 'feature_usage'];

test.each([
  ['sesions', 'sessions'],
  ['sesisons', 'sessions'],
  ['Users', 'users'],
  ['activitylog', 'activity_log'],
])('%s is taken for %s', (found, meant) => {
  expect(didYouMean(found, KNOWN)).toBe(`: did you mean ${meant}?`);
});

test.each(['tickets', 'x', ''])('nothing is near %j', (found) => {
  expect(didYouMean(found, KNOWN)).toBe('');
});
