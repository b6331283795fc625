import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { loadSources } from '../../src/config/contracts.js';
import { messageOfRejection, useConfigurations } from './configurations.js';

const configurations = useConfigurations();

const load = async (text: string) =>
  loadSources(await loadConfig(await configurations.write(text)));
const column = async (text: string, table: string, name: string) =>
  (await load(text))
    .find((source) => source.table === table)
    ?.columns.find((each) => each.name === name);

describe('a table as this deployment reads it', () => {
  test('has the columns of its contract, with the words for missing', async () => {
    const { table_defaults } = await loadConfig();
    expect(await column('', 'users', 'user_id')).toMatchObject({
      type: 'text',
      from: ['user_id', 'id'],
      missing: table_defaults.missing,
    });
  });

  test('is delivered as the contract says, unless the configuration does', async () => {
    const delivery = async (text: string) =>
      (await load(text)).find(({ table }) => table === 'users')?.delivery;
    expect(await delivery('')).toBe('upsert');
    expect(await delivery('tables: { users: { delivery: snapshot } }')).toBe('snapshot');
  });

  test.each<[string, string, object]>([
    ['a name', 'uid', { from: ['uid'], type: 'text' }],
    ['several names', '[uid, id]', { from: ['uid', 'id'], type: 'text' }],
    ['words for missing', '{ missing: ["0"] }', { from: ['user_id', 'id'], missing: ['0'] }],
    [
      'a name and a default',
      '{ from: uid, default: nobody }',
      { from: ['uid'], default: 'nobody', type: 'text' },
    ],
    ['a default that looks like a number', '{ default: 7 }', { default: '7', type: 'text' }],
  ])('may take a column from %s', async (_, source, expected) => {
    expect(
      await column(`tables: { users: { columns: { user_id: ${source} } } }`, 'users', 'user_id'),
    ).toMatchObject(expected);
  });
});

describe('columns of table_defaults', () => {
  test('are set in each table that has them', async () => {
    const sources = await load('table_defaults: { columns: { user_id: { type: integer } } }');
    const types = sources.map(
      ({ columns }) => columns.find(({ name }) => name === 'user_id')?.type,
    );
    expect(types).toEqual(sources.map(() => 'integer'));
  });

  test('keep what a table does not set of the column, where it gives its name alone', async () => {
    const text =
      'table_defaults: { columns: { user_id: { type: integer } } }\ntables: { users: { columns: { user_id: uid } } }';
    expect(await column(text, 'users', 'user_id')).toMatchObject({
      type: 'integer',
      from: ['uid'],
    });
  });

  test('come after those of the table', async () => {
    const text =
      'table_defaults: { columns: { ticket_id: { type: integer } } }\ntables: { support_tickets: { columns: { ticket_id: { type: text } } } }';
    expect(await column(text, 'support_tickets', 'ticket_id')).toMatchObject({ type: 'text' });
  });
});

describe('what does not go together is reported', () => {
  test.each<[string, string, string]>([
    [
      'a table without a contract',
      'tables: { visits: { files: "{date}.csv" } }',
      'tables.visits: expected one of activity_log, feature_usage, sessions, support_tickets, users, or a contract visits.yaml',
    ],
    [
      'a column that no contract has',
      'tables: { users: { columns: { age: age } } }',
      'tables.users.columns.age: expected one of user_id, created_at',
    ],
    [
      'a column of table_defaults that no contract has',
      'table_defaults: { columns: { userid: { type: integer } } }',
      'table_defaults.columns.userid: expected a column of a contract: activity_id, user_id, ',
    ],
    [
      'ids of one name with two types',
      'tables: { sessions: { columns: { user_id: { type: integer } } } }',
      'tables.sessions.columns.user_id.type: expected text, as in activity_log, found integer',
    ],
    [
      'delivery as counters of a table without a counter',
      'tables: { users: { delivery: counter } }',
      'tables.users.delivery: expected append, upsert or snapshot, because the contract of users names no counter',
    ],
    [
      'a default that is no value of its column',
      'tables: { feature_usage: { columns: { usage_count: { default: some } } } }',
      'tables.feature_usage.columns.usage_count.default: expected a value of type integer, found "some"',
    ],
    [
      'a default that is no time',
      'tables: { users: { columns: { created_at: { default: soon } } } }',
      'tables.users.columns.created_at.default: expected a value of type timestamp, found "soon"',
    ],
    [
      'a limit for text',
      'tables: { sessions: { columns: { session_id: { min: 0 } } } }',
      'tables.sessions.columns.session_id.min: expected none, because only numbers have limits and the column is text, found 0',
    ],
    [
      'accepted values for numbers',
      'tables: { feature_usage: { columns: { usage_count: { accepted: [a, b] } } } }',
      'tables.feature_usage.columns.usage_count.accepted: expected none, because only text has accepted values and the column is integer, found a, b',
    ],
    [
      'an id that is no number and no text',
      'table_defaults: { columns: { user_id: { type: category } } }',
      'tables.sessions.columns.user_id.type: expected integer or text, as ids are, found category',
    ],
    [
      'a time of another type',
      'tables: { sessions: { columns: { login_at: { type: text } } } }',
      'tables.sessions.columns.login_at.type: expected timestamp, because it tells when, found text',
    ],
    [
      'a time that another one may not be before, of another type',
      'tables: { sessions: { columns: { logout_at: { type: category } } } }',
      'tables.sessions.columns.logout_at.type: expected timestamp, because it tells when, found category',
    ],
    [
      'what a counter counts, of another type',
      'tables: { feature_usage: { columns: { usage_count: { type: double } } } }',
      'tables.feature_usage.columns.usage_count.type: expected integer, because it tells how many, found double',
    ],
  ])('%s', async (_, text, message) => {
    const file = await configurations.write(text);
    const told = await messageOfRejection(loadConfig(file).then(loadSources));
    expect(told).toMatch(/^ConfigError: /);
    expect(told).toContain(file);
    expect(told).toContain(message);
  });
});

describe('a contract of a deployment', () => {
  const contract = (changes: string) => `table: visits
description: One row for each visit.
delivery: append
partition: event_date
event_time: visited_at
dates: [visited_at]
key: [[visit_id]]
columns:
  visit_id: { type: integer, from: [visit_id], description: The visit. }
  visited_at: { type: timestamp, required: true, from: [visited_at], description: When. }
${changes}`;

  const told = async (text: string, name = 'visits') => {
    const folder = path.join(configurations.folder(), `jobs-${Math.random()}`);
    await mkdir(path.join(folder, 'clean'), { recursive: true });
    await writeFile(path.join(folder, 'clean', `${name}.yaml`), text);
    return messageOfRejection(
      load(`jobs: ["${folder}"]\ntables: { visits: { files: "{date}.csv" } }`),
    );
  };

  test('joins the built-in ones', async () => {
    expect(await told(contract(''))).toBe('nothing was thrown');
  });

  test('is called as its file', async () => {
    expect(await told(contract(''), 'calls')).toContain(
      'table: expected calls, as the file is called, found visits',
    );
  });

  test('names only columns of its own', async () => {
    expect(await told(contract('').replace('[[visit_id]]', '[[visit_id], [user]]'))).toMatch(
      /visits.yaml:7: key.1.0: expected a column of this table, found "user"/,
    );
  });

  test('has timestamps where times are needed', async () => {
    expect(
      await told(contract('').replace('dates: [visited_at]', 'dates: [visited_at, visit_id]')),
    ).toMatch(
      /visits.yaml:6: dates.1: expected a timestamp column of this table, found "visit_id"/,
    );
  });

  test('has no column that tables have of their own', async () => {
    const line = '  line: { type: text, from: [line], description: The line. }';
    expect(await told(contract(line))).toMatch(
      /visits.yaml:11: columns.line: expected a name other than counter, .*, line, .*: rename the column/,
    );
  });

  test('requires the time that decides the partition', async () => {
    expect(await told(contract('').replace('required: true, ', 'required: false, '))).toMatch(
      /visits.yaml:10: columns.visited_at.required: expected required: true, because the event time decides the partition, found false/,
    );
  });
});
