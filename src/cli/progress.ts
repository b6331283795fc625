import type { SingleBar } from 'cli-progress';
import type { Progress } from '../build/night.js';
import type { Log } from '../log.js';
import { showsProgress } from './loudness.js';

/** A line in a log that is no terminal, so often. */
const EVERY_MS = 30_000;

const NOTHING: Progress = { stage: () => {}, step: () => {}, done: () => {} };

/** How far a run is: one line on a terminal, which is redrawn and then gone; in a pipe a line of the log each half minute. */
export async function openProgress(log: Log, stream: NodeJS.WriteStream = process.stderr): Promise<Progress> {
  if (!showsProgress()) return NOTHING;
  if (!stream.isTTY) return inLog(log);
  const { SingleBar } = await import('cli-progress');
  return onTerminal(() => {
    const format = '{stage} {bar} {value}/{total}, about {eta_formatted} left in this stage';
    return new SingleBar({ stream, format, hideCursor: true, barsize: 30, clearOnComplete: true, linewrap: false });
  });
}

function onTerminal(open: () => SingleBar): Progress {
  let bar: SingleBar | undefined;
  let [done, all] = [0, 0];
  return {
    stage: (stage, total) => {
      if (total === 0) return;
      [done, all] = [0, total];
      // started again, so that the time that is left is reckoned for this stage alone
      bar ??= open();
      bar.start(total, 0, { stage: stage.padEnd(8) });
    },
    step: () => {
      done += 1;
      bar?.update(Math.min(done, all));
    },
    done: () => {
      bar?.stop();
      bar = undefined;
    },
  };
}

function inLog(log: Log): Progress {
  let timer: NodeJS.Timeout | undefined;
  let [stage, done, total] = ['', 0, 0];
  return {
    stage: (name, all) => {
      [stage, done, total] = [name, 0, all];
      timer ??= setInterval(
        () => log.info({ stage, done: Math.min(done, total), total }, 'under way'),
        EVERY_MS,
      ).unref();
    },
    step: () => {
      done += 1;
    },
    done: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
