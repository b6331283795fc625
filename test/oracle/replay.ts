import * as fs from 'node:fs/promises';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'vitest';
import type { Config } from '../../src/config/config.js';
import { loadSources } from '../../src/config/contracts.js';
import { StoreError } from '../../src/errors.js';
import { withoutExports } from '../../src/night/corrections/forget.js';
import type { RunOptions } from '../../src/night/options.js';
import type { Outcome } from '../../src/night/outcome.js';
import { readLive } from '../../src/release/commit.js';
import type { Release } from '../../src/release/release.js';
import type { DataObject } from '../../src/release/schema.js';
import type { Store } from '../../src/store/store.js';
import type { Deployment } from '../night/nights.js';
import {
  EMPTY,
  expected,
  isWhole,
  lossIn,
  refusal,
  type State,
  toBuild,
  type World,
} from './oracle.js';
import type { Row, Value } from './rows.js';
import { type Change, dateOf, type Kill, type NightStep, write } from './sequences.js';
import { type Export, keyIn } from './staging.js';

/** The folder of contracts and models for a world. */
export type JobsOf = (world: World) => string;

const START: World = {
  exports: new Map(),
  timeZone: 'UTC',
  settings: {
    short_window_days: 2,
    long_window_days: 3,
    many_sessions: 1,
    few_features: 2,
    inactive_days: 2,
  },
  variants: { doubled: false, strict: false, commented: false },
  counters: false,
  drops: false,
};

/** How a night is run. */
type Night = Partial<RunOptions> & Pick<RunOptions, 'asked'>;

/** A deployment that goes through a sequence, beside the oracle that tells what must come of it. */
export class Replay {
  nights = 0;
  #world: World;
  #live: State = EMPTY;
  /** the world that the live release was made in */
  #liveWorld: World = START;
  /** of each export that counts, what was staged last */
  readonly #delivered = new Map<string, Export>();
  /** the rows of each object that was compared already */
  readonly #compared = new Map<string, string>();

  constructor(
    readonly deployment: Deployment,
    readonly jobsOf: JobsOf,
    counters: boolean,
  ) {
    this.#world = { ...START, counters };
  }

  async step({ changes, asked, kill, forget }: NightStep): Promise<void> {
    for (const change of changes) await this.#apply(change);
    const dates = asked.map(dateOf).sort();
    if (forget) await this.#forget();
    const reason = refusal(this.#world);
    if (reason !== undefined) {
      await expect(this.#run({ asked: dates })).rejects.toThrow(reason);
      return;
    }
    const next = expected(this.#world, this.#live, dates);
    const loss = lossIn(this.#world, this.#live, next);
    if (loss !== undefined && !this.#hasMoved)
      await expect(this.#run({ asked: dates })).rejects.toThrow(loss);
    const how = { asked: dates, force: this.#hasMoved || loss !== undefined };
    if (kill !== null) await this.#killed(next, how, kill);
    const outcome = await this.#run(how);
    const isSame =
      toBuild(this.#live, next).length === 0 && this.#live.partitions.size === next.partitions.size;
    if (isSame) expect(outcome.published).toBe(false);
    await this.#compare(outcome, next);
  }

  async #apply(change: Change): Promise<void> {
    const world = this.#world;
    if ('settings' in change)
      this.#world = { ...world, settings: { ...world.settings, ...change.settings } };
    if ('timeZone' in change) this.#world = { ...world, timeZone: change.timeZone };
    if ('drops' in change) this.#world = { ...world, drops: change.drops };
    if ('variant' in change) {
      const { variants } = world;
      this.#world = {
        ...world,
        variants: { ...variants, [change.variant]: !variants[change.variant] },
      };
    }
    if ('deliver' in change) {
      const date = dateOf(change.day);
      const text = write(change.deliver, date, change.form, change.records, world.counters);
      await this.#deliver({ table: change.deliver, date, text });
    }
    if ('repeat' in change) {
      const again = world.exports.get(keyIn(change.repeat, dateOf(change.day)));
      if (again !== undefined) await this.#deliver({ ...again, date: dateOf(change.as) });
    }
    if ('remove' in change) {
      const key = keyIn(change.remove, dateOf(change.day));
      const exports = new Map(world.exports);
      exports.delete(key);
      this.#world = { ...world, exports };
      await this.deployment.exports.remove(key);
    }
  }

  async #deliver(each: Export): Promise<void> {
    const key = keyIn(each.table, each.date);
    this.#world = { ...this.#world, exports: new Map([...this.#world.exports, [key, each]]) };
    await this.deployment.deliver(key, each.text);
  }

  /** Takes the rows of one export out that is gone and kept. */
  async #forget(): Promise<void> {
    const staged = [...this.#live.staged.values()].flat();
    const gone = staged.find(({ key }) => !this.#world.exports.has(key));
    if (gone === undefined || refusal(this.#world) !== undefined) return;
    const { output, exports } = this.deployment;
    const sources = await loadSources(this.#config(this.#world), [this.jobsOf(this.#world)]);
    const without = await withoutExports([gone.key], await readLive(output), sources, exports);
    const left = [...this.#live.staged].map(
      ([table, all]) => [table, all.filter((each) => each.key !== gone.key)] as const,
    );
    const partitions = new Map(this.#live.partitions);
    partitions.delete(`staged/${gone.table} ${gone.key}`);
    this.#live = { ...this.#live, staged: new Map(left), partitions };
    const outcome = await this.#run({ asked: [], ...without });
    expect(outcome.published).toBe(true); // though nothing hangs on an export without rows
    await this.#compare(outcome, expected(this.#world, this.#live, []));
  }

  #config({ settings, timeZone, drops }: World): Config {
    const { config } = this.deployment;
    const tables = Object.entries(config.tables).map(([name, table]) => [
      name,
      { ...table, missing_exports: drops ? 'drop' : 'keep' },
    ]);
    // checks are tried elsewhere: the oracle knows none
    const checks = Object.fromEntries(Object.keys(config.checks).map((name) => [name, 'off']));
    const changed = { time_zone: timeZone, settings: { ...config.settings, ...settings }, checks };
    return { ...config, ...changed, tables: Object.fromEntries(tables) } as Config;
  }

  /** Another time zone is taken over on demand only. */
  get #hasMoved(): boolean {
    return this.#world.timeZone !== this.#liveWorld.timeZone;
  }

  #run(options: Night): Promise<Outcome> {
    this.nights += 1;
    const jobs = [this.jobsOf(this.#world)];
    return this.deployment.night(options.asked, {
      config: this.#config(this.#world),
      jobs,
      force: this.#hasMoved,
      ...options,
    });
  }

  /** A night that dies; what it published, if it came so far, counts. */
  async #killed(next: State, how: Night, { at, after }: Kill): Promise<void> {
    const { output } = this.deployment;
    const before = (await readLive(output)).release.number;
    const ended = await this.#run({ ...how, output: dying(output, at, after) }).catch(
      (error: unknown) => error,
    );
    if (ended instanceof Error) expect(ended).toBeInstanceOf(StoreError);
    await output.remove('_lease.json'); // a process that is dead holds none
    if ((await readLive(output)).release.number !== before) this.#published(next);
  }

  #published(next: State): void {
    this.#live = next;
    this.#liveWorld = this.#world;
    for (const [key, each] of this.#world.exports) this.#delivered.set(key, each);
  }

  async #compare(outcome: Outcome, next: State): Promise<void> {
    const must = toBuild(this.#live, next);
    const built = outcome.built.map(({ table, name }) => `${table} ${name}`).sort();
    expect(built).toEqual(must);
    expect(outcome.ledger).toEqual(next.ledger);
    const { release } = await readLive(this.deployment.output);
    const partitions = [...release.partitions()].map(({ table, name }) => `${table} ${name}`);
    expect(partitions.sort()).toEqual([...next.partitions.keys()].sort());
    await this.#compareRows(release, next);
    this.#published(next);
  }

  async #compareRows(release: Release, next: State): Promise<void> {
    for (const { table, name, objects } of release.partitions()) {
      const rows = (next.partitions.get(`${table} ${name}`)?.rows ?? []).map(plain);
      if (/^(index|report)\/report/.test(table)) continue;
      const where = `${table} ${name} ${objects[0]?.key} ${objects[0]?.within?.key}`;
      const known = this.#compared.get(where);
      if (known === JSON.stringify(rows)) continue;
      const published = await Promise.all(objects.map((object) => rowsOf(this.deployment, object)));
      expect({ table, name, rows: published.flat().map(plain) }).toEqual({ table, name, rows });
      this.#compared.set(where, JSON.stringify(rows));
    }
  }

  /**
   * Whether the release can be built from nothing: not where an export is gone, and rules have
   * changed since.
   */
  get isWhole(): boolean {
    return this.#live.asOf.length > 0 && isWhole(this.#liveWorld, this.#live, this.#delivered);
  }

  /** Builds the same from nothing in a fresh place, and compares every byte. */
  async rebuild(fresh: Deployment): Promise<void> {
    const staged = [...this.#live.staged.values()].flat();
    for (const { key } of staged) await fresh.deliver(key, this.#delivered.get(key)?.text ?? '');
    const jobs = [this.jobsOf(this.#liveWorld)];
    await fresh.night(this.#live.asOf, {
      config: { ...this.#config(this.#liveWorld), base: fresh.config.base },
      jobs,
    });
    expect(await contents(this.deployment)).toEqual(await contents(fresh));
  }
}

async function contents(deployment: Deployment): Promise<unknown[]> {
  return [...(await deployment.release()).partitions()].map(
    ({ slices: _, ...partition }) => partition,
  );
}

/** Missing values left out, columns in order of their names. */
function plain(row: Row): Row {
  const entries = Object.entries(row).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A store that takes no calls any more from one on. */
function dying(store: Store, at: number, after: boolean): Store {
  let calls = 0;
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function' || name === 'locate') return value;
      return (...args: unknown[]) => {
        const call = calls++;
        const fails = () => {
          throw new StoreError(`dead at call ${at}`);
        };
        if (name === 'list' || name === 'keys')
          return call < at ? value.apply(target, args) : failing(fails);
        if (name === 'readNow') return call < at ? value.apply(target, args) : fails();
        return (async () => {
          const result =
            call < at || (call === at && after) ? await value.apply(target, args) : undefined;
          return call < at ? result : fails();
        })();
      };
    },
  });
}

// biome-ignore lint/correctness/useYield: a listing that fails gives nothing
async function* failing(fails: () => never): AsyncIterable<never> {
  fails();
}

let reader: Promise<DuckDBConnection> | undefined;

/** The rows of an object: of a file of its own, or of one that has the date of each row, too. */
async function rowsOf({ output }: Deployment, object: DataObject): Promise<Row[]> {
  const { key, rows, within } = object;
  if (within === undefined) return read(output.locate(key));
  const found = await read(output.locate(within.key));
  const [, date = '', value] = /\/(\w+_date)=([^/]+)\//.exec(key) ?? [];
  return found.slice(within.first, within.first + rows).map((row) => {
    if (within.key.startsWith('objects/staged/')) return row;
    const { [date]: own, ...others } = row;
    expect(own).toBe(value);
    return others;
  });
}

async function read(file: string): Promise<Row[]> {
  reader ??= DuckDBInstance.create(':memory:', { threads: '1' }).then((instance) =>
    instance.connect(),
  );
  const found = await (await reader).runAndReadAll(
    `select * from read_parquet('${file}', hive_partitioning = false)`,
  );
  return found.getRowObjects().map((row) => {
    const values = Object.entries(row).map(([name, value]): [string, Value] => {
      if (typeof value === 'bigint') return [name, Number(value)];
      return [
        name,
        typeof value === 'object' && value !== null ? value.toString() : (value as Value),
      ];
    });
    return Object.fromEntries(values);
  });
}

const ROOT = path.resolve(import.meta.dirname, '../../jobs');
/** Of the built-in models, as few as show every way in which one can hang on another. */
const MODELS: Readonly<Record<string, readonly string[]>> = {
  clean: ['activity_log', 'feature_usage', 'sessions', 'support_tickets', 'users'],
  daily: ['feature_day', 'user_day', 'day'],
  rolling: [
    'user_feature_window',
    'user_window',
    'feature_window',
    'user_lifetime',
    'row_lifetime',
    'table_lifetime',
    'gap_window',
    'user_activity_lifetime',
    'activity_gap_lifetime',
  ],
  report: ['longest_sessions', 'many_sessions_few_features', 'inactive_users'],
};
const CHANGED: Readonly<
  Record<string, readonly [variant: keyof World['variants'], from: string, to: string]>
> = {
  user_day: ['doubled', 'count(*) as activities', '2 * count(*) as activities'],
  many_sessions_few_features: ['strict', '>= settings.many', '> settings.many'],
  feature_window: ['commented', 'with\n', 'with -- all of them\n'],
};

/** Writes the contracts and models of a world into a folder of their own, once. */
export async function writeJobs(folder: string, variants: World['variants']): Promise<void> {
  for (const [layer, names] of Object.entries(MODELS)) {
    await fs.mkdir(path.join(folder, layer), { recursive: true });
    for (const name of names) {
      const sql = await fs.readFile(path.join(ROOT, layer, `${name}.sql`), 'utf8');
      const changed = CHANGED[name];
      const text = changed && variants[changed[0]] ? sql.replace(changed[1], changed[2]) : sql;
      await fs.writeFile(path.join(folder, layer, `${name}.sql`), text);
      if (layer !== 'clean') continue;
      await fs.copyFile(
        path.join(ROOT, layer, `${name}.yaml`),
        path.join(folder, layer, `${name}.yaml`),
      );
    }
  }
}
