import { type Argument, Option } from 'commander';

/** A command, as the command line and its help have it. */
export interface CommandLine {
  readonly name: string;
  /** what it does */
  readonly does: string;
  readonly takes?: readonly Argument[];
  readonly options?: readonly Option[];
  /** command lines that its help shows */
  readonly examples?: readonly string[];
  /** Loads what runs it, with its arguments, its options and the command itself. */
  readonly load: () => Promise<(...given: never[]) => unknown>;
}

/** Commands with a name in common. */
export interface Family {
  readonly name: string;
  readonly does: string;
  readonly commands: readonly CommandLine[];
}

/** Commands that the help shows together. */
export interface Section {
  readonly title: string;
  readonly commands: readonly (CommandLine | Family)[];
}

// Options that several commands have.

export const CONFIG = new Option(
  '-c, --config <file>',
  'configuration (default: dayfold.yaml in the current folder)',
);
export const AS_JSON = new Option('--json', 'print JSON');
export const OUTCOME = new Option('--json', 'print the outcome as JSON on stdout');
export const FORCE = new Option(
  '--force',
  'publish even what looks like a mistake: a date in the future, a third of the dates expiring, ' +
    'an export that lost most of its rows',
);
export const PUBLISHED_DATE = new Option(
  '-d, --date <YYYY-MM-DD>',
  'as-of date (default: the newest published)',
);
