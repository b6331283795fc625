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

/** What is said of rows that have these columns, and are missing in the others. */
async function said(name: string, columns: string, ...rows: string[]): Promise<string> {
  const model = models.find((each) => each.name === name) as Model;
  const section = sections.get(name) as Section;
  const given = columns.split(' ');
  const list = model.columns.map(({ name: column, type }) => {
    const cell = column === 'as_of_date' ? quote(AS_OF) : identifier(column);
    const isGiven = given.includes(column) || column === 'as_of_date';
    return `cast(${isGiven ? cell : 'null'} as ${TYPES[type]}) as ${identifier(column)}`;
  });
  const table =
    `(select ${list.join(', ')} from (values ${rows.map((row) => `(${row})`).join(', ')}) as ` +
    `t(${given.map(identifier).join(', ')}))`;
  const answer = await answerOf(session, { model, section }, AS_OF, table);
  return answerText({ answer, rowCount: rows.length }, new Numbers('en-US'));
}

describe('a comparison that the data do not allow is not made', () => {
  test('of growth, with the week before', async () => {
    const columns =
      'week_date is_complete active_users new_users retained_users returned_users lost_users users_change';
    expect(
      await said(
        'growth_accounting',
        columns,
        "'2026-11-02', true, 3, 0, 3, 0, 9, -9",
        "'2026-11-09', true, 10, 7, 3, 0, null, null",
      ),
    ).toBe(
      "The week from 2026-11-09 had 10 users. The data don't cover the week before, so no change is known.",
    );
    expect(
      await said('growth_accounting', columns, "'2026-11-09', true, 0, 0, 0, 0, null, null"),
    ).toBe("No user was active in the week from 2026-11-09. The data don't cover the week before.");
  });

  test('of activities, with weeks that have none', async () => {
    const columns =
      'event_date has_data activities level_days level_activities previous_level_activities data_begin_date';
    expect(
      await said('activity_trend', columns, "'2026-11-20', true, 5, 28, 5, null, '2026-08-01'"),
    ).toBe(
      '5.0 activities a day over the last 28 days. The 28 days before have no data to compare with.',
    );
    expect(
      await said(
        'activity_trend',
        columns,
        "'2026-10-01', true, 5, 28, null, null, '2026-08-01'",
        "'2026-11-20', false, null, 28, null, null, '2026-08-01'",
      ),
    ).toBe('5 activities on 1 day. The last 28 days have no data.');
  });

  test('of active users, by what the days lack', async () => {
    const columns = 'event_date daily_users data_begin_date';
    expect(await said('active_users', columns, "'2026-11-20', 4, '2026-11-10'")).toBe(
      'Active users: 4 on 2026-11-20. Some of the 7 days up to it have no data.',
    );
    expect(await said('active_users', columns, "'2026-11-20', 4, '2026-11-18'")).toMatch(
      /begin on 2026-11-18, too late for a week or a month\.$/,
    );
  });

  test('of cohorts, in weeks that are over and not covered', async () => {
    const columns = 'basis cohort_week week_number is_complete cohort_users active_users';
    const first = "'sign_up', '2026-10-05', 1, true, 10, 5";
    expect(
      await said('retention', columns, first, "'sign_up', '2026-10-05', 4, false, 10, 5"),
    ).toBe(
      'Of 10 users, 50% were active in the week after their first. The data cover no fourth week.',
    );
    expect(await said('retention', columns, "'sign_up', '2026-10-05', 1, false, 10, 5")).toBe(
      'The data cover no week after the first one.',
    );
    expect(await said('retention', columns, "'sign_up', '2026-11-16', 1, false, 10, 5")).toBe(
      'No week after the first one is over yet.',
    );
  });
});

test('users who signed up are named where all users of a cohort did', async () => {
  const columns = 'basis cohort_week week_number is_complete cohort_users active_users';
  const rows = (basis: string) =>
    [1, 4].map((week) => `'${basis}', '2026-10-05', ${week}, true, 10, 5`);
  expect(await said('retention', columns, ...rows('sign_up'))).toMatch(
    /^50% of the users who signed up /,
  );
  expect(await said('retention', columns, ...rows('sign_up'), ...rows('both'))).toMatch(
    /^50% of new users were active again /,
  );
});

test('groups that get equally far are compared together', async () => {
  const columns = 'user_group begun_users finished_percent';
  expect(await said('funnel_groups', columns, "'a', 20, 50", "'b', 20, 50", "'c', 20, 20")).toBe(
    '50% of the users in a and b who began the funnel got to its last step, against 20% in c.',
  );
});

test('a group called other or none is a group', async () => {
  const columns = 'user_group active_users known_users active_percent';
  expect(
    await said('user_groups', columns, "'other', 25, 25, 100", "'(none)', 3, 3, null"),
  ).toMatch(/^other is the largest group: it has 25 of the 28 users/);
});

test('tickets of days without data are said to be those', async () => {
  expect(
    await said(
      'ticket_backlog',
      'event_date tickets_created tickets_resolved open_tickets',
      "'2026-11-18', 10, 0, 10",
      "'2026-11-20', 10, 0, 23",
    ),
  ).toBe(
    'Open tickets: 23, against 0 at the start of the 2 days with data. 20 tickets came in on ' +
      'these days, against 0 resolved; the others are of days without data.',
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
