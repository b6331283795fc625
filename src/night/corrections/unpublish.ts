import { ConfigError } from '../../errors.js';
import { changedFrom, type Live } from '../../release/commit.js';
import type { RunOptions } from '../options.js';

/**
 * What a run builds on that takes an as-of date back: the live release without the reports of that
 * date. The run reads no export that the release does not have. Receipts list what is gone.
 * @throws ConfigError for a date without a report
 */
export function withoutReports(
  asOf: string,
  { release }: Live,
): Pick<RunOptions, 'base' | 'isFrozen' | 'comparing'> & { readonly base: Live } {
  if (release.get('report/report', asOf) === undefined) {
    const dates = release.of('report/report').map(({ name }) => name);
    const found = dates.length === 0 ? 'no report' : `reports as of ${dates[0]} to ${dates.at(-1)}`;
    throw new ConfigError(`${asOf}: expected a date that has a report, found ${found}`);
  }
  const left = release.without(({ table, name }) => table.startsWith('report/') && name === asOf);
  return {
    base: changedFrom(left),
    isFrozen: true,
    comparing: { published: release, command: 'unpublish' },
  };
}
