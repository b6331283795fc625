import { expect, test } from 'vitest';
import { describe as describeGarbage } from '../../../src/cli/commands/gc.js';

const entry = (key: string) => ({ key, bytes: 1000, version: '1', modified: new Date(0) });
const garbage = {
  kept: [5, 6],
  oldest: 5,
  versions: [],
  first: {},
  next: {},
  manifests: [entry('manifests/m.json')],
  objects: [entry('objects/a'), entry('objects/b')],
};

test('what was removed is reported in numbers', () => {
  expect(describeGarbage(garbage, false)).toBe(
    'Removed 1 manifest, 2 objects and 0 files of Delta logs, 3,000 bytes.\nReleases 5 to 6 are kept.\n',
  );
});

test('what would be removed is reported by name', () => {
  expect(describeGarbage(garbage, true)).toBe(
    'manifests/m.json\nobjects/a\nobjects/b\nWould remove 1 manifest, 2 objects and 0 files of Delta logs, 3,000 bytes.\nReleases 5 to 6 are kept.\n',
  );
});
