import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isMap, LineCounter, type Node, parseDocument } from 'yaml';
import { loadConfig } from '../../src/config/config.js';
import { messageOfRejection, useConfigurations } from './configurations.js';

const configurations = useConfigurations();
const DEFAULTS = fileURLToPath(new URL('../../config/default.yaml', import.meta.url));

const load = async (text: string) => loadConfig(await configurations.write(text));

describe('without a file', () => {
  test('the defaults load, from the current folder', async () => {
    expect(await loadConfig()).toMatchObject({
      time_zone: 'UTC',
      settings: { short_window_days: 30, long_window_days: 60 },
      base: process.cwd(),
    });
  });

  test('each table has the table defaults', async () => {
    const { tables, table_defaults } = await loadConfig();
    expect(tables.sessions).toEqual({ files: 'sessions/sessions_{date}.csv', ...table_defaults });
  });
});

describe('the file of the defaults', () => {
  test('is a configuration itself', async () => {
    const { file: _, base: __, ...defaults } = await loadConfig();
    const { file: ___, base: ____, ...again } = await loadConfig(DEFAULTS);
    expect(again).toEqual(defaults);
  });

  test.each(['s3.yaml'])('%s beside it is one', async (name) => {
    const { exports, output } = await loadConfig(path.join(path.dirname(DEFAULTS), name));
    expect([exports.store, output.store, output.checksums]).toEqual([
      's3://example-exports/nightly',
      's3://example-analytics/dayfold',
      'md5',
    ]);
  });

  test('has a comment beside or above every key', async () => {
    const text = await readFile(DEFAULTS, 'utf8');
    const lines = text.split('\n');
    const counter = new LineCounter();
    const document = parseDocument(text, { lineCounter: counter });
    const lineOf = (node: Node) => counter.linePos(node.range?.[0] ?? 0).line - 1;
    const isComment = (line: number) => /^\s*#/.test(lines[line] ?? '');
    /** keys on lines that follow one another share the comment above the first */
    const hasComment = (line: number) => {
      let first = line;
      while (!isComment(first - 1) && /\S/.test(lines[first - 1] ?? '')) first--;
      return /#/.test(lines[line] ?? '') || isComment(first - 1);
    };
    const bare: string[] = [];
    const look = (node: unknown) => {
      if (!isMap<Node, Node>(node)) return;
      for (const { key, value } of node.items) {
        if (!hasComment(lineOf(key))) bare.push(String(key));
        look(value);
      }
    };
    look(document.contents);
    expect(bare).toEqual([]);
  });
});

describe('a file', () => {
  test('that is empty changes nothing', async () => {
    expect((await load('')).settings).toEqual((await loadConfig()).settings);
  });

  test('names only what differs, key by key', async () => {
    const { settings } = await load('settings: { many_sessions: 5 }');
    expect(settings).toEqual({ ...(await loadConfig()).settings, many_sessions: 5 });
  });

  test('replaces lists whole', async () => {
    const { table_defaults } = await load('table_defaults: { missing: ["none"] }');
    expect(table_defaults.missing).toEqual(['none']);
  });

  test('sets table_defaults for each table', async () => {
    const { tables } = await load('table_defaults: { delimiter: ";" }');
    expect(Object.values(tables).map(({ delimiter }) => delimiter)).toEqual([
      ';',
      ';',
      ';',
      ';',
      ';',
    ]);
  });

  test('sets a table over table_defaults', async () => {
    const { tables } = await load(
      'table_defaults: { delimiter: ";" }\ntables: { users: { delimiter: "|" } }',
    );
    expect([tables.users?.delimiter, tables.sessions?.delimiter]).toEqual(['|', ';']);
  });

  test('is where relative folders start from', async () => {
    expect((await load('')).base).toBe(configurations.folder());
  });
});

describe('a secret is refused, and not shown', () => {
  test.each([
    'output: { access_key_id: HUSH }',
    'output: { secretAccessKey: HUSH }',
    'exports: { secret: HUSH }',
    'exports: { session_token: HUSH }',
    'aws_secret_access_key: HUSH',
    'output: { endpoint: "https://me:HUSH@storage.example.com" }',
    'exports: { store: "s3://HUSH:HUSH@bucket/prefix" }',
  ])('%s', async (text) => {
    const message = await messageOfRejection(load(text));
    expect(message).toContain(
      'expected no secret in this file: the credentials come from AWS_ACCESS_KEY_ID',
    );
    expect(message).not.toContain('HUSH');
  });
});

describe('a mistake is reported with file, line, key, what was expected and what was found', () => {
  test.each<[string, string, string]>([
    [
      'an unknown key',
      'log: { level: info }\ncolour: red',
      ':2: colour: expected one of after_publish, alerts, checks, ',
    ],
    [
      'a key that belongs one level down',
      'keep_days: 90',
      ':1: keep_days: expected a known key, found keep_days: did you mean retention.keep_days?',
    ],
    [
      'a store that is neither a folder nor a bucket',
      'log: { level: info }\noutput: { store: "s3:/bucket" }',
      ':2: output.store: expected a folder or s3://bucket/prefix with two slashes after the colon (a folder of this name is ./s3:/bucket), found "s3:/bucket"',
    ],
    [
      'an unknown key that holds keys',
      'colour:\n  red: 1\n',
      ':1: colour: expected one of after_publish, ',
    ],
    [
      'an unknown key deep down',
      'engine:\n  cores: 2',
      ':2: engine.cores: expected one of kind, memory_limit,',
    ],
    [
      'a key spelled wrong',
      'ouptut: {}',
      ':1: ouptut: expected a known key, found ouptut: did you mean output?',
    ],
    [
      'a key of a table spelled wrong',
      'tables:\n  sessions:\n    delimter: ";"',
      ':3: tables.sessions.delimter: expected a known key, found delimter: did you mean delimiter?',
    ],
    [
      'a key of a column spelled wrong',
      'tables:\n  sessions:\n    columns:\n      user_id: { form: uid }',
      ':4: tables.sessions.columns.user_id.form: expected a known key, found form: did you mean from?',
    ],
    ['a preset spelled wrong', 'preset: mixpannel', 'found "mixpannel": did you mean mixpanel?'],
    [
      'a wrong type',
      '\nengine:\n  threads: many',
      ':3: engine.threads: expected a number, found "many"',
    ],
    ['a value for a map', 'settings: 3', ':1: settings: expected a map, found 3'],
    [
      'a map for a value',
      'log:\n  level:\n    high: 1',
      ':2: log.level: expected one of trace, debug',
    ],
    [
      'columns for a list of keys',
      'tables:\n  sessions:\n    key: [user_id]',
      ':3: tables.sessions.key.0: expected columns as a list in a list: [[user_id, day]], found "user_id"',
    ],
    ['a text for a list', 'jobs: own', ':1: jobs: expected a list, found "own"'],
    ['a list for the file', '- a', ': the file: expected a map, found ["a"]'],
    [
      'a word that is none of those',
      'log: { level: loud }',
      ':1: log.level: expected one of trace, debug, info, warn, error, silent, found "loud"',
    ],
    [
      'a cron expression with seconds',
      'schedule: { cron: "0 0 3 * * *" }',
      ':1: schedule.cron: expected a cron expression of five fields, each in its range, that comes due, such as "0 3 * * *", found "0 0 3 * * *"',
    ],
    [
      'a cron expression that never fires',
      'schedule: { cron: "0 3 30 2 *" }',
      ':1: schedule.cron: expected a cron',
    ],
    [
      'one mark for decimals and thousands',
      'tables: { sessions: { thousands: "." } }',
      ':1: tables.sessions.thousands: expected another mark than that of decimals, ., found "."',
    ],
    [
      'a time of day that is none',
      'wait_for: { until: "24:30" }',
      ':1: wait_for.until: expected a time of day',
    ],
    [
      'a table to wait for that is none',
      'wait_for: { tables: [logins] }',
      ':1: wait_for.tables.0: expected one of activity_log, sessions',
    ],
    [
      'a marker without a date',
      'wait_for: { marker: _SUCCESS }',
      ':1: wait_for.marker: expected a pattern with {date}',
    ],
    [
      'a number that is too small',
      'settings: { top_features: 0 }',
      ':1: settings.top_features: expected at least 1, found 0',
    ],
    [
      'a number that is too large',
      'http: { port: 65536 }',
      ':1: http.port: expected at most 65535, found 65536',
    ],
    [
      'an empty list',
      'alerts: { command: [] }',
      ':1: alerts.command: expected at least 1 entry, found []',
    ],
    [
      'a word in place of a number or another word',
      'tables: { sessions: { unique_within_days: forevr } }',
      ':1: tables.sessions.unique_within_days: expected a number or forever, found "forevr"',
    ],
    [
      'a number out of range in place of a number or a word',
      'tables: { sessions: { unique_within_days: 0 } }',
      ':1: tables.sessions.unique_within_days: expected at least 1, found 0',
    ],
    [
      'a zone that is none',
      'time_zone: Mars/Base',
      ':1: time_zone: expected an IANA time zone such as Europe/Berlin, found "Mars/Base"',
    ],
    [
      'a zone of a table that is none',
      'tables:\n  users:\n    times_in: CEST+1\n',
      ':3: tables.users.times_in: expected an IANA time zone such as Europe/Berlin, found "CEST+1"',
    ],
    [
      'a date that is none',
      'earliest: 2026-02-30',
      ':1: earliest: expected a date as YYYY-MM-DD, found "2026-02-30"',
    ],
    [
      'a pattern without {date}',
      'tables:\n  users: { files: users.csv }',
      ':2: tables.users.files: expected a pattern with {date} once, such as sessions/sessions_{date}.csv, found "users.csv"',
    ],
    [
      'a pattern with {date} twice',
      'tables: { users: { files: "{date}/{date}.csv" } }',
      'expected a pattern with {date} once, such as sessions/sessions_{date}.csv, found "{date}/{date}.csv"',
    ],
    [
      'windows of equal length',
      'settings: { short_window_days: 60 }',
      ':1: settings.long_window_days: expected more days than short_window_days, found 60',
    ],
    [
      'fewer days kept than a night reads',
      'retention: { keep_days: 119 }',
      ':1: retention.keep_days: expected at least twice long_window_days, for so far back every night reads, found 119',
    ],
    [
      'a memory limit without a unit',
      'engine: { memory_limit: "256" }',
      ':1: engine.memory_limit: expected a size such as 256MB, found "256"',
    ],
    [
      'a delimiter of nine characters',
      'table_defaults: { delimiter: "|||||||||" }',
      'expected one to eight ASCII characters, found "|||||||||"',
    ],
    [
      'a column source that is none',
      'tables: { users: { columns: { user_id: 7 } } }',
      ':1: tables.users.columns.user_id: expected a column name, a list of names, or { from, sql or constant, type, description, missing, default, accepted, min, max, max_missing, unit }, found 7',
    ],
    ['text that is not YAML', 'log:\n  level: "info\n', 'expected YAML, found: '],
    [
      'a key that is there twice',
      'time_zone: UTC\ntime_zone: UTC',
      ':2: expected YAML, found: Map keys must be unique',
    ],
  ])('%s', async (_, text, message) => {
    const file = await configurations.write(text);
    const told = await messageOfRejection(loadConfig(file));
    expect(told).toMatch(/^ConfigError: /);
    expect(told).toContain(file);
    expect(told).toContain(message.startsWith(':') ? `${file}${message}` : message);
  });

  test('a file that is not there', async () => {
    const file = path.join(configurations.folder(), 'none.yaml');
    expect(await messageOfRejection(loadConfig(file))).toBe(
      `ConfigError: ${file}: expected a file, found none: check the path`,
    );
  });

  test('each of several problems has its line', async () => {
    const told = await messageOfRejection(load('earliest: soon\ntime_zone: here\n'));
    expect(told.split('\n').map((line) => /:(\d+): /.exec(line)?.[1])).toEqual(['2', '1']);
  });

  test('what comes from table_defaults is at its line there, for each table', async () => {
    const told = await messageOfRejection(load('table_defaults:\n  format: xml\n'));
    expect(told).toMatch(
      /:2: table_defaults.format: expected one of csv, jsonl, json, parquet, found "xml"/,
    );
  });
});
