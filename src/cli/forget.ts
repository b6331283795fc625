import { systemClock } from '../clock.js';
import { loadConfig } from '../config/config.js';
import { loadSources } from '../config/contracts.js';
import { openLog } from '../log.js';
import { withoutExports } from '../pipeline/forget.js';
import { runNightly } from '../pipeline/run.js';
import { readLive } from '../release/commit.js';
import { openStore } from '../store/open.js';
import { openProgress } from './progress.js';
import { summary } from './summary.js';
import { VERSION } from './version.js';

/** `run-job forget`: takes the rows of exports that are gone out of every table, in a run that does everything else too. */
export async function forget(
  keys: readonly string[],
  options: { readonly config?: string; readonly json?: boolean },
): Promise<void> {
  const config = await loadConfig(options.config);
  const exports = await openStore(config.exports, config.base);
  const live = await readLive(await openStore(config.output, config.base));
  const outcome = await runNightly({
    config,
    asked: [], // the as-of dates that are published
    log: openLog(config.log.level),
    progress: await openProgress(),
    clock: systemClock,
    program: `dayfold ${VERSION}`,
    base: await withoutExports(keys, live, await loadSources(config), exports),
  });
  process.stdout.write(options.json ? `${JSON.stringify(outcome, null, 2)}\n` : await summary(outcome, config));
}
