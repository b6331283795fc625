import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError, StoreError } from '../../src/errors.js';
import { SHARES } from '../../src/sample/mess.js';
import { writeSample } from '../../src/sample/write.js';

let scratch: string;
let files: Map<string, Buffer>;
let written: { files: number; rows: number };

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'dayfold-sample-'));
  written = await writeSample(join(scratch, 'whole'));
  files = await contents(join(scratch, 'whole'));
});
afterAll(() => rm(scratch, { recursive: true }));

describe('the bytes of the sample', () => {
  test('are those of the golden digest, on every machine', () => {
    const total = createHash('sha256');
    for (const [name, bytes] of files) total.update(`${name} ${digest(bytes)}\n`);
    expect(total.digest('hex')).toBe(
      '37f8a4232479dc2bd03ab3cd19f729979d421a549a93b61b80c8542300be511d',
    );
  });

  test('are the same in a second run', async () => {
    await writeSample(join(scratch, 'again'));
    expect(digests(await contents(join(scratch, 'again')))).toEqual(digests(files));
  });

  test('are another sample for another seed', async () => {
    await writeSample(join(scratch, 'other'), { days: 1, seed: 7 });
    const [name, bytes] = [...(await contents(join(scratch, 'other')))][1] ?? ['', Buffer.alloc(0)];
    expect(digest(bytes)).not.toBe(digest(files.get(name) ?? Buffer.alloc(0)));
  });

  test('of fewer days are the first exports of more days', async () => {
    await writeSample(join(scratch, 'short'), { days: 5 });
    const short = digests(await contents(join(scratch, 'short')));
    expect(Object.keys(short)).toHaveLength(5 * 5 + 1);
    expect(digests(files)).toMatchObject(short);
  });
});

describe('the folder of the sample', () => {
  test('holds one export a table for each of sixty days', () => {
    expect(written.files).toBe(300);
    expect([...files.keys()].filter((name) => name.startsWith('exports/sessions/'))).toHaveLength(
      60,
    );
    expect(files.has('exports/activity_log/activity_log_2026-09-22.csv')).toBe(true);
    expect(files.has('exports/feature_usage/feature_usage_2026-11-20.jsonl.gz')).toBe(true);
  });

  test('is refused when it holds something else', async () => {
    const folder = join(scratch, 'taken');
    await mkdir(folder);
    await writeFile(join(folder, 'thesis.txt'), 'mine');
    await expect(writeSample(folder)).rejects.toThrow(ConfigError);
    expect(await readdir(folder)).toEqual(['thesis.txt']);
  });

  test('is an error to act on when it cannot be made', async () => {
    await writeFile(join(scratch, 'file'), '');
    await expect(writeSample(join(scratch, 'file'))).rejects.toThrow(StoreError);
  });

  test.each([{ days: 0 }, { days: 1.5 }, { users: Number.NaN }, { seed: 0.5 }])(
    'is not made with %j',
    async (options) => {
      await expect(writeSample(join(scratch, 'never'), options)).rejects.toThrow(ConfigError);
      expect(await readdir(scratch)).not.toContain('never');
    },
  );

  test('gets its exports replaced, and keeps its config, other files and outputs', async () => {
    const folder = join(scratch, 'kept');
    await writeSample(folder, { days: 3, users: 20 });
    const config = `${await readFile(join(folder, 'dayfold.yaml'), 'utf8')}# my note\n`;
    await writeFile(join(folder, 'dayfold.yaml'), config);
    await writeFile(join(folder, 'exports/users/notes.csv'), 'mine');
    await writeSample(folder, { days: 2, users: 20 });
    expect(await readFile(join(folder, 'dayfold.yaml'), 'utf8')).toBe(config);
    expect(await readdir(join(folder, 'exports/users'))).toEqual([
      'notes.csv',
      'users_2026-09-22.csv',
      'users_2026-09-23.csv',
    ]);
  });
});

describe('the mess in the sample', () => {
  test('is that of about eighty thousand activities', () => {
    expect(records('activity_log').length).toBeGreaterThan(70_000);
    expect(records('activity_log').length).toBeLessThan(90_000);
    const counted = ['activity_log', 'sessions', 'support_tickets', 'users'].map(
      (table) => records(table).length,
    );
    expect(counted.reduce((sum, count) => sum + count, uses().length)).toBe(written.rows);
  });

  test('has times in five spellings, each in a share worth its name', () => {
    const times = records('activity_log').flatMap((fields) => fields[3] ?? []);
    const spellings = {
      plain: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/,
      zulu: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
      offset: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/,
      monthFirst: /^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/,
      epoch: /^\d{13}$/,
    };
    let explained = 0;
    for (const spelling of Object.values(spellings)) {
      const count = times.filter((time) => spelling.test(time)).length;
      explained += count;
      expect(count / times.length).toBeGreaterThan(0.05);
    }
    expect(explained).toBe(times.length);
  });

  test.each([
    [
      'missing types',
      'missingType',
      (fields: string[]) => /^(|null|NULL|N\/A|\?|-)$/.test(fields[2] ?? 'x'),
    ],
    [
      'types in another case or with blanks',
      'mixedCase',
      (fields: string[]) =>
        /[A-Z]{2}[A-Z_]|[A-Z][a-z]|^ | $/.test(fields[2] ?? '') && !/^N/.test(fields[2] ?? ''),
    ],
    ['user ids that are no numbers', 'textId', (fields: string[]) => /\D/.test(fields[1] ?? '')],
    ['times out of range', 'outOfRange', (fields: string[]) => /1970|2099/.test(fields[3] ?? '')],
    ['rows that end early', 'fewFields', (fields: string[]) => fields.length < 5],
    ['rows without an id', 'missingId', (fields: string[]) => fields[0] === ''],
  ] as const)('has %s', (_, kind, holds) => {
    const rows = records('activity_log');
    expectShare(rows.filter((fields) => holds(fields)).length, rows.length, SHARES[kind]);
  });

  test('has rows twice in an export, and again in the next', () => {
    const exports = byExport('activity_log').map((rows) =>
      rows.flatMap((fields) => fields[0] || []),
    );
    const twice = exports
      .map((ids) => ids.length - new Set(ids).size)
      .reduce((sum, count) => sum + count, 0);
    const again = exports
      .map((ids, day) => {
        const next = new Set(exports[day + 1]);
        return next.size - without(next, new Set(ids)).size;
      })
      .reduce((sum, count) => sum + count, 0);
    expectShare(twice, exports.flat().length, SHARES.twice);
    expectShare(again, exports.flat().length, SHARES.again);
  });

  test('has rows that arrive one to three days late', () => {
    const late = byExport('sessions').map(
      (rows, day) => rows.filter((fields) => lag(fields[2] ?? '', day) >= 1).length,
    );
    const count = late.reduce((sum, each) => sum + each, 0);
    expect(count).toBeGreaterThan(100);
    expect(late[0]).toBeGreaterThan(10);
  });

  test('has logouts before their login', () => {
    const swapped = records('sessions').filter((fields) => {
      const [login, logout] = [fields[2] ?? '', fields[3] ?? ''];
      return (
        /^\d{4}-\d\d-\d\d \d/.test(login) && /^\d{4}-\d\d-\d\d \d/.test(logout) && logout < login
      );
    });
    expect(swapped.length).toBeGreaterThan(5);
  });

  test('has sessions exported open and closed the day after', () => {
    const [exports, closed] = [byExport('sessions'), new Set<string>()];
    for (const [day, rows] of exports.entries()) {
      const open = new Set(rows.filter((fields) => fields[3] === '').map((fields) => fields[0]));
      for (const fields of exports[day + 1] ?? []) {
        if (fields[3] !== '' && open.has(fields[0])) closed.add(fields[0] ?? '');
      }
    }
    expect(closed.size).toBeGreaterThan(200);
  });

  test('has tickets exported open and again resolved, and some that stay open', () => {
    const states = new Map<string, Set<string>>();
    for (const [id = '', , status = ''] of records('support_tickets')) {
      states.set(id, (states.get(id) ?? new Set()).add(status.trim().toLowerCase()));
    }
    const kinds = [...states.values()].map((seen) => [...seen].sort().join());
    expect(kinds.filter((kind) => kind === 'open,resolved').length).toBeGreaterThan(100);
    expect(kinds.filter((kind) => kind === 'open').length).toBeGreaterThan(20);
    expect(kinds.filter((kind) => kind === 'resolved').length).toBeGreaterThan(50);
  });

  test('has one field over two lines, and one file with a byte order mark', () => {
    const all = [...files].filter(([name]) => name.endsWith('.csv'));
    expect(all.filter(([, bytes]) => /"[^"]*,[^"]*\n[^"]*"/.test(bytes.toString()))).toHaveLength(
      1,
    );
    expect(
      all.filter(([, bytes]) => bytes.subarray(0, 3).equals(Buffer.from('efbbbf', 'hex'))),
    ).toHaveLength(1);
  });
});

describe('the product in the sample', () => {
  test('is quieter on weekends and busier in November than in September', () => {
    const sizes = byExport('activity_log').map((rows) => rows.length);
    const mean = (days: number[]) =>
      days.reduce((sum, day) => sum + (sizes[day] ?? 0), 0) / days.length;
    const weekend = [...sizes.keys()].filter((day) => day % 7 === 4 || day % 7 === 5);
    const ordinary = [...sizes.keys()].filter((day) => !weekend.includes(day));
    expect(mean(weekend)).toBeLessThan(mean(ordinary) / 2);
    expect(mean(ordinary.slice(-10))).toBeGreaterThan(mean(ordinary.slice(5, 15)) * 1.1);
  });

  test('has fourteen features, one rising and one falling', () => {
    const share = (days: [number, number], feature: string) => {
      const used = usesByExport()
        .slice(...days)
        .flat();
      return used.filter((use) => use.feature === feature).length / used.length;
    };
    expect(
      new Set(
        uses()
          .map((use) => use.feature)
          .filter((name) => /^[a-z_]+$/.test(name) && name !== 'null'),
      ),
    ).toHaveProperty('size', 14);
    expect(share([40, 60], 'assistant')).toBeGreaterThan(share([0, 20], 'assistant') * 2);
    expect(share([40, 60], 'classic_editor')).toBeLessThan(share([0, 20], 'classic_editor') / 2);
  });

  test('has people who never log in, who lapse, and who are active without a ticket', () => {
    const people = new Set(records('users').map((fields) => fields[0] ?? ''));
    const seen = byExport('sessions').map((rows) => new Set(rows.map((fields) => fields[1] ?? '')));
    const before = new Set(seen.slice(0, 20).flatMap((ids) => [...ids]));
    const since = new Set(seen.slice(40).flatMap((ids) => [...ids]));
    const writers = new Set(records('support_tickets').map((fields) => fields[1] ?? ''));
    expect(people.size).toBe(600);
    expect(without(without(people, before), since).size).toBeGreaterThan(5);
    expect(without(before, since).size).toBeGreaterThan(30);
    expect(without(since, writers).size).toBeGreaterThan(100);
  });
});

function without(all: Set<string>, some: Set<string>): Set<string> {
  return new Set([...all].filter((one) => !some.has(one)));
}

function expectShare(count: number, of: number, share: number): void {
  const expected = (of * share) / 10_000;
  expect(count).toBeGreaterThan(expected * 0.6);
  expect(count).toBeLessThan(expected * 1.4);
}

/**
 * Days between a `YYYY-MM-DD HH:MM:SS` time and the date of the export; 0 for other spellings and
 * impossible times.
 */
function lag(time: string, day: number): number {
  if (!/^2026-\d\d-\d\d \d/.test(time)) return 0;
  return (
    day -
    Math.floor((Date.parse(`${time.slice(0, 10)}T00:00:00Z`) - Date.UTC(2026, 8, 22)) / 86_400_000)
  );
}

async function contents(folder: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const name of names.sort())
    found.set(name.slice(folder.length + 1).replaceAll('\\', '/'), await readFile(name));
  return found;
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function digests(from: Map<string, Buffer>): Record<string, string> {
  return Object.fromEntries([...from].map(([name, bytes]) => [name, digest(bytes)]));
}

/** The fields of the records of each CSV export of a table, in the order of the dates. */
function byExport(table: string): string[][][] {
  const parsed = parsedExports.get(table) ?? parse(table);
  parsedExports.set(table, parsed);
  return parsed;
}

const parsedExports = new Map<string, string[][][]>();

function parse(table: string): string[][][] {
  return [...files]
    .filter(([name]) => name.startsWith(`exports/${table}/`))
    .map(([, bytes]) => {
      const text = bytes.toString().replace(/"[^"]*"/g, 'quoted');
      return text
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(','));
    });
}

function records(table: string): string[][] {
  return byExport(table).flat();
}

function usesByExport(): { feature: string }[][] {
  return [...files]
    .filter(([name]) => name.startsWith('exports/feature_usage/'))
    .map(([, bytes]) =>
      gunzipSync(bytes)
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
}

function uses(): { feature: string }[] {
  return usesByExport().flat();
}
