import type { Csv, Grammar } from './csv/dialect.js';
import type { LineIndex } from './csv/line_index.js';
import type { ExportFile } from './export_file.js';
import type { Limits } from './limits.js';
import type { QuarantineFile } from './quarantine.js';
import type { Joined } from './text/join.js';
import type { LinedText } from './text/newline.js';

/** The text of the export and where its records are in it. */
export interface PlainFile extends ExportFile {
  readonly grammar: Grammar;
  readonly columns: number | undefined;
  readonly limits: Limits;
  readonly index: LineIndex;
}

/** An export that is ready for the engine, and our own count of what is in it. */
export interface Prepared {
  /**
   * The file that the engine reads: the text of the export as it is, or a rewritten one in
   * scratch.
   */
  readonly path: string;
  /**
   * `path` is canonical CSV without a header: the line number in the text, then the fields (JSON:
   * one field, the text of the object). Every field that is not empty is quoted; lines end in `\n`.
   */
  readonly rewritten: boolean;
  /** Column names in file order, trimmed. Empty for JSON and for a file without a line. */
  readonly header: readonly string[];
  /**
   * JSON and Parquet: the keys of the records, in the order in which they first appear, and after
   * them the paths through objects that columns are read from, where a record has them.
   */
  readonly keys?: readonly string[];
  /** How the records of CSV are written, in the export and in `path` if that is not rewritten. */
  readonly csv: Csv;
  /** Longest record, in bytes. */
  readonly longest: number;
  /** Not rewritten: row i, counted from 0, is on line `firstLine + i`. */
  readonly firstLine: number;
  /**
   * Data records in the export; neither the header nor blank lines are any, nor what is before
   * or after the data.
   */
  readonly records: number;
  /** Records that the engine must find in `path`. */
  readonly readable: number;
  /** Records that went to the quarantine. `records` = `readable` + `refused`. */
  readonly refused: number;
  /** Of the export as stored: packed if it is. */
  readonly sha256: string;
  readonly bytes: number;
  /** How it was read, where that was found out from the file. */
  readonly reading: readonly string[];
  readonly source: PlainFile;
}

/** Where an export is worked on. */
export interface Workplace {
  /** A folder of this export's own. */
  readonly scratch: string;
  /** The records refused so far. */
  readonly quarantine: QuarantineFile;
}

/** All of an export as one text. */
export type Whole = Joined & LinedText;

/** What is known of an export beside its size and hash as it is stored. */
export type Counted = Omit<Prepared, 'sha256' | 'bytes' | 'longest'>;
