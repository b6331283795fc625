import * as fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { Deployment, query, useDeployments } from './nights.js';

const { deploy } = useDeployments();
const HEADER = 'activity_id,user_id,activity_type,activity_at';
const record = (id: number) => `${id},${id},view,2026-03-01 10:00:00`;
const csv = (id: number) => `${HEADER}\n${record(id)}\n`;

const SMALL = `engine: { threads: 1, memory_limit: 256MB }
log: { level: silent }
table_defaults: { columns: { activity_id: { type: integer }, user_id: { type: integer } } }
`;

/** A deployment whose folders are called as given. */
async function deployIn(
  folder: string,
  tables = '',
  { exports = 'exports', output = 'output' } = {},
) {
  const outer = await deploy();
  const inner = path.join(outer.folder, folder);
  await fs.mkdir(path.join(inner, exports), { recursive: true });
  const file = path.join(inner, 'dayfold.yaml');
  const stores = { exports: { store: `./${exports}` }, output: { store: `./${output}` } };
  await fs.writeFile(
    file,
    `${SMALL}exports: ${JSON.stringify(stores.exports)}\noutput: ${JSON.stringify(stores.output)}\n${tables}`,
  );
  return new Deployment(inner, await loadConfig(file), outer.jobs);
}

const ANY = 'tables: { activity_log: { files: "activity_log/{date}*" } }\n';

describe('the name of an export is no pattern', () => {
  test.each([
    ['brackets', ['2026-03-01[1]', '2026-03-011']],
    ['stars and question marks', ['2026-03-01*', '2026-03-01?', '2026-03-01 other']],
    [
      'braces, quotes and what is no ASCII',
      ['2026-03-01{a,b}', `2026-03-01 it's "ü😀" %20`, '2026-03-01 ~$#&;|<>'],
    ],
    ['backslashes', ['2026-03-01\\', '2026-03-01\\*', '2026-03-01\\[1]']],
  ])('%s', async (_, names) => {
    const deployment = await deployIn('plain', ANY);
    for (const [i, name] of names.entries())
      await deployment.deliver(`activity_log/${name}.csv`, csv(i + 1));
    // simple, and rewritten
    await deployment.deliver(
      `activity_log/${names[0]} again.csv`,
      `${HEADER}\n\n${record(names.length + 1)}\n`,
    );
    await deployment.night('2026-03-01');
    const rows = await deployment.rows('clean/activity_log', 'activity_id', 'order by all');
    expect(rows.map(({ activity_id }) => activity_id)).toEqual([...names, ''].map((_, i) => i + 1));
  });

  test('of Parquet either', async () => {
    const deployment = await deployIn('plain', ANY.replace('}*"', '}*", format: parquet'));
    for (const [i, name] of ['2026-03-01[1]', '2026-03-011', '2026-03-01*'].entries()) {
      await deployment.deliver(`activity_log/${name}`, '');
      await query(
        `copy (select ${i} as activity_id, 7 as user_id, 'view' as activity_type, timestamp '2026-03-01 09:00:00' as activity_at)
         to '${deployment.exports.locate(`activity_log/${name}`)}' (format parquet)`,
      );
    }
    await deployment.night('2026-03-01');
    expect(await deployment.rows('clean/activity_log', 'activity_id')).toHaveLength(3);
  });
});

describe('nor are the names of the folders of exports and output', () => {
  test.each([
    ['both', 'de*ploy[1]?', {}],
    ['exports', 'plain', { exports: 'ex*' }],
    ['exports with a backslash', 'plain', { exports: 'ex*\\' }],
    ['output', 'plain', { output: 'out[1]' }],
    ['of the kind name=value', 'plain', { exports: 'activity_id=3' }],
  ])('%s', async (_, folder, names) => {
    const deployment = await deployIn(folder, ANY, names);
    const { exports = 'exports', output = 'output' }: { exports?: string; output?: string } = names;
    await deployment.write(`${exports}/activity_log/2026-03-01.csv`, csv(1));
    await deployment.write(
      `${exports.replace(/\*|$/, '-old')}/activity_log/2026-03-01.csv`,
      csv(2),
    );
    const outcome = await deployment.night('2026-03-01');
    expect(outcome.ledger.find(({ table }) => table === 'activity_log')).toMatchObject({ kept: 1 });
    const latest = path.join(
      deployment.folder,
      output,
      'latest/clean/activity_log/event_date=2026-03-01',
    );
    const [file] = await fs.readdir(latest);
    const copy = path.join((await deploy()).folder, 'copy.parquet');
    await fs.copyFile(path.join(latest, file ?? ''), copy);
    expect(await query(`select activity_id, user_id from read_parquet('${copy}')`)).toEqual([
      { activity_id: 1, user_id: 1 },
    ]);
  });
});

test('an output folder named name=value is refused, because its tables are read with such names', async () => {
  const deployment = await deployIn('plain', ANY, { output: 'event_date=2020-01-01' });
  await deployment.deliver('activity_log/2026-03-01.csv', csv(1));
  await expect(deployment.night('2026-03-01')).rejects.toThrow(
    /^Expected a folder for the output without = in its path, found .*event_date=2020-01-01\/: choose another one/,
  );
});

describe('a folder named name=value is no column', () => {
  test.each(['f1=99/c1=98', 'user_id=5', 'activity_type=x/event_date=2020-01-01'])(
    '%s',
    async (folder) => {
      const deployment = await deployIn(
        'plain',
        `tables: { activity_log: { files: "${folder}/{date}*" } }\n`,
      );
      await deployment.deliver(`${folder}/2026-03-01.csv`, csv(1));
      await deployment.deliver(`${folder}/2026-03-01-rewritten.csv`, `${HEADER}\n\n${record(2)}\n`);
      await deployment.night('2026-03-01');
      expect(
        await deployment.rows(
          'clean/activity_log',
          'activity_id, user_id, activity_type',
          'order by all',
        ),
      ).toEqual([1, 2].map((id) => ({ activity_id: id, user_id: id, activity_type: 'view' })));
    },
  );
});
