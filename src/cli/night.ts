import { systemClock } from '../clock.js';
import type { Config } from '../config/config.js';
import { openLog } from '../log.js';
import { type Outcome, type RunOptions, runNightly } from '../night/run.js';
import { waitForExports } from '../night/wait.js';
import { notifying } from '../notify/notify.js';
import { openProgress } from './progress.js';
import { stopSignal } from './stop.js';
import { VERSION } from './version.js';

/**
 * A night as commands run it: it waits for the exports of the dates asked for, shows progress, ends early when the
 * process is told to, and tells others what the configuration says.
 * @param asked as-of dates, ascending; none: those that are published
 */
export async function night(
  config: Config,
  asked: readonly string[],
  how: Pick<RunOptions, 'base' | 'replays' | 'onRival' | 'force'>,
): Promise<Outcome> {
  const [log, signal] = [openLog(config.log.level), stopSignal()];
  const about = { config, asked, log, clock: systemClock, program: `dayfold ${VERSION}` };
  return notifying(about, async () => {
    await waitForExports({ config, asked, clock: systemClock, log, signal });
    return runNightly({ ...about, ...how, signal, progress: await openProgress() });
  });
}
