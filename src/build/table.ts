import type { Night } from './night.js';
import { withUrgency } from './pool.js';

/**
 * A table of the release, as a value: what must be up to date before it, and what brings it up to
 * date.
 */
export interface Table {
  /** layer and name, such as daily/user_day */
  readonly name: string;
  /** names of tables that are before it in the list; those that are not in it are passed over */
  readonly after: readonly string[];
  update(night: Night): Promise<void>;
}

/**
 * Brings tables up to date, each as soon as those before it are, so that the engine has work
 * whichever of them is the last. A session is for the table that most others wait for. After a
 * failure no further table begins; the first failure is thrown when those under way have ended.
 */
export async function updateTables(night: Night, tables: readonly Table[]): Promise<void> {
  const failures: unknown[] = [];
  const waiting = waitingFor(tables);
  const done = new Map<string, Promise<void>>();
  for (const table of tables) {
    const before = table.after.map((name) => done.get(name));
    const updated = Promise.all(before).then(async () => {
      if (failures.length > 0) return;
      try {
        await withUrgency(waiting.get(table.name) ?? 0, () => table.update(night));
      } catch (error) {
        failures.push(error);
      }
    });
    done.set(table.name, updated);
  }
  await Promise.all(done.values());
  if (failures.length > 0) throw failures[0];
}

/** How many tables wait for each, directly or through others. */
function waitingFor(tables: readonly Table[]): Map<string, number> {
  const waiting = new Map(tables.map(({ name }) => [name, new Set<string>()]));
  for (const { name, after } of [...tables].reverse()) {
    const own = waiting.get(name) ?? [];
    for (const before of after) {
      const theirs = waiting.get(before)?.add(name);
      for (const each of own) theirs?.add(each);
    }
  }
  return new Map([...waiting].map(([name, others]) => [name, others.size]));
}
