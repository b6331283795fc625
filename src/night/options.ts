import type { Clock } from '../clock.js';
import type { Live } from '../release/commit.js';
import type { OnRival } from '../release/lease/lease.js';
import type { Outcome } from './outcome.js';
import type { Comparing } from './receipts.js';
import type { ToolOptions } from './tools.js';

export interface RunOptions extends ToolOptions {
  /** as-of dates, ascending */
  readonly asked: readonly string[];
  readonly clock: Clock;
  /** name and version of this program, for the record */
  readonly program: string;
  /** what the run builds on, in place of the live release */
  readonly base?: Live;
  /** whether exports that are gone are staged again where their rules changed; false unless set */
  readonly replays?: boolean;
  /** what to do when another run is at work; refuse unless set */
  readonly onRival?: OnRival;
  /** whether the exports are those of the base, as it read them; listed unless set */
  readonly isFrozen?: boolean;
  /** what receipts compare with; what the run builds on unless set */
  readonly comparing?: Comparing;
  /**
   * whether guards against mistakes are passed over: dates in the future, much that expires at
   * once, exports that lose most of their rows
   */
  readonly force?: boolean;
}

/** A run that has begun. */
export interface Run {
  readonly id: string;
  readonly started: Date;
  /** what its outcome says of the run itself, if it ends now */
  taken(): Pick<Outcome, 'run' | 'asked' | 'started_at' | 'seconds'>;
}

export function beginRun({ asked, clock }: Pick<RunOptions, 'asked' | 'clock'>): Run {
  const started = clock();
  const id = runId(started);
  const taken = () => ({
    run: id,
    asked,
    started_at: started.toISOString(),
    seconds: (clock().getTime() - started.getTime()) / 1000,
  });
  return { id, started, taken };
}

/** The id of a run that begins now in this process. */
export function runId(started: Date): string {
  return `${started.toISOString().replace(/[:.]/g, '-')}-${process.pid}`;
}
