import { systemClock } from '../clock.js';
import type { Config } from '../config/config.js';
import { openLog } from '../log.js';
import type { RunOptions } from '../night/options.js';
import type { Outcome } from '../night/outcome.js';
import { runNightly } from '../night/run.js';
import { waitForExports } from '../night/wait.js';
import { notifying } from '../notify/notify.js';
import { VERSION } from './itself.js';
import { logLevel } from './loudness.js';
import { openProgress } from './progress.js';
import { stopSignal } from './stop.js';

/**
 * What a run of a command works with: the log, progress on the terminal, and the signals that end
 * it.
 */
export async function runOptions(config: Config, asked: readonly string[]): Promise<RunOptions> {
  const log = openLog(logLevel(config.log.level, process.stderr.isTTY));
  return {
    ...{ config, asked, clock: systemClock, program: `dayfold ${VERSION}` },
    ...{ log, signal: stopSignal(), progress: await openProgress(log) },
  };
}

/**
 * A night as commands run it: it waits for the exports of the dates asked for, shows progress, ends
 * early when the process is told to, and tells others what the configuration says.
 * @param asked as-of dates, ascending; none: those that are published
 */
export async function night(
  config: Config,
  asked: readonly string[],
  how: Pick<RunOptions, 'base' | 'replays' | 'onRival' | 'force' | 'isFrozen' | 'comparing'>,
): Promise<Outcome> {
  const about = await runOptions(config, asked);
  return notifying(about, async () => {
    await waitForExports(about);
    return runNightly({ ...about, ...how });
  });
}
