import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadSources } from '../../src/config/contracts.js';
import { addDays } from '../../src/dates.js';
import { openDuckdb } from '../../src/engine/duckdb/open.js';
import { DataError } from '../../src/errors.js';
import { readLimits } from '../../src/ingest/sql/raw.js';
import { windowLedger } from '../../src/release/ledger.js';
import { type Deployment, lineOf, useDeployments } from './nights.js';

const { deploy } = useDeployments();

const ACTIVITY = 'activity_id,user_id,activity_type,activity_at';
const TICKETS = 'ticket_id,user_id,status,created_at,resolved_at';

/** A record as text, and whether it ends up refused. */
const mostly = (good: fc.Arbitrary<string>, ...bad: string[]) =>
  fc.oneof({ weight: 8, arbitrary: good }, { weight: 1, arbitrary: fc.constantFrom(...bad) });
const record = (...fields: fc.Arbitrary<string>[]) =>
  fc.tuple(...fields).map((texts) => texts.join(','));

const small = mostly(
  fc.integer({ min: 1, max: 9 }).map(String),
  '',
  '?',
  'x1',
  '1.5',
  '3.0',
  '99999999999999999999',
);
const word = mostly(
  fc.constantFrom('view', 'View ', '"log,in"', '"two\nlines"', '"a ""quoted"" word"', 'Größe', ''),
  '"open',
  'stray"quote',
  'a,b',
);
const time = mostly(
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 23 })).map(([day, hour]) => {
    return `2026-03-0${day} ${String(hour).padStart(2, '0')}:00:00`;
  }),
  '',
  '2026-02-30 10:00:00',
  '13/31/2026',
  '31/01/2026',
  '1999-01-01',
  '2027-01-01',
  'yesterday',
);
const activity = record(small, small, word, time);
const ticket = record(small, small, word, time, fc.oneof(time, fc.constant('')));
const junk = fc.constantFrom(
  '',
  '   ',
  'one',
  'a,b,c,d,e,f,g',
  '\u0000,1,view,2026-03-01',
  ',,,',
  '"',
);

const exportOf = (header: string, records: fc.Arbitrary<string>) =>
  fc
    .tuple(
      fc.array(fc.oneof({ weight: 9, arbitrary: records }, { weight: 1, arbitrary: junk }), {
        maxLength: 25,
      }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
    )
    .map(([lines, newline, ended]) => [header, ...lines].join(newline) + (ended ? newline : ''));

/** Each refused record is in its file on the line that the quarantine names, word for word. */
async function expectQuarantineOf(deployment: Deployment, table: string): Promise<number> {
  const rows = await deployment.quarantined(table);
  for (const { export: key, line, raw, rule } of rows) {
    const text = readFileSync(path.join(deployment.folder, 'exports', String(key)), 'utf8');
    const lines = text.split('\n');
    const from = lines.slice(0, Number(line) - 1).reduce((sum, each) => sum + each.length + 1, 0);
    expect(text.slice(from, from + String(raw).length), `${key}:${line} ${rule}`).toBe(raw);
    const end = text.slice(from + String(raw).length);
    expect(end === '' || /^\r?\n/.test(end), `${key}:${line} ${rule}: ${JSON.stringify(raw)}`).toBe(
      true,
    );
  }
  return rows.length;
}

/**
 * What was read for each date up to 2026-03-05, added up; the parts of each date add up to it, too.
 */
async function readByDate(deployment: Deployment, table: string): Promise<number> {
  const [release, sources] = [await deployment.release(), await loadSources(deployment.config)];
  let sum = 0;
  for (let date = '2026-01-01'; date <= '2026-03-05'; date = addDays(date, 1)) {
    const line = windowLedger(release, sources, date, date).find((each) => each.table === table);
    const refused = Object.values(line?.quarantined ?? {}).reduce((a, b) => a + b, 0);
    expect(line?.read).toBe(
      Number(line?.kept) + Number(line?.duplicates) + Number(line?.repeated) + refused,
    );
    sum += Number(line?.read);
  }
  return sum;
}

/** A file that does not fit its own header is refused as a whole. */
function asRefused(error: unknown): undefined {
  if (!(error instanceof DataError && /expected \d+ fields? in each record/.test(error.message)))
    throw error;
}

test('random messy exports: every record is staged or refused, every staged row is kept or a duplicate', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(exportOf(ACTIVITY, activity), { minLength: 1, maxLength: 3 }),
      exportOf(TICKETS, ticket),
      async (activities, tickets) => {
        const deployment = await deploy({ tables: { activity_log: { max_conflicts: 1 } } });
        for (const [i, text] of activities.entries()) {
          await deployment.deliver(`activity_log/activity_log_2026-03-0${i + 1}.csv`, text);
        }
        await deployment.deliver('support_tickets/support_tickets_2026-03-03.csv', tickets);
        const outcome = await deployment.night('2026-03-03').catch(asRefused);
        fc.pre(outcome !== undefined);
        for (const table of ['activity_log', 'support_tickets']) {
          const line = lineOf(outcome, table);
          const refused = Object.values(line.quarantined).reduce((a, b) => a + b, 0);
          expect(line.records).toBe(line.staged + line.repeated + refused);
          expect(line.staged).toBe(Number(line.kept) + Number(line.duplicates));
          // the tables themselves hold as many rows as the ledger says
          if (table === 'activity_log') {
            expect(await readByDate(deployment, table)).toBe(line.records);
            const staged = await deployment.staged(table, ['user_id']);
            expect(staged.filter(({ counts }) => counts)).toHaveLength(line.staged);
            expect(staged.filter(({ counts }) => !counts)).toHaveLength(line.repeated);
          } else expect(await deployment.rows(`staged/${table}`)).toHaveLength(line.staged);
          expect(await deployment.rows(`clean/${table}`)).toHaveLength(Number(line.kept));
          expect(await expectQuarantineOf(deployment, table)).toBe(refused);
          const byRule = new Map<string, number>();
          for (const { rule } of await deployment.quarantined(table)) {
            byRule.set(String(rule), (byRule.get(String(rule)) ?? 0) + 1);
          }
          expect(Object.fromEntries(byRule)).toEqual(line.quarantined);
        }
      },
    ),
    { numRuns: 12 },
  );
});

test('a row that the engine loses fails the run, which names the export and the line, and publishes nothing', async () => {
  const deployment = await deploy();
  const records = Array.from(
    { length: 40 },
    (_, i) => `${i + 1},7,view,2026-03-01 09:${String(i).padStart(2, '0')}`, // without seconds the engine reads them
  );
  await deployment.deliver(
    'activity_log/activity_log_2026-03-01.csv',
    `${[ACTIVITY, ...records].join('\n')}\n`,
  );
  // what the engine is made to read: a quote that was never closed, leniently, swallows the records
  // up to the next one
  const damaged = records
    .with(19, '20,7,"view,2026-03-01 09:19')
    .with(24, '25,7,view",2026-03-01 09:24');
  await deployment.write('exports/damaged.csv', `${[ACTIVITY, ...damaged].join('\n')}\n`);

  const openLossy: typeof openDuckdb = async (options) => {
    const engine = await openDuckdb(options);
    const sessions = engine.sessions.map((session) => ({
      careful: session.careful,
      run: (sql: string) =>
        session.run(
          sql.startsWith('insert into careful')
            ? sql
                .replaceAll('activity_log/activity_log_2026-03-01.csv', 'damaged.csv')
                .replace(readLimits(1 << 20), 'strict_mode = false')
            : sql,
        ),
      repeat: (sql: string) => session.repeat(sql),
      rows: (sql: string) =>
        session.rows(
          sql.includes(' limit 10000 offset ')
            ? sql
                .replaceAll('activity_log/activity_log_2026-03-01.csv', 'damaged.csv')
                .replace(readLimits(1 << 20), 'strict_mode = false')
            : sql,
        ),
      batches: (sql: string) => session.batches(sql),
      columns: (sql: string) => session.columns(sql),
      interrupt: () => session.interrupt(),
      writeParquet: session.writeParquet.bind(session),
      writeParquetFiles: session.writeParquetFiles.bind(session),
      make: session.make.bind(session),
    }));
    return { ...engine, sessions, close: () => engine.close() };
  };
  const failure = await deployment
    .night('2026-03-01', { openEngine: openLossy })
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DataError);
  const { message } = failure as DataError;
  expect(message).toContain('activity_log/activity_log_2026-03-01.csv');
  expect(message).toMatch(/expected 40 rows .* found 35/);
  expect(message).toContain(
    'the first line that differs is 21: the export has 20,7,view,2026-03-01 09:19',
  );
  expect(message).toContain('Nothing was published');
  expect(
    [...(await deployment.files()).keys()].filter((key) => key.startsWith('_commits/')),
  ).toEqual([]);

  // the same run with an engine that loses nothing
  const outcome = await deployment.night('2026-03-01');
  expect(lineOf(outcome, 'activity_log')).toMatchObject({ records: 40, kept: 40 });
});
