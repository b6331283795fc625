import { Stopped } from '../../errors.js';

/** Sessions of one DuckDB. */
export interface Sessions<S> {
  readonly sessions: readonly S[];
  close(): void;
}

interface Runnable {
  run(sql: string): Promise<void>;
  interrupt(): void;
}

/**
 * A second DuckDB for jobs that the first one has not enough memory for: because of their many
 * groups, or of what runs beside them. It is opened when it is needed, and they run one after the
 * other.
 */
export class Spacious<S extends Runnable> {
  readonly #open: () => Promise<Sessions<S>>;
  /** the statements that make the tables which models read */
  setUp = '';
  #opened: Sessions<S> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  /** @param open opens it with one session */
  constructor(open: () => Promise<Sessions<S>>) {
    this.#open = open;
  }

  /**
   * Does the work with its session, after the work that was given before.
   * @throws Stopped after an interrupt
   */
  run<T>(work: (session: S) => Promise<T>): Promise<T> {
    const done = this.#last.then(async () => {
      const session = await this.#session();
      if (this.#isStopped) throw new Stopped('Stopped on request, before a statement');
      return work(session);
    });
    this.#last = done.catch(() => {});
    return done;
  }

  async #session(): Promise<S> {
    if (this.#opened === undefined) {
      this.#opened = await this.#open();
      await this.#opened.sessions[0]?.run(this.setUp);
    }
    return this.#opened.sessions[0] as S;
  }

  interrupt(): void {
    this.#isStopped = true;
    for (const session of this.#opened?.sessions ?? []) session.interrupt();
  }

  async close(): Promise<void> {
    await this.#last;
    this.#opened?.close();
  }
}
