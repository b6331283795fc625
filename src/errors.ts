/**
 * What a person can act on. Each message says what was expected, what was found, where, and what to
 * do next; the command line prints it as it is, without a stack trace. Anything else that is
 * thrown is a defect.
 */
export class DayfoldError extends Error {
  override readonly name: string = 'DayfoldError';
}

/** The command line, a configuration file, a contract or a model is wrong: nothing was read. */
export class ConfigError extends DayfoldError {
  override readonly name = 'ConfigError';
  /** one message for each mistake */
  readonly problems: readonly string[];

  constructor(problems: string | readonly string[], options: ErrorOptions = {}) {
    const all = [problems].flat();
    super(all.join('\n'), options);
    this.problems = all;
  }

  /**
   * Does each piece of work, and returns what it came to. @throws ConfigError with the mistakes of
   * all of them
   */
  static async ofAll<T>(works: readonly (() => T | Promise<T>)[]): Promise<T[]> {
    const problems: string[] = [];
    const done: T[] = [];
    for (const work of works) {
      try {
        done.push(await work());
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        problems.push(...error.problems);
      }
    }
    if (problems.length > 0) throw new ConfigError(problems);
    return done;
  }
}

/** An export cannot be used, or the rows do not add up: nothing was published. */
export class DataError extends DayfoldError {
  override readonly name = 'DataError';
}

/** A quality gate does not hold: nothing was published, the last release is still live. */
export class GateError extends DataError {
  constructor(
    message: string,
    /** the checks that failed */
    readonly checks: readonly {
      readonly check: string;
      readonly violations: number;
      readonly found: readonly string[];
    }[],
  ) {
    super(message);
  }
}

/** A store or the local disk refused a read or a write. */
export class StoreError extends DayfoldError {
  override readonly name = 'StoreError';
  /** whether a write may have been done all the same, or may yet be: its answer was lost */
  readonly unsure: boolean;

  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly unsure?: boolean } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.unsure = options.unsure ?? false;
  }
}

/** An object that should be there is not. */
export class MissingObject extends StoreError {}

/** An object has other bytes than it was written with. */
export class ChangedObject extends StoreError {}

/**
 * Whether the release was published is not known, because the answer to its commit was lost: the
 * next run settles it.
 */
export class UnknownOutcome extends StoreError {}

/** Another run published first: nothing of this run is live. */
export class ConflictError extends DayfoldError {
  override readonly name = 'ConflictError';
}

/** Exports that a night waits for did not come in time: nothing was read. */
export class LateExports extends DayfoldError {
  override readonly name = 'LateExports';
}

/** The process was told to end, and gave up at a safe point. */
export class Stopped extends StoreError {}

/**
 * What the process exits with: one for each thing that somebody else has to do about it. See
 * docs/operations.md.
 */
export const EXIT = {
  done: 0,
  defect: 1,
  config: 2,
  late: 3,
  data: 4,
  store: 5,
  lostRace: 6,
  unknown: 7,
  /** 128 and the number of SIGTERM, as shells have it */
  stopped: 143,
} as const;

/** The exit code for anything thrown; whatever nobody foresaw is a defect. */
export function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof ConfigError) return EXIT.config;
  if (thrown instanceof LateExports) return EXIT.late;
  if (thrown instanceof DataError) return EXIT.data;
  if (thrown instanceof UnknownOutcome) return EXIT.unknown;
  if (thrown instanceof Stopped) return EXIT.stopped;
  if (thrown instanceof StoreError) return EXIT.store;
  if (thrown instanceof ConflictError) return EXIT.lostRace;
  return EXIT.defect;
}

/** What the machine has too little of, by the code of the system's error, and what to do. */
export const SYSTEM_LIMITS = {
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
  ENFILE: 'too many open files on this machine: raise its limit (sysctl fs.file-max)',
  ENOMEM: 'not enough memory: give it more, or lower engine.memory_limit',
  ENOSPC: 'the disk is full: free some space and run again',
} as const;

/**
 * The error for a limit of the machine that was met where nobody could know of it, such as while
 * loading the program.
 */
export function limitReached(thrown: unknown): StoreError | undefined {
  if (thrown instanceof DayfoldError || !(thrown instanceof Error)) return undefined;
  const advice = (SYSTEM_LIMITS as Readonly<Record<string, string>>)[
    (thrown as NodeJS.ErrnoException).code ?? ''
  ];
  return advice === undefined
    ? undefined
    : new StoreError(`${advice} (${thrown.message})`, { cause: thrown });
}

/** The message of anything thrown, for the end of a sentence. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
