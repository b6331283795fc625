import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { DataError, DayfoldError, StoreError } from '../../src/errors.js';
import { fileError } from '../../src/store/file_error.js';
import { FileStore } from '../../src/store/folder.js';
import type { Content } from '../../src/store/store.js';
import { type Deployment, lineOf, useDeployments } from './nights.js';

const { deploy } = useDeployments();

const HEADER = 'activity_id,user_id,activity_type,activity_at';
const GOOD = [HEADER, '1,7,view,2026-03-01 09:00:00', '2,8,login,2026-03-01 10:00:00', ''].join(
  '\n',
);
const FIRST = 'activity_log/activity_log_2026-03-01.csv';
const SECOND = 'activity_log/activity_log_2026-03-02.csv';
const SETTINGS = { tables: { activity_log: { required: true } } };

/** A deployment with one good release, of which each test has a copy of its own. */
let published: Deployment;
beforeAll(async () => {
  published = await deploy(SETTINGS);
  await published.deliver(FIRST, GOOD);
  await published.night('2026-03-01');
});

async function dayAfter(settings: object = SETTINGS): Promise<Deployment> {
  const deployment = await deploy(settings);
  for (const folder of ['exports', 'output']) {
    await fs.cp(path.join(published.folder, folder), path.join(deployment.folder, folder), {
      recursive: true,
      preserveTimestamps: true,
    });
  }
  return deployment;
}

const lines = (...records: string[]) => `${[HEADER, ...records].join('\n')}\n`;

/**
 * The run fails with a message for a person, and the release before it is unchanged, byte for byte.
 */
async function expectRefused(
  deployment: Deployment,
  run: () => Promise<unknown>,
): Promise<DayfoldError> {
  const before = await deployment.files();
  const failure = await run().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof DayfoldError)) throw failure ?? new Error('expected the run to fail');
  expect(failure.message).not.toMatch(/\n\s+at |node:internal|\[object/);
  const after = await deployment.files();
  for (const [file, content] of before) expect(after.get(file), file).toBe(content);
  const added = [...after.keys()].filter((file) => !before.has(file));
  // objects without a commit are not live; nothing else may be left behind
  expect(added.filter((file) => !/^(objects|manifests)\/[^.]+\.[a-z]+$/.test(file))).toEqual([]);
  return failure;
}

interface Refused {
  readonly what: string;
  readonly deliver: (deployment: Deployment) => Promise<void>;
  readonly error: typeof DataError | typeof StoreError;
  /** each is in the message: what is wrong, where, what to do */
  readonly says: readonly string[];
}

const REFUSED: readonly Refused[] = [
  {
    what: 'no folder of exports',
    deliver: ({ folder }) => fs.rm(path.join(folder, 'exports'), { recursive: true }),
    error: DataError,
    says: [
      'exports: expected exports named activity_log/activity_log_{date}.csv',
      'found none',
      'check exports.store',
    ],
  },
  {
    what: 'an empty folder of exports',
    deliver: async ({ folder }) => {
      await fs.rm(path.join(folder, 'exports'), { recursive: true });
      await fs.mkdir(path.join(folder, 'exports'));
    },
    error: DataError,
    says: ['exports: expected exports named', 'found none', 'check exports.store'],
  },
  {
    what: 'a file in place of the folder of exports',
    deliver: async ({ folder }) => {
      await fs.rm(path.join(folder, 'exports'), { recursive: true });
      await fs.writeFile(path.join(folder, 'exports'), '');
    },
    error: StoreError,
    says: ['Could not list the folder', 'exports', 'ENOTDIR', 'choose another folder'],
  },
  {
    what: 'no export of a required table for the date',
    deliver: async () => {},
    error: DataError,
    says: [
      'activity_log: expected an export for 2026-03-02',
      'activity_log_{date}.csv',
      'deliver it, or set tables.activity_log.required to false',
    ],
  },
  {
    what: 'a link to nowhere in place of the export of a required table',
    deliver: ({ folder }) => fs.symlink('nowhere.csv', path.join(folder, 'exports', SECOND)),
    error: StoreError,
    says: ['Could not read', SECOND, 'a symbolic link that leads nowhere: correct it'],
  },
  {
    what: 'an export that cannot be opened',
    deliver: ({ folder }) =>
      fs.symlink(path.basename(SECOND), path.join(folder, 'exports', SECOND)),
    error: StoreError,
    says: ['Could not read', SECOND, 'ELOOP', 'correct it'],
  },
  {
    what: 'a header without a required column',
    deliver: (deployment) =>
      deployment.deliver(
        SECOND,
        'activity_id,who,activity_type,activity_at\n1,7,view,2026-03-02\n',
      ),
    error: DataError,
    says: [
      `${SECOND}: expected a column for user_id`,
      'found the header activity_id, who',
      'set tables.activity_log.columns.user_id',
    ],
  },
  {
    what: 'a header that names a column twice',
    deliver: (deployment) =>
      deployment.deliver(SECOND, `${HEADER},user_id\n1,7,view,2026-03-02,8\n`),
    error: DataError,
    says: [SECOND, 'on line 1', 'found more than one column named "user_id"', 'Correct the export'],
  },
  {
    what: 'a gzip file that was cut off',
    deliver: (deployment) => deployment.deliver(SECOND, gzipSync(GOOD.repeat(50)).subarray(0, -20)),
    error: DataError,
    says: [
      SECOND,
      'expected a complete gzip file',
      'It was cut short or damaged on its way: deliver it again',
    ],
  },
];

describe('refused, with the release before it untouched', () => {
  test.each(REFUSED)('$what', async ({ deliver, error, says }) => {
    const deployment = await dayAfter();
    await deliver(deployment);
    const failure = await expectRefused(deployment, () => deployment.night('2026-03-02'));
    expect(failure).toBeInstanceOf(error);
    for (const part of says) expect(failure.message).toContain(part);
  });
});

interface Quarantined {
  readonly what: string;
  readonly record: string | Buffer;
  readonly rule: string;
  readonly value?: string;
}

const QUARANTINED: readonly Quarantined[] = [
  { what: 'too many fields', record: '3,7,view,2026-03-02 09:00:00,extra', rule: 'field_count' },
  { what: 'too few fields', record: '3,7,view', rule: 'field_count' },
  {
    what: 'a bad number',
    record: '3,seven,view,2026-03-02 09:00:00',
    rule: 'user_id_not_an_integer',
    value: 'seven',
  },
  {
    what: 'an impossible date',
    record: '3,7,view,2026-02-30 09:00:00',
    rule: 'activity_at_not_a_timestamp',
    value: '2026-02-30 09:00:00',
  },
  {
    what: 'a day-first date in a file read month first',
    record: '3,7,view,28/02/2026',
    rule: 'activity_at_contradicts_date_order',
    value: '28/02/2026',
  },
  {
    what: 'text that is not UTF-8',
    record: Buffer.from('3,7,caf\xe9,2026-03-02 09:00:00', 'latin1'),
    rule: 'invalid_bytes',
  },
  { what: 'a stray quote', record: '3,7,"vi"ew,2026-03-02 09:00:00', rule: 'stray_quote' },
];

describe('refused as a record; the rest of the export is read', () => {
  test('each by its rule, with its line and its text', async () => {
    const deployment = await dayAfter({ tables: { activity_log: { date_order: 'month_first' } } });
    const good = '4,7,view,2026-03-02 11:00:00\n';
    const records = QUARANTINED.flatMap(({ record }) => [Buffer.from(record), Buffer.from('\n')]);
    await deployment.deliver(
      SECOND,
      Buffer.concat([Buffer.from(`${HEADER}\n`), ...records, Buffer.from(good)]),
    );
    const outcome = await deployment.night('2026-03-02');
    expect(await deployment.quarantined('activity_log')).toEqual(
      QUARANTINED.map(({ record, rule, value }, i) => ({
        export: SECOND,
        line: i + 2,
        rule,
        column: value === undefined ? null : rule.split('_').slice(0, 2).join('_'),
        value: value ?? expect.anything(),
        raw: Buffer.from(record).toString('utf8'),
      })),
    );
    expect(lineOf(outcome, 'activity_log')).toMatchObject({
      records: 2 + QUARANTINED.length + 1,
      staged: 3,
      kept: 3,
    });
  });
});

interface Noted {
  readonly what: string;
  readonly content: string | Uint8Array | undefined;
  readonly says: string | RegExp;
}

const NOTED: readonly Noted[] = [
  {
    what: 'no export of a table that is not required',
    content: undefined,
    says: /activity_log: no export for 2026-03-02 \(activity_log.* in .*exports\)/,
  },
  {
    what: 'a file of no bytes',
    content: '',
    says: `${SECOND}: an empty file: deliver it again if it should hold rows`,
  },
  {
    what: 'a gzip file of no bytes',
    content: gzipSync(''),
    says: `${SECOND}: an empty file: deliver it again if it should hold rows`,
  },
  {
    what: 'only a header',
    content: `${HEADER}\n`,
    says: `${SECOND}: a header and no records: deliver it again if it should hold rows`,
  },
  {
    what: 'the export of the day before under a new name',
    content: GOOD,
    says:
      `${SECOND}: has the same content as ${FIRST}, whose rows count once: deliver it again if ` +
      '2026-03-02 has rows of its own',
  },
  {
    what: 'a column that nothing comes from',
    content: `${HEADER},colour\n3,7,view,2026-03-02,red\n`,
    says: `${SECOND}: columns left out: colour`,
  },
];

describe('said, and gone on with', () => {
  test.each(NOTED)('$what', async ({ content, says }) => {
    const deployment = await dayAfter({});
    if (content !== undefined) await deployment.deliver(SECOND, content);
    const outcome = await deployment.night('2026-03-02');
    expect(outcome.notes).toContainEqual(
      typeof says === 'string' ? says : expect.stringMatching(says),
    );
    expect(lineOf(outcome, 'activity_log').kept).toBeGreaterThanOrEqual(2);
  });
});

describe('the output', () => {
  /** A disk with room for this many more objects. */
  class FullDisk extends FileStore {
    constructor(
      folder: string,
      private room: number,
    ) {
      super(folder);
    }

    override async write(key: string, content: Content): Promise<void> {
      if (this.room-- <= 0) {
        throw fileError(
          'write',
          this.locate(key),
          Object.assign(new Error('no space'), { code: 'ENOSPC' }),
        );
      }
      await super.write(key, content);
    }

    override async create(key: string): Promise<boolean> {
      throw fileError(
        'write',
        this.locate(key),
        Object.assign(new Error('no space'), { code: 'ENOSPC' }),
      );
    }
  }

  test.each([0, 1, 5, 20, 1_000])('a disk that is full after %d objects', async (room) => {
    const deployment = await dayAfter();
    await deployment.deliver(SECOND, lines('3,7,view,2026-03-02 09:00:00'));
    const output = new FullDisk(deployment.output.folder, room);
    const failure = await expectRefused(deployment, () =>
      deployment.night('2026-03-02', { output }),
    );
    expect(failure).toBeInstanceOf(StoreError);
    expect(failure.message).toMatch(
      /Could not write .*output.* \(ENOSPC\): the disk is full: free some space and run again/,
    );
    // with space again, the same night goes through
    expect(await deployment.night('2026-03-02')).toMatchObject({ published: true, release: 2 });
  });

  test('a real disk that is full', async (context) => {
    const deployment = await deploy();
    await deployment.deliver(FIRST, GOOD);
    await fs.mkdir(deployment.output.folder, { recursive: true });
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', deployment.output.folder], {
        stdio: 'ignore',
      });
    } catch {
      context.skip('mounting is not permitted here');
    }
    try {
      const failure = await expectRefused(deployment, () => deployment.night('2026-03-01'));
      expect(failure).toBeInstanceOf(StoreError);
      expect(failure.message).toMatch(/disk is full: free some space and run again/);
      expect((await deployment.release()).number).toBe(0);
    } finally {
      execFileSync('umount', [deployment.output.folder]);
    }
  });

  test('a file in place of its folder', async () => {
    const deployment = await deploy();
    await deployment.deliver(FIRST, GOOD);
    await fs.writeFile(deployment.output.folder, 'mine');
    const failure = await deployment.night('2026-03-01').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreError);
    expect((failure as Error).message).toMatch(
      /Could not list the folder .*output.*: .*choose another folder/,
    );
    expect(await fs.readFile(deployment.output.folder, 'utf8')).toBe('mine');
  });

  test('a commit that was changed by hand', async () => {
    const deployment = await dayAfter();
    await deployment.write('output/_commits/000000000001.json', '{');
    const failure = await expectRefused(deployment, () => deployment.night('2026-03-01'));
    expect(failure.message).toMatch(
      /_commits\/000000000001\.json: expected a commit .* restore it from a backup/,
    );
  });
});
