import path from 'node:path';
import type { Config } from '../config/config.js';
import { dateIn } from '../dates.js';
import { ConfigError } from '../errors.js';
import type { Export } from '../ingest/exports.js';
import type { Commit } from '../release/schema.js';
import type { Store } from '../store/store.js';

/**
 * Checks the as-of dates against the calendar. A report of the future says nothing, and would count
 * as the newest one; before `earliest` no row is accepted, so that a report has none.
 * @param now the clock of this machine
 * @throws ConfigError for a date before `earliest`, and for one after today, in the business time
 * zone, that is also after the newest export
 */
export function requireKnownDates(
  asked: readonly string[],
  listed: ReadonlyMap<string, readonly Export[]>,
  { time_zone, earliest }: Pick<Config, 'time_zone' | 'earliest'>,
  now: Date,
): void {
  const early = asked.find((date) => date < earliest);
  if (early !== undefined) {
    throw new ConfigError(
      `expected an as-of date from ${earliest} on, which "earliest" in the configuration is, ` +
        `found ${early}: correct one of them; --force publishes it all the same`,
    );
  }
  const today = dateIn(time_zone, now);
  const dates = [...listed.values()].flat().map(({ date }) => date);
  const newest = dates.sort().at(-1) ?? '';
  const future = asked.find((date) => date > today && date > newest);
  if (future === undefined) return;
  throw new ConfigError(
    `expected an as-of date up to today (${today}, ${time_zone}) or the newest export ` +
      `(${newest}), found ${future}: correct the date, or the clock of this machine; --force ` +
      'publishes it all the same',
  );
}

/** Which exports a store keeps the releases of; what it must not change by mistake. */
export interface Identity {
  /**
   * where the exports are: a URL, or the path from one folder to the other, so that both can move
   * together
   */
  readonly exports: string;
  readonly time_zone: string;
}

/** What the configuration says of it. */
export function identityOf(
  { time_zone }: Pick<Config, 'time_zone'>,
  { exports, output }: Record<'exports' | 'output', Pick<Store, 'url' | 'folder'>>,
): Identity {
  const isLocal = exports.folder !== undefined && output.folder !== undefined;
  return {
    exports: isLocal ? path.relative(output.folder, exports.folder) : exports.url,
    time_zone,
  };
}

/**
 * Compares the configuration with that of the newest release. With another one, releases of
 * something else would replace it. An old release that does not say where its exports were accepts
 * any.
 * @throws ConfigError when they differ
 */
export function requireSameIdentity(
  commit: Commit | undefined,
  now: Identity,
  file: string,
  output: string,
): void {
  if (commit === undefined) return;
  const { release, envelope } = commit;
  const before: Identity = {
    exports: envelope.exports ?? now.exports,
    time_zone: release.time_zone,
  };
  const differing = (['exports', 'time_zone'] as const).filter((key) => before[key] !== now[key]);
  if (differing.length === 0) return;
  const [was, is] = [before, now].map((each) =>
    differing.map((key) => `${NAMES[key]} ${each[key]}`).join(', '),
  );
  throw new ConfigError(
    `${file}: expected the configuration of release ${release.number} in ${output} (${was}), ` +
      `found ${is}: choose another output, or accept the change with --force, which builds ` +
      'again what it changes',
  );
}

/**
 * Dates whose rows are in files of a month or a year do not become files of their own again: those
 * would have other bytes than what the release says of them.
 * @throws ConfigError where that is asked for
 */
export function requireSharedFiles(commit: Commit | undefined, { parquet }: Config): void {
  const { number, partition_by } = commit?.release ?? {};
  if (partition_by === undefined || parquet.partition_by !== 'date') return;
  throw new ConfigError(
    `parquet.partition_by: expected month or year, because the files of release ${number} hold a ` +
      `${partition_by}, found date: set it to ${partition_by}, or choose another output`,
  );
}

const NAMES = { exports: 'exports.store', time_zone: 'time_zone' } as const;
