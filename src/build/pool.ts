import type { Session } from '../engine/engine.js';
import { borrowing } from '../store/cached.js';

/**
 * Does the tasks in order, as many at once as there are sessions, and returns their results in order. After a
 * failure no further task begins; the first failure is thrown when those under way have ended.
 */
export async function eachWith<T, R>(
  sessions: readonly Session[],
  tasks: readonly T[],
  work: (task: T, session: Session) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const failures: unknown[] = [];
  await Promise.all(
    sessions.map(async (session) => {
      while (next < tasks.length && failures.length === 0) {
        const index = next++;
        try {
          results[index] = await borrowing(() => work(tasks[index] as T, session));
        } catch (error) {
          failures.push(error);
        }
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
  return results;
}
