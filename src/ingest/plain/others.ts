import { CsvFile } from '../csv/canonical.js';
import { CARRIAGE_RETURN, csvGrammar, LINE_FEED } from '../csv/dialect.js';
import { writeRecord } from '../csv/rewrite.js';
import { ScratchFile } from '../csv/scratch_file.js';
import { RecordSplitter } from '../csv/split.js';
import { LIMITS } from '../limits.js';
import type { Prepared } from '../prepared.js';
import { rawText } from '../quarantine.js';
import type { Layout } from './layout.js';
import { type Address, Module } from './module.js';
import type { TypedRows } from './typed_file.js';

/** A record that is not plain, with its end, in the memory of the module. */
export interface OtherRecord {
  readonly line: number;
  readonly address: Address;
  readonly length: number;
}

/** The raw text of records by line. */
export function rawsOf(records: readonly OtherRecord[]): Map<number, string> {
  return new Map(
    records.map(({ line, address, length }) => {
      const record = Module.get().bytesAt(address, length - 1);
      const end = record.at(-1) === CARRIAGE_RETURN ? record.length - 1 : record.length;
      return [line, rawText(record.subarray(0, end), Number.POSITIVE_INFINITY)];
    }),
  );
}

/** Writes records as canonical CSV, the line first. */
export function writeOthers(
  path: string,
  records: readonly OtherRecord[],
  { hasLines, width }: Layout,
  { csv, longest }: Pick<Prepared, 'csv' | 'longest'>,
): TypedRows | undefined {
  if (records.length === 0) return undefined;
  const rows = records.length;
  if (hasLines) {
    const file = new ScratchFile(path);
    try {
      for (const { address, length } of records) file.write(Module.get().bytesAt(address, length));
    } finally {
      file.close();
    }
    return { path, rows };
  }
  const grammar = csvGrammar(csv, LINE_FEED);
  const record = new RecordSplitter(grammar, { ...LIMITS, record: longest });
  record.columns = width;
  const out = new CsvFile(path);
  try {
    for (const { line, address, length } of records) {
      const bytes = Buffer.from(Module.get().bytesAt(address, length));
      record.split({ bytes, end: bytes.length, last: true, ascii: false }, 0);
      writeRecord(out, { line, bytes, record, grammar }, width);
    }
  } finally {
    out.close();
  }
  return { path, rows };
}
