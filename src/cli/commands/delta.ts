import { systemClock } from '../../clock.js';
import { counted } from '../../counts.js';
import { ConfigError, DataError } from '../../errors.js';
import { type DeltaVersion, deltaVersions } from '../../inspect/delta.js';
import { withReading } from '../../inspect/session.js';
import { openLog } from '../../log.js';
import { runId } from '../../night/options.js';
import { readRelease } from '../../release/commit.js';
import { rebuildDelta } from '../../release/delta/refresh.js';
import { Lease } from '../../release/lease/lease.js';
import { readMarker, writeMarker } from '../../release/marker.js';
import { openStore } from '../../store/open.js';
import { openConfig } from '../configuration.js';
import { logLevel } from '../loudness.js';
import { tableLines } from '../table.js';

/** `run-job delta versions`: the version of each table that shows a release. */
export async function versions(
  release: string,
  options: { readonly config?: string; readonly json?: boolean },
): Promise<void> {
  const config = await openConfig(options.config);
  const store = await openStore(config.output, config.base);
  const { number } = (await readRelease(store, release)).release;
  const found = await deltaVersions(store, number);
  if (found.length === 0) {
    throw new DataError(
      `${store.url}: expected Delta logs that go back to release ${number}, found none: ` +
        'run-job delta rebuild writes those of the releases that are kept',
    );
  }
  process.stdout.write(options.json ? `${JSON.stringify(found, null, 2)}\n` : describe(found));
}

function describe(found: readonly DeltaVersion[]): string {
  const rows = found.map(({ table: name, version, release, location }) => [
    name,
    version,
    release,
    location,
  ]);
  const head = ['table', 'version', 'release', 'location'];
  return `${tableLines([head, ...rows.map((row) => row.map(String))]).join('\n')}\n`;
}

/**
 * `run-job delta rebuild`: writes the Delta logs of all tables again, from the releases that are
 * kept.
 */
export async function rebuild(options: { readonly config?: string }): Promise<void> {
  const config = await openConfig(options.config);
  if (!config.delta)
    throw new ConfigError(
      `${config.file}: delta: expected true, found false: there are no Delta logs then`,
    );
  const store = await openStore(config.output, config.base);
  const log = openLog(logLevel(config.log.level, process.stderr.isTTY));
  const lease = await Lease.take(store, runId(systemClock()), { onRival: 'refuse', log });
  try {
    const { release, commit } = await readRelease(store, 'latest');
    if (commit === undefined)
      throw new DataError(
        `${store.url}: expected a release, found none: run-job nightly makes the first one`,
      );
    const { delta: _, ...marker } = (await readMarker(store)) ?? { release: 0 };
    await writeMarker(store, marker); // if this is stopped, the next run begins again
    const shown = await withReading(config, store, (reading) =>
      rebuildDelta(
        { ...reading, store, keep: config.retention.keep_releases },
        { release, commit },
      ),
    );
    await writeMarker(store, { ...marker, delta: shown });
    process.stdout.write(
      `The Delta logs of ${counted(Object.keys(shown.versions).length, 'table')} show ` +
        `release ${shown.release}.\n`,
    );
  } finally {
    await lease.release();
  }
}
