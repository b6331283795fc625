import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDuckdb } from '../../../src/engine/duckdb/open.js';
import { Spacious } from '../../../src/engine/duckdb/spacious.js';
import type { Engine, Session } from '../../../src/engine/engine.js';
import { Stopped } from '../../../src/errors.js';

const MILLIONS = 4;

describe('a job whose groups do not fit the memory', () => {
  let scratch: string;
  let engine: Engine;

  beforeEach(async () => {
    scratch = mkdtempSync(path.join(tmpdir(), 'dayfold-spacious-'));
    engine = await openDuckdb({ threads: 1, memoryLimit: '150MB', scratch, readable: [] });
    await engine.setUp('create or replace table settings as select 7 as seven');
  });

  afterEach(async () => {
    await engine.close();
    rmSync(scratch, { recursive: true });
  });

  /** Counts the rows of many long ids. */
  async function countIds(): Promise<readonly { readonly file: string; readonly rows: number }[]> {
    const [session] = engine.sessions as readonly [Session];
    const sql = `select id, cast(count(*) as bigint) as n, cast(max(seven) as bigint) as seven from (
      select repeat('x', 280) || (i * 7919 % ${MILLIONS}000000) as id
      from range(${MILLIONS}000000) as numbers(i)) cross join settings group by id`;
    const columns = new Map([
      ['id', 'VARCHAR'],
      ['n', 'BIGINT'],
      ['seven', 'BIGINT'],
    ]);
    const job = { table: 'rolling/ids', sql, grain: ['id'], columns, reads: [], names: ['all'] };
    return session.make(
      { ...job, partitionColumn: undefined },
      {
        fetch: () => Promise.reject(new Error('nothing is read')),
        fresh: () => path.join(scratch, `${Math.random()}.parquet`),
        compression: 'snappy',
      },
    );
  }

  it('is made by a second DuckDB, which has the tables that models read', async () => {
    const [session] = engine.sessions as readonly [Session];
    const [made] = await countIds();
    expect(existsSync(path.join(scratch, 'spill_spacious'))).toBe(true);
    const rows = await session.rows(
      `select count(*) as ids, sum(n) as n, min(seven) as seven from read_parquet('${made?.file}')`,
    );
    const all = BigInt(MILLIONS * 1_000_000);
    expect(rows).toEqual([{ ids: all, n: all, seven: 7n }]);
  });

  it('does not begin after an interrupt', async () => {
    engine.interrupt();
    await expect(countIds()).rejects.toBeInstanceOf(Stopped);
  });
});

describe('the spacious engine', () => {
  const opened: string[] = [];
  const session = {
    run: async (sql: string) => void opened.push(sql),
    interrupt: () => {},
  };
  const spacious = () => {
    opened.length = 0;
    const made = new Spacious(async () => {
      opened.push('open');
      return { sessions: [session], close: () => void opened.push('close') };
    });
    made.setUp = 'set up';
    return made;
  };

  it('is not opened unless it is needed', async () => {
    await spacious().close();
    expect(opened).toEqual([]);
  });

  it('is opened once, and set up before its first job', async () => {
    const engine = spacious();
    await Promise.all([1, 2].map((n) => engine.run(() => session.run(`job ${n}`))));
    await engine.close();
    expect(opened).toEqual(['open', 'set up', 'job 1', 'job 2', 'close']);
  });

  it('does the next job after one that failed', async () => {
    const engine = spacious();
    await expect(engine.run(() => Promise.reject(new Error('too large')))).rejects.toThrow('too');
    await expect(engine.run(async () => 'done')).resolves.toBe('done');
  });
});
