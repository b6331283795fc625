import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError } from '../../src/errors.js';
import { loadModels } from '../../src/model/load.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dayfold-models-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function model(path: string, reads: string) {
  const layer = path.split('/').at(-2);
  const column = layer === 'clean' || layer === 'daily' ? 'event_date' : 'as_of_date';
  const kind = layer === 'report' ? 'question' : 'about';
  const header = [
    `-- ${kind}: a model`,
    `-- grain: ${column}`,
    `-- reads: ${reads}`,
    '-- columns:',
  ];
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(
    file,
    [...header, `--   ${column} | date | | the date`, 'select 1', ''].join('\n'),
  );
}

test('each model comes after those it reads, whatever their names', async () => {
  await model('jobs/rolling/b.sql', 'daily.z window, previous.b before');
  await model('jobs/daily/a.sql', 'daily.z');
  await model('jobs/daily/z.sql', 'clean.y');
  await model('jobs/clean/y.sql', 'staged.y');
  await model('jobs/report/a.sql', 'rolling.b, daily.a window');
  const models = await loadModels([join(folder, 'jobs')]);
  expect(models.map(({ layer, name }) => `${layer}.${name}`)).toEqual([
    'clean.y',
    'daily.z',
    'daily.a',
    'rolling.b',
    'report.a',
  ]);
});

test('a deployment adds models of its own in another folder', async () => {
  await model('jobs/clean/y.sql', 'staged.y');
  await model('own/daily/mine.sql', 'clean.y');
  const models = await loadModels([join(folder, 'jobs'), join(folder, 'own')]);
  expect(models.map(({ name }) => name)).toEqual(['y', 'mine']);
});

test('a model of a later folder replaces one of the same name, and says so', async () => {
  await model('jobs/clean/y.sql', 'staged.y');
  await model('own/clean/y.sql', 'staged.y');
  const models = await loadModels([join(folder, 'jobs'), join(folder, 'own')]);
  expect(models).toMatchObject([
    {
      name: 'y',
      file: join(folder, 'own/clean/y.sql'),
      replaces: join(folder, 'jobs/clean/y.sql'),
    },
  ]);
});

test('a model in the place of another one must have its columns', async () => {
  await model('jobs/clean/y.sql', 'staged.y');
  await model('own/clean/y.sql', 'staged.y');
  const file = join(folder, 'own/clean/y.sql');
  const sql = await readFile(join(folder, 'jobs/clean/y.sql'), 'utf8');
  await writeFile(
    join(folder, 'jobs/clean/y.sql'),
    sql.replace('-- columns:\n', '-- columns:\n--   more | text | | more\n'),
  );
  await expect(loadModels([join(folder, 'jobs'), join(folder, 'own')])).rejects.toThrow(
    `${file}: columns: expected more among them`,
  );
});

test('models that read each other in a circle are refused', async () => {
  await model('jobs/daily/a.sql', 'daily.b');
  await model('jobs/daily/b.sql', 'daily.c');
  await model('jobs/daily/c.sql', 'daily.a');
  const loading = loadModels([join(folder, 'jobs')]);
  await expect(loading).rejects.toThrow(ConfigError);
  await expect(loading).rejects.toThrow(/daily.a -> daily.b -> daily.c -> daily.a/);
});

test('a relation that no model makes is refused', async () => {
  await model('jobs/daily/a.sql', 'clean.nowhere');
  await expect(loadModels([join(folder, 'jobs')])).rejects.toThrow(/daily\/a.sql: .*clean.nowhere/);
});

test('a jobs folder that is not there is refused', async () => {
  await expect(loadModels([join(folder, 'nowhere')])).rejects.toThrow(
    /folder of models at .*nowhere/,
  );
});
