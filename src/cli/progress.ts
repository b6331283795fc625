import type { SingleBar } from 'cli-progress';
import type { Progress } from '../build/night.js';

/** A bar for each stage on a terminal; nothing in a pipe. */
export async function openProgress(stream: NodeJS.WriteStream = process.stderr): Promise<Progress> {
  if (!stream.isTTY) return { stage: () => {}, step: () => {}, done: () => {} };
  const { SingleBar } = await import('cli-progress');
  let bar: SingleBar | undefined;
  const done = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    stage: (name, total) => {
      done();
      if (total === 0) return;
      bar = new SingleBar({ stream, format: `${name.padEnd(8)} {bar} {value}/{total}`, hideCursor: true, barsize: 30 });
      bar.start(total, 0);
    },
    step: () => bar?.increment(),
    done,
  };
}
