import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { effectiveConfig } from '../../src/config/origins.js';
import { messageOfRejection, useConfigurations } from './configurations.js';

const configurations = useConfigurations();
const FILE = `time_zone: Europe/Berlin
settings: { many_sessions: 5 }
tables:
  sessions: { delimiter: ";" }
`;
const load = async (env: Record<string, string>, text = FILE) =>
  loadConfig(await configurations.write(text), env);

describe('a variable of the environment', () => {
  test('overrides the file, which overrides the defaults', async () => {
    const config = await load({
      DAYFOLD_TIME_ZONE: 'Asia/Tokyo',
      DAYFOLD_OUTPUT__ENDPOINT: 'http://127.0.0.1:9000',
    });
    expect(config).toMatchObject({
      time_zone: 'Asia/Tokyo',
      output: { endpoint: 'http://127.0.0.1:9000', store: './output' },
      settings: { many_sessions: 5, few_features: 3 },
    });
  });

  test('is YAML: numbers, truth, lists, maps, and nothing for null', async () => {
    const config = await load({
      DAYFOLD_ENGINE__THREADS: '2',
      DAYFOLD_OUTPUT__SINGLE_WRITER: 'true',
      DAYFOLD_JOBS: '[./own, ./more]',
      DAYFOLD_RETENTION__KEEP_DAYS: '',
      DAYFOLD_TABLES__SESSIONS__COLUMNS: '{ user_id: customer }',
    });
    expect(config).toMatchObject({
      engine: { threads: 2 },
      output: { single_writer: true },
      jobs: ['./own', './more'],
    });
    expect(config.retention.keep_days).toBeNull();
    expect(config.tables.sessions).toMatchObject({
      delimiter: ';',
      columns: { user_id: 'customer' },
    });
  });

  test('of table_defaults fills in what no table sets', async () => {
    const { tables } = await load({ DAYFOLD_TABLE_DEFAULTS__DELIMITER: '"|"' });
    expect([tables.sessions?.delimiter, tables.users?.delimiter]).toEqual([';', '|']);
  });

  test('is not ours when it has another name, or the one that Kubernetes gives it', async () => {
    await expect(
      load({
        OUTPUT__STORE: 'x',
        DAYFOLD_PORT: 'tcp://10.0.0.1:80',
        DAYFOLD_SERVICE_HOST: '10.0.0.1',
      }),
    ).resolves.toMatchObject({ output: { store: './output' } });
  });

  test.each([
    [
      { DAYFOLD_OUTPT__STORE: 'x' },
      /^ConfigError: DAYFOLD_OUTPT__STORE: expected one of preset, time_zone, .* found outpt: did you mean output\?$/,
    ],
    [
      { DAYFOLD_OUTPUT__STOR: 'x' },
      /^ConfigError: DAYFOLD_OUTPUT__STOR: output\.stor: expected a known key, found stor/,
    ],
    [
      { DAYFOLD_ENGINE: '{ threads: 1 }', DAYFOLD_ENGINE__THREADS: 'two' },
      /^ConfigError: DAYFOLD_ENGINE__THREADS: engine\.threads: expected a number, found "two"$/,
    ],
    [
      { DAYFOLD_ENGINE__THREADS: 'two' },
      /^ConfigError: DAYFOLD_ENGINE__THREADS: engine\.threads: expected a number, found "two"$/,
    ],
    [{ DAYFOLD_JOBS: '[a' }, /^ConfigError: DAYFOLD_JOBS: expected YAML, found: /],
    [
      { DAYFOLD_ENGINE: '3', DAYFOLD_ENGINE__THREADS: '2' },
      /^ConfigError: DAYFOLD_ENGINE__THREADS: expected no variable for engine/,
    ],
  ])('%o is refused by its name', async (env, message) => {
    expect(await messageOfRejection(load(env as Record<string, string>))).toMatch(message);
  });
});

describe('the effective configuration', () => {
  test('tells where each value comes from', async () => {
    const file = await configurations.write(FILE);
    const env = { DAYFOLD_OUTPUT__STORE: 's3://b/p', DAYFOLD_TABLE_DEFAULTS__FORMAT: 'jsonl' };
    const from = new Map(
      (await effectiveConfig(file, env)).map(({ key, value, from }) => [key, [value, from]]),
    );
    const line = (number: number) => `${file}:${number}`;
    expect(from.get('time_zone')).toEqual(['Europe/Berlin', line(1)]);
    expect(from.get('settings.many_sessions')).toEqual([5, line(2)]);
    expect(from.get('settings.few_features')).toEqual([3, 'default']);
    expect(from.get('output.store')).toEqual(['s3://b/p', 'DAYFOLD_OUTPUT__STORE']);
    expect(from.get('tables.sessions.delimiter')).toEqual([';', line(4)]);
    expect(from.get('tables.sessions.format')).toEqual(['jsonl', 'DAYFOLD_TABLE_DEFAULTS__FORMAT']);
    expect(from.get('tables.users.files')).toEqual(['users/users_{date}.csv', 'default']);
  });

  test('has every value of the configuration', async () => {
    const keys = (await effectiveConfig(undefined, {})).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual(
      expect.arrayContaining(['time_zone', 'jobs', 'tables.users.columns', 'log.level']),
    );
  });

  test('shows no secret', async () => {
    const shown = await effectiveConfig(undefined, {
      DAYFOLD_ALERTS__WEBHOOK: 'https://hooks.example.com/services/T00/B00/planted',
      DAYFOLD_ALERTS__COMMAND: '[notify, --token, planted]',
      DAYFOLD_LINEAGE__URL: 'https://example.com/lineage?key=planted',
    });
    expect(JSON.stringify(shown)).not.toContain('planted');
    const value = (name: string) => shown.find(({ key }) => key === name)?.value;
    expect(value('alerts.webhook')).toBe('https://hooks.example.com/***');
    expect(value('alerts.command')).toEqual(['notify', '***']);
  });

  test('is one that loads: the defaults beside this test', async () => {
    const defaults = path.resolve('config/default.yaml');
    const values = async (file?: string) =>
      (await effectiveConfig(file, {})).map(({ key, value }) => [key, value]);
    expect(await values(defaults)).toEqual(await values());
  });
});
