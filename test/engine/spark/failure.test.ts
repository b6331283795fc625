import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { isPassing } from '../../../src/engine/spark/failure.js';

const failure = (code: status, details: string): ServiceError =>
  Object.assign(new Error(details), { code, details, metadata: new Metadata() });

test.each([
  [status.UNAVAILABLE, 'No connection established. Last error: connect ECONNREFUSED', true],
  [status.UNAVAILABLE, 'No connection established. Last error: self-signed certificate', false],
  [status.DEADLINE_EXCEEDED, 'Deadline exceeded', true],
  [status.INTERNAL, 'Received RST_STREAM with code 2', true],
  [status.INTERNAL, '[PARSE_SYNTAX_ERROR]', false],
  [status.UNAUTHENTICATED, 'Invalid token', false],
])('a failure with code %s, %s, may pass: %s', (code, details, expected) => {
  expect(isPassing(failure(code, details))).toBe(expected);
});
