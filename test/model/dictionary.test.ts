import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { contractSchema } from '../../src/model/contract.js';
import { dictionary } from '../../src/model/dictionary.js';
import { parseModel } from '../../src/model/header.js';
import { loadModels } from '../../src/model/load.js';

const JOBS = fileURLToPath(new URL('../../jobs', import.meta.url));
const UPDATE = 'npx vitest run test/model/dictionary.test.ts -u';

/** Items of lists on one line each. */
function unwrapped(text: string): string {
  return text.replaceAll('\n  ', ' ');
}

function contract(text: string) {
  return contractSchema.parse(parse(text));
}

const visits = contract(`
table: visits
description: One row for each visit.
delivery: append
partition: event_date
event_time: came_at
dates: [came_at]
key: [[visit_id], [person_id, came_at]]
columns:
  visit_id: { type: text, from: [visit_id, id], description: Identifies the visit. }
  person_id: { type: integer, from: [person], required: true, description: Who came. }
  came_at: { type: timestamp, from: [came], required: true, description: When. }
  left_at: { type: timestamp, from: [left], not_before: came_at, description: Until when. }
  rating: { type: integer, from: [rating], default: 3, min: 1, description: 'Good | bad.' }
  door: { type: category, from: [door], accepted: [north, south], description: Where. }
`);

test(`docs/tables.md describes the contracts and models as they are; when it does not: ${UPDATE}`, async () => {
  const clean = join(JOBS, 'clean');
  const files = readdirSync(clean).filter((file) => file.endsWith('.yaml'));
  const contracts = files.map((file) => contract(readFileSync(join(clean, file), 'utf8')));
  const text = dictionary(contracts, await loadModels([JOBS]), 'date');
  await expect(text, `docs/tables.md is out of date: ${UPDATE}`).toMatchFileSnapshot(
    '../../docs/tables.md',
  );
});

test('a contract is described with its names, defaults and checks', () => {
  const text = dictionary([visits], [], 'date');
  expect(text).toContain('Key: `visit_id`, else `person_id`, `came_at`.');
  expect(unwrapped(text)).toContain(
    '- `visit_id` (text): Identifies the visit. Names in the export: `visit_id`, `id`. It may be missing.',
  );
  expect(unwrapped(text)).toContain(
    '- `person_id` (integer): Who came. Names in the export: `person`. A record without it is quarantined.',
  );
  expect(unwrapped(text)).toContain(
    '- `left_at` (timestamp): Until when. Names in the export: `left`. It may be missing. Rules: not before `came_at`.',
  );
  expect(unwrapped(text)).toContain(
    '- `rating` (integer): Good | bad. Names in the export: `rating`. A missing value becomes `3`. Rules: at least 1.',
  );
  expect(unwrapped(text)).toContain('Rules: one of `north`, `south`.');
});

test('a model is described with its files, what it is made from, and an id by the type of the contract', () => {
  const model = parseModel(
    `-- about: Who came how often.
-- grain: person_id
-- reads: previous.regulars before, daily.day since
-- columns:
--   as_of_date | date    |        | last day counted
--   person_id  | id      |        | the person
--   visits     | integer | visits | how often
select 1`,
    'jobs/rolling/regulars.sql',
    'rolling',
  );
  const text = dictionary([visits], [model], 'date');
  expect(text).toContain('- [rolling.regulars](#rollingregulars): Who came how often.');
  expect(text).toContain('- Files: `latest/rolling/regulars/as_of_date=YYYY-MM-DD/data.parquet`');
  expect(unwrapped(text)).toContain(
    '- Made from: [rolling.regulars](#rollingregulars) of the as-of date before, [daily.day](#dailyday) of the days since then',
  );
  expect(text).toContain('- `person_id` (integer): the person');
  expect(text).toContain('- `visits` (integer, visits): how often');
});
