import type { SingleBar } from 'cli-progress';
import { NO_PROGRESS, type Progress } from '../build/night.js';
import type { Log } from '../log.js';
import { showsProgress } from './loudness.js';

/** A line in a log that is no terminal, so often. */
const EVERY_MS = 30_000;

/** A stage under way. */
interface Stage {
  readonly name: string;
  readonly total: number;
  readonly began: number;
  done: number;
  /** what the cluster says of its tasks since the last partition was done */
  tasks?: string;
}

/**
 * How far a run is: one line on a terminal, which is redrawn and then gone; in a pipe a line of the
 * log each half minute.
 */
export async function openProgress(
  log: Log,
  stream: NodeJS.WriteStream = process.stderr,
): Promise<Progress> {
  if (!showsProgress()) return NO_PROGRESS;
  if (!stream.isTTY) return inLog(log);
  const { SingleBar } = await import('cli-progress');
  return onTerminal(() => {
    const format = '{stage} {bar} {value}/{total}{left}';
    return new SingleBar({
      stream,
      format,
      hideCursor: true,
      barsize: 30,
      clearOnComplete: true,
      linewrap: false,
    });
  });
}

function onTerminal(open: () => SingleBar): Progress {
  let bar: SingleBar | undefined;
  let shown: Stage | undefined;
  const show = (stage: Stage) => {
    if (stage !== shown) {
      bar ??= open();
      bar.start(stage.total, 0, { stage: stage.name.padEnd(8), left: '' });
      shown = stage;
    }
    bar?.update(stage.done, { left: left(stage) });
  };
  return {
    ...stagesOf(show),
    done: () => {
      bar?.stop();
      [bar, shown] = [undefined, undefined];
    },
  };
}

/** Of stages under way at once, tells the one that began first. */
function stagesOf(tell: (stage: Stage) => void): Pick<Progress, 'stage' | 'tasks'> {
  const open = new Set<Stage>();
  const first = () => {
    const [oldest] = open;
    if (oldest !== undefined) tell(oldest);
  };
  return {
    stage: (name, total) => {
      const stage: Stage = { name, total, began: Date.now(), done: 0 };
      if (total > 0) open.add(stage);
      first();
      return () => {
        stage.done = Math.min(stage.done + 1, total);
        delete stage.tasks;
        first();
        if (stage.done === total) open.delete(stage);
      };
    },
    tasks: (table, done, known) => {
      // of a backfill the name begins with its dates
      const stage = [...open].find(({ name }) => name.endsWith(table));
      if (stage === undefined) return;
      stage.tasks = `${done} of ${known}`;
      first();
    },
  };
}

/**
 * How far the cluster is with its tasks; else how long the rest of a stage takes, going by what is
 * done; nothing while that is too little to go by.
 */
function left({ done, total, began, tasks }: Stage): string {
  if (tasks !== undefined) return `, Spark: ${tasks} tasks`;
  if (done < 3 || done < total / 20 || done >= total) return '';
  const seconds = Math.ceil((((Date.now() - began) / done) * (total - done)) / 1000);
  return `, ${seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`} left`;
}

function inLog(log: Log): Progress {
  let timer: NodeJS.Timeout | undefined;
  let shown: Stage | undefined;
  return {
    ...stagesOf((stage) => {
      shown = stage;
      timer ??= setInterval(() => {
        if (shown === undefined) return;
        const { name, done, total, tasks } = shown;
        log.info({ stage: name, done, total, ...(tasks && { tasks }) }, 'under way');
      }, EVERY_MS).unref();
    }),
    done: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
