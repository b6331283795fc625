import { EXIT } from '../errors.js';
import type { Store } from '../store/store.js';
import { together } from '../store/together.js';
import type { Ended } from './child.js';

/** How a night ended. */
type Result = 'published' | 'unchanged' | 'failed' | 'stopped';

/** What is reported of a night. */
export interface NightRecord {
  readonly as_of: string;
  readonly started_at: string;
  readonly seconds: number;
  readonly result: Result;
  /** the release that was live when it ended; null where that is not known */
  readonly release: number | null;
  /** null when a signal ended the process */
  readonly exit_code: number | null;
  /** why it failed */
  readonly error: string | null;
}

const KEPT = 30;

/**
 * The last nights, the newest first. Those before this process are known from the records of runs
 * that published.
 */
export class History {
  #records: readonly NightRecord[] = [];

  get records(): readonly NightRecord[] {
    return this.#records;
  }

  add(record: NightRecord): void {
    this.#records = [record, ...this.#records].slice(0, KEPT);
  }

  /**
   * Reads the newest records below `runs/`, whose names begin with the time of the run. One that
   * cannot be read is left out.
   */
  async read(output: Store): Promise<void> {
    const keys: string[] = [];
    for await (const key of output.keys('runs/'))
      if (/^runs\/[^/]+\.json$/.test(key)) keys.push(key);
    const bodies = await together(keys.slice(-KEPT), (key) => output.read(key));
    for (const body of bodies) {
      const record = parse(body);
      if (record !== undefined) this.add(record);
    }
  }
}

function parse(body: Buffer | undefined): NightRecord | undefined {
  try {
    const { asked, started_at, seconds, release } = JSON.parse(String(body));
    return {
      as_of: asked.at(-1) ?? '',
      started_at,
      seconds,
      release,
      result: 'published',
      exit_code: 0,
      error: null,
    };
  } catch {
    return undefined;
  }
}

/** What to report of a night that ended. */
export function recordOf(
  asOf: string,
  started: Date,
  seconds: number,
  { code, signal, outcome }: Ended,
): NightRecord {
  const at = { as_of: asOf, started_at: started.toISOString(), seconds, exit_code: code };
  if (code === 0 && outcome !== undefined && 'run' in outcome) {
    return {
      ...at,
      result: outcome.published ? 'published' : 'unchanged',
      release: outcome.release,
      error: null,
    };
  }
  const result = code === EXIT.stopped ? 'stopped' : 'failed';
  const words =
    outcome !== undefined && 'error' in outcome
      ? outcome.error
      : `The process of the night ended ${signal === null ? `with ${code}` : `by ${signal}`} ` +
        'and said nothing: look for the memory limit of the container, and at the log before';
  return { ...at, result, release: null, error: words };
}
