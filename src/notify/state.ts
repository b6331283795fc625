import * as z from 'zod';
import type { Store } from '../store/store.js';
import type { Open } from './alerts.js';

/**
 * Beside the records of the runs, so that it does not matter on which machine the next one runs.
 */
const KEY = 'runs/told/state.json';

const incident = z.object({ since: z.string(), message: z.string() });
const schema = z.object({
  incidents: z
    .object({ failed: incident, gate: incident, late: incident, freshness: incident })
    .partial(),
  release: z.int(),
});

/** What was reported. */
export interface State {
  readonly incidents: Open;
  /** the newest release that receivers were notified of */
  readonly release: number;
}

export const NOTHING_REPORTED: State = { incidents: {}, release: 0 };

/** Reads what was reported; nothing where there is no state, or none that can be read. */
export async function readState(output: Store): Promise<State> {
  const body = await output.read(KEY);
  try {
    return schema.parse(JSON.parse(String(body))) as State;
  } catch {
    return NOTHING_REPORTED; // notifying twice is better than not notifying
  }
}

export async function writeState(output: Store, state: State): Promise<void> {
  await output.write(KEY, Buffer.from(`${JSON.stringify(state, null, 1)}\n`));
}
