import * as fs from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadSources } from '../../../src/config/contracts.js';
import { DataError } from '../../../src/errors.js';
import { type Examined, examine } from '../../../src/night/corrections/repair.js';
import { objectsOf } from '../../../src/release/partition.js';
import type { Partition } from '../../../src/release/schema.js';
import { FileStore } from '../../../src/store/folder.js';
import { type Deployment, useDeployments } from '../nights.js';

const { deploy } = useDeployments();

const keyOf = (date: string) => `activity_log/activity_log_${date}.csv`;
const csv = (...records: string[]) =>
  `${['activity_id,user_id,activity_type,activity_at', ...records].join('\n')}\n`;

let deployment: Deployment;
/** The content of the sound release: what every repair must come back to. */
let sound: Map<string, string>;
let original: Deployment;

/** Two exports, each with a refused record, and two releases. */
beforeAll(async () => {
  deployment = await deploy();
  await deployment.deliver(
    keyOf('2026-03-01'),
    csv('1,7,view,2026-03-01 09:00:00', 'x,7,view,2026-03-01 10:00:00'),
  );
  await deployment.night('2026-03-01');
  await deployment.deliver(
    keyOf('2026-03-02'),
    csv('2,8,view,2026-03-02 09:00:00', 'y,8,view,2026-03-02 10:00:00'),
  );
  await deployment.night('2026-03-02');
  sound = await contents();
  original = deployment;
});

/** A copy of them for each test. */
beforeEach(async () => {
  deployment = await deploy();
  await fs.cp(original.folder, deployment.folder, { recursive: true, preserveTimestamps: true });
});

/** Every object of the live release, with the hash that its bytes have. */
async function contents(): Promise<Map<string, string>> {
  const files = await deployment.files();
  const keys = [...(await deployment.release()).partitions()]
    .flatMap(objectsOf)
    .map(({ key }) => key);
  return new Map(keys.map((key) => [key, files.get(key)?.split(' ')[1] ?? 'gone']));
}

async function look(): Promise<Examined> {
  return examine(deployment.output, deployment.exports, await loadSources(deployment.config));
}

async function repair(): Promise<Examined> {
  const examined = await look();
  await deployment.night([], { base: examined.base });
  return examined;
}

async function partition(table: string, name: string): Promise<Partition> {
  const found = (await deployment.release()).get(table, name);
  if (found === undefined) throw new Error(`there is no ${table} ${name}`);
  return found;
}

const objectKey = async (table: string, name: string) =>
  objectsOf(await partition(table, name))[0]?.key ?? '';
const change = (key: string, text: string) => fs.writeFile(deployment.output.locate(key), text);
const expire = (date: string) => fs.rm(path.join(deployment.folder, 'exports', keyOf(date)));
const manifestOf = async (table: string) => {
  const commit = JSON.parse(String(await deployment.output.read('_commits/000000000002.json')));
  return commit.release.manifests[table]['2026-03'] as string;
};

test('a release that is whole has nothing to repair', async () => {
  expect(await look()).toMatchObject({ release: 2, damage: [], lost: [] });
});

test('an export whose bytes changed though it is listed as it was is read again', async () => {
  deployment = await deploy();
  for (const day of [1, 2])
    await deployment.deliver(
      keyOf(`2026-03-0${day}`),
      csv(`${day},${day},view,2026-03-0${day} 09:00:00`),
    );
  const listedTheSame = new (class extends FileStore {
    override async *list(prefix: string | readonly string[]) {
      for await (const entry of super.list(prefix)) yield { ...entry, version: 'the same' };
    }
  })(deployment.exports.folder);
  await deployment.night('2026-03-02', { exports: listedTheSame });
  await deployment.deliver(keyOf('2026-03-01'), csv('1,8,view,2026-03-01 09:00:00'));
  const sources = await loadSources(deployment.config);
  const { changed, base } = await examine(deployment.output, listedTheSame, sources);
  expect(changed).toEqual([keyOf('2026-03-01')]);
  await deployment.night([], { exports: listedTheSame, base });
  expect(await deployment.rows('clean/activity_log', 'user_id', 'order by all')).toEqual([
    { user_id: 2 },
    { user_id: 8 },
  ]);
});

describe('what can be built again is as it was before', () => {
  test.each([
    ['staged/activity_log', keyOf('2026-03-01')],
    ['clean/activity_log', '2026-03-01'],
    ['daily/user_day', '2026-03-02'],
    ['rolling/user_window', '2026-03-01'],
    ['report/busiest_days', '2026-03-02'],
    ['report/report', '2026-03-01'],
    ['index/reports', 'all'],
    ['index/schemas', 'all'],
  ])('%s %s, when its object is gone', async (table, name) => {
    const key = await objectKey(table, name);
    await deployment.output.remove(key);
    const { damage, lost } = await repair();
    const of =
      table === 'clean/activity_log' ? `staged/activity_log ${keyOf(name)}` : `${table} ${name}`; // its main file
    expect({ damage, lost }).toEqual({
      damage: [{ key, problem: 'gone', partition: of }],
      lost: [],
    });
    expect(await contents()).toEqual(sound);
    expect((await look()).damage).toEqual([]);
  });

  test('a night that would read a changed object publishes nothing', async () => {
    const key = await objectKey('daily/user_day', '2026-03-02');
    const bytes = (await deployment.output.read(key)) as Buffer;
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    await deployment.output.write(key, bytes);
    await deployment.deliver(keyOf('2026-03-03'), csv('3,8,view,2026-03-03 09:00:00'));
    const output = new FileStore(deployment.output.folder);
    await expect(deployment.night('2026-03-03', { output })).rejects.toThrow(
      /user_day.*expected the bytes that the release names, found others: .* let run-job repair/,
    );
    await expect(deployment.night('2026-03-03', { output })).rejects.toThrow(DataError);
    expect((await deployment.release()).number).toBe(2);
  });

  test('an object that was changed by hand', async () => {
    const key = await objectKey('clean/activity_log', '2026-03-01');
    await change(key, 'PAR1');
    expect((await repair()).damage).toEqual([
      { key, problem: 'changed', partition: `staged/activity_log ${keyOf('2026-03-01')}` },
    ]);
    expect(await contents()).toEqual(sound);
  });

  test('all objects at once', async () => {
    for (const key of sound.keys()) await deployment.output.remove(key);
    expect((await repair()).lost).toEqual([]);
    expect(await contents()).toEqual(sound);
  });

  test.each(['staged/activity_log', 'daily/day', 'report/report'])(
    'the manifest of %s, when it is torn',
    async (table) => {
      await change(await manifestOf(table), '[\n{"name"');
      const { damage, lost } = await repair();
      expect(damage).toEqual([
        { key: expect.stringContaining(`manifests/${table}/2026-03/`), problem: 'changed' },
      ]);
      expect(lost).toEqual([]);
      expect(await contents()).toEqual(sound);
    },
  );

  test('all manifests, when they are gone', async () => {
    await fs.rm(deployment.output.locate('manifests'), { recursive: true });
    await repair();
    // the as-of dates stood nowhere else
    const clean = [...sound].filter(([key]) => /objects\/(staged|clean|daily)\//.test(key));
    expect(
      [...(await contents())].filter(([key]) => /objects\/(staged|clean|daily)\//.test(key)),
    ).toEqual(clean);
  });

  test('the commit, when it is torn', async () => {
    await change('_commits/000000000002.json', '{"format": 1');
    const { damage } = await repair();
    expect(damage).toEqual([{ key: '_commits/000000000002.json', problem: 'changed' }]);
    expect((await deployment.release()).number).toBe(3);
    expect(await contents()).toEqual(sound);
  });
});

describe('of an export that is gone', () => {
  test('rows that are damaged are lost, and said to be', async () => {
    await expire('2026-03-01');
    await deployment.output.remove(await objectKey('staged/activity_log', keyOf('2026-03-01')));
    const { lost } = await repair();
    expect(lost).toEqual([
      { export: keyOf('2026-03-01'), table: 'staged/activity_log', what: 'rows' },
    ]);
    expect(await deployment.rows('clean/activity_log', 'activity_id')).toEqual([
      { activity_id: 2 },
    ]);
  });

  test('refused records that are damaged are lost, and its rows are kept', async () => {
    await expire('2026-03-01');
    const { quarantine } = await partition('staged/activity_log', keyOf('2026-03-01'));
    await deployment.output.remove(quarantine?.key ?? '');
    const { lost } = await repair();
    expect(lost).toEqual([
      { export: keyOf('2026-03-01'), table: 'staged/activity_log', what: 'refused records' },
    ]);
    expect(await deployment.rows('clean/activity_log', 'activity_id', 'order by 1')).toHaveLength(
      2,
    );
    expect((await look()).lost).toEqual([]);
  });

  test('rows stay when the manifest that names them is torn and an earlier one has them', async () => {
    await expire('2026-03-01');
    await change(await manifestOf('staged/activity_log'), '');
    expect((await repair()).lost).toEqual([]);
    expect(await contents()).toEqual(sound);
  });

  test('rows are lost when no manifest has them', async () => {
    await expire('2026-03-02');
    await change(await manifestOf('staged/activity_log'), '');
    expect((await look()).lost).toEqual([
      { export: keyOf('2026-03-02'), table: 'staged/activity_log', what: 'rows' },
    ]);
  });
});

describe('a night that meets damage says what it is, and how to repair it', () => {
  /** Makes the next night read staged rows of March 1. */
  const late = () => deployment.deliver(keyOf('2026-03-03'), csv('3,7,view,2026-03-01 12:00:00'));

  test('an object that is gone', async () => {
    const key = await objectKey('staged/activity_log', keyOf('2026-03-01'));
    await deployment.output.remove(key);
    await late();
    const night = deployment.night('2026-03-03');
    await expect(night).rejects.toThrow(DataError);
    await expect(night).rejects.toThrow(
      `${deployment.output.locate(key)}: the release names this object, but it is gone`,
    );
    await expect(night).rejects.toThrow('run-job repair');
  });

  test.each<[string, (body: Buffer) => Buffer]>([
    ['cut off', (body) => body.subarray(0, 100)],
    ['emptied', () => Buffer.alloc(0)],
    [
      'overwritten',
      (body) => Buffer.concat([body.subarray(0, 4), Buffer.alloc(body.length - 4, 7)]),
    ],
  ])('an object that was %s', async (_, damage) => {
    const key = await objectKey('staged/activity_log', keyOf('2026-03-01'));
    await fs.writeFile(
      deployment.output.locate(key),
      damage(await fs.readFile(deployment.output.locate(key))),
    );
    await late();
    await expect(deployment.night('2026-03-03')).rejects.toThrow(/run-job repair/);
  });

  test('an export that is gone by the time it is read', async () => {
    await late();
    const exports = new (class extends FileStore {
      override async fetch(key: string, folder: string): Promise<string> {
        if (key === keyOf('2026-03-03')) await fs.rm(this.locate(key));
        return super.fetch(key, folder);
      }
    })(deployment.exports.folder);
    const night = deployment.night('2026-03-03', { exports });
    await expect(night).rejects.toThrow(DataError);
    await expect(night).rejects.toThrow(`${keyOf('2026-03-03')}: expected the export, because`);
  });

  test('a clock that was set back', async () => {
    await late();
    const outcome = await deployment.night('2026-03-03', {
      clock: () => new Date('2026-11-21T23:00:00Z'),
    });
    expect(outcome).toMatchObject({ published: true, release: 3 });
    expect(outcome.notes[0]).toMatch(
      /^the clock of this machine says 2026-11-21T23:00:00.000Z, but release 2 was published at 2026-11-22T03:00:00.000Z/,
    );
  });
});
