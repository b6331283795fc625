/** Requests that one task has under way at once; a store may allow fewer. */
const WIDTH = 32;

/**
 * Does the work for each item, several at once, and returns the results in the order of the items.
 * After a failure nothing more begins; the first failure is thrown when what is under way has
 * ended.
 */
export async function together<T, R>(
  items: Iterable<T>,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  const waiting = [...items].entries();
  const worker = async () => {
    for (const [index, item] of waiting) {
      try {
        results[index] = await work(item);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
