import type { Limits } from '../limits.js';
import type { Text } from '../text/decode.js';
import { type Csv, csvGrammar, type Escape } from './dialect.js';
import type { Mark } from './line_index.js';
import { RecordReader } from './records.js';

/** What the whole of a CSV file says of how it is written. */
export interface Survey {
  readonly escape: Escape;
  /** Each line ends in a delimiter that no name of the header stands for. */
  readonly trailing: boolean;
  /** Records after the header, good or bad. */
  readonly records: number;
  /** Records that would be refused if quotes were escaped in the other way; undefined where that was not tried. */
  readonly refusedOtherwise: number | undefined;
  readonly refused: number;
}

/**
 * Reads a file that is not simple once to see how it is written, and once more, escaped in the other way, when records
 * would be refused: the way that refuses fewer is right, of two that refuse as many, the doubling of quotes.
 *
 * @param columns names in the header
 * @param configured how quotes are escaped, if that is said
 */
export async function survey(
  text: Text,
  csv: Csv,
  configured: Escape | null,
  columns: number,
  newline: number,
  limits: Limits,
  data: Mark,
): Promise<Survey> {
  const count = (as: Escape) => countRecords(text, { ...csv, escape: as }, columns, newline, limits, data);
  const first = configured ?? 'doubled';
  const found = await count(first);
  if (found.refused === 0 || csv.quote === 'none') return { ...found, escape: first, refusedOtherwise: undefined };
  const second = first === 'doubled' ? 'backslash' : 'doubled';
  const other = await count(second);
  if (configured === null && other.refused < found.refused) {
    return { ...other, escape: second, refusedOtherwise: found.refused };
  }
  return { ...found, escape: first, refusedOtherwise: other.refused };
}

async function countRecords(text: Text, csv: Csv, columns: number, newline: number, limits: Limits, data: Mark) {
  const reader = await RecordReader.open(text.path, text.name, csvGrammar(csv, newline), limits, data);
  const { record } = reader;
  record.columns = columns + 1;
  let [records, plain, trailing] = [0, 0, 0];
  try {
    do {
      while (reader.next()) {
        records++;
        if (record.rule === 'field_count' && record.fields === columns && !record.moreFields) plain++;
        else if (record.rule === undefined && record.starts[columns] === record.ends[columns]) trailing++;
      }
    } while (await reader.fill());
  } finally {
    await reader.close();
  }
  const isTrailing = trailing > 0 && plain === 0;
  return { records, trailing: isTrailing, refused: records - (isTrailing ? trailing : plain) };
}
