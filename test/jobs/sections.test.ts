import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settingsStatements } from '../../src/build/models.js';
import { loadConfig } from '../../src/config/config.js';
import { loadSections } from '../../src/config/sections.js';
import { openDuckdb } from '../../src/engine/duckdb/open.js';
import { type Engine, identifier, quote, type Session } from '../../src/engine/engine.js';
import { loadModels } from '../../src/model/load.js';
import type { ColumnType, Model } from '../../src/model/model.js';
import type { Section } from '../../src/model/section.js';
import { answerText } from '../../src/report/answer.js';
import { Numbers } from '../../src/report/figure.js';
import { answerOf } from '../../src/tables/reports/answers.js';
import { JOBS } from './warehouse.js';

const AS_OF = '2026-11-20';
const TYPES: Record<ColumnType, string> = {
  id: 'bigint',
  integer: 'bigint',
  double: 'double',
  text: 'varchar',
  date: 'date',
  timestamp: 'timestamp',
  boolean: 'boolean',
};

const all = await loadModels([JOBS]);
const models = all.filter(({ layer, kind }) => layer === 'report' && kind === 'question');
const { settings } = await loadConfig();
const sections = await loadSections(all, settings);

let engine: Engine;
let session: Session;
beforeAll(async () => {
  engine = await openDuckdb({
    threads: 1,
    memoryLimit: '256MB',
    scratch: '/nonexistent',
    readable: [],
  });
  session = engine.sessions[0] as Session;
  await session.run(settingsStatements(settings, 'UTC', '1970-01-01'));
});
afterAll(() => engine.close());

/** Values that reports hold, small ones often, so that none, one and ties come about. */
function value(name: string, type: ColumnType): fc.Arbitrary<string> {
  if (name === 'window_days') return fc.constantFrom('30', '60', 'null');
  if (name === 'scope') return fc.constantFrom("'all'", "'window'");
  if (name === 'measure') return fc.constantFrom("'feature_uses'", "'features'");
  if (name === 'reason') return fc.constantFrom("'lapsed'", "'never_logged_in'");
  switch (type) {
    case 'date':
      return fc.constantFrom("'2026-11-20'", "'2026-11-19'", "'2026-10-01'");
    case 'text':
      return fc.constantFrom("'dashboard'", "'{users}'", "'<b>'", quote('n'.repeat(200)));
    case 'boolean':
      return fc.constantFrom('true', 'false');
    case 'double':
      return fc.constantFrom('0', '0.5', '-0.25', '1', '86400.5', 'null');
    default:
      return fc.constantFrom('0', '1', '2', '3', '7', '1234567');
  }
}

function tableOf({ columns }: Model): fc.Arbitrary<string> {
  const row = fc.tuple(...columns.map(({ name, type }) => value(name, type)));
  return fc.array(row, { maxLength: 5 }).map((rows) => {
    const all = [...rows, columns.map(() => 'null')]
      .map((cells) => `(${cells.join(', ')})`)
      .join(', ');
    const list = columns.map(
      ({ name, type }) => `cast(${identifier(name)} as ${TYPES[type]}) as ${identifier(name)}`,
    );
    const names = columns.map(({ name }) => identifier(name)).join(', ');
    return `(select ${list.join(', ')} from (values ${all}) as t(${names}) limit ${rows.length})`;
  });
}

test('integers keep all of their digits in a sentence', async () => {
  const section = {
    ...(sections.get('top_features') as Section),
    facts: { most: 'max(n)', ids: 'list(n order by n)', named: 'any_value(name)' },
    answer: [{ when: 'true', say: '{most|uses}; {ids}; {named}.' }],
  };
  const rows = `(select * from (values (9007199254740993, 'a 9007199254740993 "b"'), (7, 'a 9007199254740993 "b"')) as v (n, name))`;
  const answer = await answerOf(session, { model: models[0] as Model, section }, AS_OF, rows);
  expect(answerText({ answer, rowCount: 2 }, new Numbers('en-US'))).toBe(
    '9,007,199,254,740,993 uses; 7 and 9007199254740993; a 9007199254740993 "b".',
  );
});

describe.each(models.map((model) => ({ name: model.name, model })))('$name', ({ name, model }) => {
  const section = sections.get(name);

  test('has a sentence for no rows at all, or is left out then', async () => {
    if (section?.leave_out_empty) return;
    const none = `(select ${model.columns.map((column) => `cast(null as ${TYPES[column.type]}) as ${identifier(column.name)}`).join(', ')} where false)`;
    const answer = await answerOf(session, { model, section: section as Section }, AS_OF, none);
    expect(answer.sentence).toBeDefined();
    expect(answerText({ answer, rowCount: 0 }, new Numbers('en-US'))).toMatch(/^[A-Z].*\.$/);
  });

  test('says nothing that is no sentence, whatever the rows', async () => {
    await fc.assert(
      fc.asyncProperty(tableOf(model), async (rows) => {
        const answer = await answerOf(session, { model, section: section as Section }, AS_OF, rows);
        const text = answerText({ answer, rowCount: 3 }, new Numbers('en-US'));
        expect(text).not.toMatch(
          /NaN|undefined|null|Infinity|\b(?<![\d,.])1 (users|days|activities|sessions|features|uses|tickets)\b/,
        );
        expect(text).toMatch(/\.$/);
      }),
      { numRuns: 40 },
    );
  });
});
