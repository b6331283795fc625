import { join as joinPath } from 'node:path';
import { describeEncoding, describeOpening, describeSurvey } from './csv/describe.js';
import { csvGrammar, type Dialect, type Grammar, LINE_FEED } from './csv/dialect.js';
import { LineIndex } from './csv/line_index.js';
import { recognise } from './csv/recognise.js';
import { RecordReader } from './csv/records.js';
import { NO_HEADERS, RECORDS, rewritten } from './csv/rewrite.js';
import { PlainScan } from './csv/scan.js';
import { survey } from './csv/survey.js';
import { chunksOf } from './export_file.js';
import type { Limits } from './limits.js';
import type { Counted, Whole, Workplace } from './prepared.js';
import type { Text } from './text/decode.js';

/**
 * Counts the records of CSV. What the engine reads as we do stays as it is; all else is rewritten.
 * @throws DataError when it is no CSV, or the files of an archive have different headers
 */
export async function prepareCsv(
  text: Whole,
  dialect: Dialect,
  { scratch, quarantine }: Workplace,
  limits: Limits,
): Promise<Counted> {
  const found = await recognise(text, dialect, limits);
  const { csv, header, headerLine, preamble, data } = found;
  const firstLine = data.line;
  const reading = [...describeEncoding(text, dialect.encoding), ...describeOpening(dialect, found)];
  const isPlain =
    preamble === 0 &&
    dialect.totals === 0 &&
    dialect.header_rows === 1 &&
    text.members.length === 1 &&
    csv.delimiter.length === 1;
  if (isPlain) {
    const scan = await scanCsv(text, csvGrammar(csv, text.newline), headerLine, limits);
    const records = scan.lines - (headerLine === undefined ? 0 : 1);
    if (scan.simple && (scan.width === header.length || scan.lines === 0)) {
      const grammar = csvGrammar(csv, LINE_FEED);
      const source = {
        path: text.path,
        name: text.name,
        grammar,
        columns: header.length,
        limits,
        index: scan.index,
      };
      return {
        path: text.path,
        rewritten: false,
        header,
        csv,
        firstLine,
        records,
        readable: records,
        refused: 0,
        reading,
        source,
      };
    }
  }
  const seen = await survey(text, found, dialect.escape, limits);
  const names = seen.header;
  const grammar = csvGrammar({ ...csv, escape: seen.escape }, text.newline);
  const index = new LineIndex();
  const columns = names.length;
  const reader = RecordReader.open(text, grammar, limits, data);
  reader.record.columns = columns;
  const headers =
    headerLine === undefined
      ? NO_HEADERS
      : { at: text.members.slice(1), rows: dialect.header_rows, line: headerLine, names };
  const after = dialect.totals + seen.comments;
  const most =
    after === 0 ? Infinity : Math.max(0, seen.records - headers.at.length * headers.rows - after);
  const rewriting = {
    target: joinPath(scratch, RECORDS),
    quarantine,
    index,
    width: columns,
    most,
    headers,
    invalid: text.invalid,
  };
  const { after: left, ...counts } = await rewritten(reader, rewriting);
  const source = { path: text.path, name: text.name, grammar, columns, limits, index };
  return {
    ...counts,
    header: names,
    csv: { ...csv, escape: seen.escape },
    firstLine,
    reading: [...reading, ...describeSurvey(dialect, found, seen, left)],
    source,
  };
}

async function scanCsv(
  text: Text,
  grammar: Grammar,
  headerLine: string | undefined,
  limits: Limits,
): Promise<PlainScan> {
  const scan = new PlainScan(grammar, text.start, limits.record, headerLine);
  for await (const chunk of chunksOf(text.path, text.name, text.start, limits)) {
    scan.push(chunk);
    if (!scan.simple) break;
  }
  scan.end();
  return scan;
}
