import { expect, test } from 'vitest';
import { shows } from './shown.js';

test.each([
  ['1,234', 1234, true],
  ['1,234', 1235, false],
  ['−13%', -12.6, true],
  ['4.1%', 4.14, true],
  ['4.1%', 4.16, false],
  ['1 h 05 min', 3912, true],
  ['1 h 05 min', 3960, false],
  ['7 users', 7, true],
  ['0.17', 0.1666, true],
  ['–', 0, false],
] as const)('%s shows %d: %s', (text, amount, yes) => {
  expect(shows(text, amount)).toBe(yes);
});
