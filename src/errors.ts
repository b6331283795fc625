/**
 * What a person can act on. Each message says what was expected, what was found, where, and what to do next;
 * the command line prints it as it stands, without a stack trace. Anything else that is thrown is a defect.
 */
export class DayfoldError extends Error {
  override readonly name: string = 'DayfoldError';
}

/** The command line, a configuration file, a contract or a model is wrong: nothing was read. */
export class ConfigError extends DayfoldError {
  override readonly name = 'ConfigError';
}

/** An export cannot be used, or the rows do not add up: nothing was published. */
export class DataError extends DayfoldError {
  override readonly name = 'DataError';
}

/** A quality gate does not hold: nothing was published, the last release stands. */
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

  constructor(message: string, options: { readonly cause?: unknown; readonly unsure?: boolean } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.unsure = options.unsure ?? false;
  }
}

/** An object that should be there is not. */
export class MissingObject extends StoreError {}

/** Another run published first: nothing of this run is live. */
export class ConflictError extends DayfoldError {
  override readonly name = 'ConflictError';
}

/** The message of anything thrown, for the end of a sentence. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
