import { expect, test } from 'vitest';
import {
  ConfigError,
  ConflictError,
  DataError,
  exitCodeOf,
  LateExports,
  MissingObject,
  Stopped,
  StoreError,
  UnknownOutcome,
} from '../src/errors.js';

test.each([
  [new TypeError('x is not a function'), 1],
  ['thrown by somebody', 1],
  [new ConfigError(''), 2],
  [new LateExports(''), 3],
  [new DataError(''), 4],
  [new StoreError(''), 5],
  [new MissingObject(''), 5],
  [new ConflictError(''), 6],
  [new UnknownOutcome(''), 7],
  [new Stopped(''), 143],
])('%s ends the process with %i', (thrown, code) => {
  expect(exitCodeOf(thrown)).toBe(code);
});
