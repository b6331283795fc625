import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, DayfoldError, messageOf, StoreError } from '../errors.js';
import { SAMPLE_CONFIG, SAMPLE_MARKER } from './config.js';
import { Exporter } from './exporter.js';
import { gzipStored } from './gzip.js';
import { live } from './life.js';
import { populate } from './people.js';
import { dateOf, SEASON, startOf } from './product.js';
import { Random } from './random.js';

export interface SampleOptions {
  /** How many daily exports, the first of 2026-09-22. @default 60, the last of 2026-11-20 */
  readonly days?: number;
  /** How many people have signed up by the sixtieth day. @default 600 */
  readonly users?: number;
  /** Another seed makes another sample. @default 20260922 */
  readonly seed?: number;
}

const TABLES = ['activity_log', 'sessions', 'feature_usage', 'support_tickets', 'users'] as const;
type Table = (typeof TABLES)[number];

const HEADERS: Record<Exclude<Table, 'feature_usage'>, string> = {
  activity_log: 'activity_id,user_id,activity_type,activity_time,session_id',
  sessions: 'session_id,user_id,login_time,logout_time',
  support_tickets: 'ticket_id,user_id,status,submitted_at,closed_at,category,priority',
  users: 'id,signup_date,plan',
};

/** What happened before the first export and arrives late in it. */
const FIRST_LATE_DAY = -3;
const MULTILINE_DAY = 10;
const BYTE_ORDER_MARK_DAY = 17;

/**
 * Writes messy daily exports of a made-up product below `<folder>/exports`, and a config that reads
 * them. The same options give the same bytes on every machine, and fewer days give the first of the
 * same exports. A folder that an earlier call made gets its exports replaced and keeps its config;
 * any other folder that is not empty is refused.
 * @returns the number of export files, and of the records in them
 * @throws ConfigError for a folder with something else in it, or an option that is no whole number
 * from 1 (any, for the seed); StoreError where the folder cannot be written
 */
export async function writeSample(
  folder: string,
  options: SampleOptions = {},
): Promise<{ files: number; rows: number }> {
  const { days = SEASON, users = 600, seed = 20260922 } = options;
  requireWhole('days', days, 1);
  requireWhole('users', users, 1);
  requireWhole('seed', seed, Number.MIN_SAFE_INTEGER);
  try {
    await claim(folder);
    return await writeExports(folder, days, users, seed);
  } catch (error) {
    if (error instanceof DayfoldError) throw error;
    throw new StoreError(
      `Expected to write the sample into ${folder}, but: ${messageOf(error)}. Name a folder ` +
        'that can be written.',
      { cause: error },
    );
  }
}

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ConfigError(
    `Expected ${name} of the sample to be a whole number${least === 1 ? ' from 1' : ''}, ` +
      `found ${value}.`,
  );
}

async function writeExports(
  folder: string,
  days: number,
  users: number,
  seed: number,
): Promise<{ files: number; rows: number }> {
  const random = new Random(seed);
  const people = populate(random, users);
  const exporter = new Exporter(random);
  let rows = 0;
  for (let day = FIRST_LATE_DAY; day < days; day += 1) {
    for (const person of people) {
      if (Math.max(person.joins, 0) === day) exporter.user(person);
    }
    const { sessions, tickets } = live(random, people, day);
    for (const session of sessions) exporter.session(session);
    for (const ticket of tickets) exporter.ticket(ticket);
    if (day === MULTILINE_DAY) exporter.multilineTicket(people[0]?.id ?? 0, startOf(day) + 36_000);
    for (const table of TABLES) {
      const lines = exporter.queues[table].take(day);
      if (day < 0) continue;
      rows += lines.length;
      await writeFile(join(folder, exportPath(table, dateOf(day))), content(table, day, lines));
    }
  }
  return { files: days * TABLES.length, rows };
}

async function claim(folder: string): Promise<void> {
  const config = join(folder, 'dayfold.yaml');
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length === 0) await writeFile(config, SAMPLE_CONFIG);
  const found = await readFile(config, 'utf8').catch(() => '');
  if (!found.startsWith(SAMPLE_MARKER)) {
    throw new ConfigError(
      `${folder}: expected a new folder or an earlier sample, found other files: name ` +
        'another folder' +
        ' (dayfold.yaml of a sample begins with a line that says so)',
    );
  }
  for (const table of TABLES) {
    const place = join(folder, 'exports', table);
    await mkdir(place, { recursive: true });
    for (const file of await readdir(place)) {
      if (/^\d{4}-\d{2}-\d{2}$/.test(dateIn(table, file))) await rm(join(place, file));
    }
  }
}

function exportPath(table: Table, date: string): string {
  return `exports/${table}/${table}_${date}${ending(table)}`;
}

function dateIn(table: Table, file: string): string {
  return file.startsWith(`${table}_`) && file.endsWith(ending(table))
    ? file.slice(table.length + 1, -ending(table).length)
    : '';
}

function ending(table: Table): string {
  return table === 'feature_usage' ? '.jsonl.gz' : '.csv';
}

function content(table: Table, day: number, lines: readonly string[]): Buffer {
  if (table === 'feature_usage')
    return gzipStored(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  const mark = table === 'sessions' && day === BYTE_ORDER_MARK_DAY ? '\ufeff' : '';
  return Buffer.from(`${mark + [HEADERS[table], ...lines].join('\n')}\n`);
}
