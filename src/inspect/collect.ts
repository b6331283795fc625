import { DayfoldError } from '../errors.js';

/**
 * Does some work; what a person can act on is added to the problems, and what is thrown else passes
 * through.
 */
export type Collect = <T>(work: () => Promise<T>) => Promise<T | undefined>;

/** Collects what goes wrong, so that all of it can be said at once. */
export function collectInto(problems: DayfoldError[]): Collect {
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DayfoldError)) throw error;
      problems.push(error);
      return undefined;
    }
  };
}
