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
    const format = '{stage} {bar} {value}/{total}{left}';
    return new SingleBar({ stream, format, hideCursor: true, barsize: 30, clearOnComplete: true, linewrap: false });
  });
}

function onTerminal(open: () => SingleBar): Progress {
  let bar: SingleBar | undefined;
  let [done, all, began] = [0, 0, 0];
  return {
    stage: (stage, total) => {
      if (total === 0) return;
      [done, all, began] = [0, total, Date.now()];
      bar ??= open();
      bar.start(total, 0, { stage: stage.padEnd(8), left: '' });
    },
    step: () => {
      done += 1;
      bar?.update(Math.min(done, all), { left: left(done, all, Date.now() - began) });
    },
    done: () => {
      bar?.stop();
      bar = undefined;
    },
  };
}

/** How long the rest of a stage takes, going by what is done; nothing while that is too little to go by. */
function left(done: number, all: number, ms: number): string {
  if (done < 3 || done < all / 20 || done >= all) return '';
  const seconds = Math.ceil(((ms / done) * (all - done)) / 1000);
  return `, ${seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`} left`;
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
