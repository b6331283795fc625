import os from 'node:os';
import * as z from 'zod';
import { isRunning } from '../release/lease/alive.js';
import type { Store } from '../store/store.js';

/**
 * Beside the state of notifications, because a run that is killed cannot say that it has ended: the
 * next one does.
 */
const FOLDER = 'runs/told/begun/';

/**
 * Times in milliseconds: a run renews its mark, and one that was not renewed for so long is that of
 * a dead run.
 */
const RENEWAL = 60_000;
const EXPIRY = 5 * 60_000;

const schema = z.object({
  run: z.string(),
  namespace: z.string(),
  host: z.string(),
  pid: z.int(),
  since: z.string(),
});
/** A run that has begun. */
export type Begun = z.infer<typeof schema>;

/** Marks that a run has begun, until it has ended. */
export class BegunMark {
  readonly #output: Store;
  readonly #key: string;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> = Promise.resolve();

  private constructor(output: Store, key: string, body: Buffer) {
    this.#output = output;
    this.#key = key;
    this.#timer = setInterval(() => {
      this.#writing = output.write(key, body).catch(() => {}); // the next minute tries again
    }, RENEWAL).unref();
  }

  static async set(
    output: Store,
    about: Pick<Begun, 'run' | 'namespace' | 'since'>,
  ): Promise<BegunMark> {
    const begun: Begun = { ...about, host: os.hostname(), pid: process.pid };
    const key = `${FOLDER}${begun.run}.json`;
    const body = Buffer.from(`${JSON.stringify(begun, null, 1)}\n`);
    await output.write(key, body);
    return new BegunMark(output, key, body);
  }

  /** The run has ended. */
  async remove(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.#output.remove(this.#key);
  }
}

/** The runs that have begun and died: their process is gone, or their mark was not renewed. */
export async function deadRuns(
  output: Store,
): Promise<{ readonly key: string; readonly begun: Begun }[]> {
  const dead: { key: string; begun: Begun }[] = [];
  for await (const { key, modified } of output.list(FOLDER)) {
    const begun = parse(await output.read(key));
    if (begun === undefined) continue;
    const isOver = (await output.time()).getTime() - modified.getTime() > EXPIRY;
    const isGone =
      begun.host === os.hostname() && begun.pid !== process.pid && !isRunning(begun.pid);
    if (isOver || isGone) dead.push({ key, begun });
  }
  return dead;
}

function parse(body: Buffer | undefined): Begun | undefined {
  try {
    return schema.parse(JSON.parse(String(body)));
  } catch {
    return undefined;
  }
}
